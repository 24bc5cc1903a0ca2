"""All commands, as a table: the request's shape, the slice that does it, the result's shape. The document is made from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..backstage import Backstage
from . import channels, clients, publish, server
from .fields import Nothing, Request, Result
from .keys import ApiKey

Slice = Callable[[Backstage, ApiKey, Any], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class Method:
    """A command.

    Args:
        request: its shape.
        do: the slice.
        result: the shape of what that gives.
        tag: under which it is listed.
    """

    request: type[Request]
    do: Slice
    result: type[Result]
    tag: str


COMMANDS: dict[str, Method] = {
    "publish": Method(publish.PublishRequest, publish.publish, publish.PublishResult, "Publish"),
    "broadcast": Method(publish.BroadcastRequest, publish.broadcast, publish.BroadcastResult, "Publish"),
    "subscribe": Method(clients.SubscribeRequest, clients.subscribe, Nothing, "Clients"),
    "unsubscribe": Method(clients.UnsubscribeRequest, clients.unsubscribe, Nothing, "Clients"),
    "disconnect": Method(clients.DisconnectRequest, clients.disconnect, Nothing, "Clients"),
    "refresh": Method(clients.RefreshRequest, clients.refresh, Nothing, "Clients"),
    "presence": Method(channels.ChannelRequest, channels.presence, channels.PresenceResult, "Channels"),
    "presence_stats": Method(
        channels.ChannelRequest, channels.presence_stats, channels.PresenceStatsResult, "Channels"
    ),
    "history": Method(channels.HistoryRequest, channels.history, channels.HistoryResult, "Channels"),
    "history_remove": Method(channels.ChannelRequest, channels.history_remove, Nothing, "Channels"),
    "channels": Method(channels.ChannelsRequest, channels.channels, channels.ChannelsResult, "Channels"),
    "info": Method(server.InfoRequest, server.info, server.InfoResult, "Server"),
    "rpc": Method(server.RpcRequest, server.rpc, server.RpcResult, "Server"),
}
"""By name. In a command of a batch that has several, the first of these counts."""


async def do(hub: Backstage, key: ApiKey, name: str, request: Request) -> Result:
    """Do one command.

    Raises:
        Refused: the key is not for it (103); or as the command says.
    """
    key.check_method(name)
    return await COMMANDS[name].do(hub, key, request)
