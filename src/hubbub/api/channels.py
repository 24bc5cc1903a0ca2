"""The slices of what is in channels: `presence`, `presence_stats`, `history`, `history_remove`, `channels`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from ..backstage import Backstage
from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.json import JSON
from ..publication import NULL, Position, Publication
from .fields import (
    Base64,
    Channel,
    Data,
    Flag,
    Info,
    Nothing,
    Request,
    Result,
    StreamPosition,
    check_given,
    in_base64,
    info_of,
)
from .keys import ApiKey


class ChannelRequest(Request, frozen=True, kw_only=True):
    """A channel is meant."""

    channel: Channel = ""


class HistoryRequest(ChannelRequest, frozen=True, kw_only=True):
    """What was published."""

    limit: Annotated[
        Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)] | None,
        Meta(description="How many at most; 0, the default, for the position alone, below 0 for all."),
    ] = None
    since: Annotated[StreamPosition | None, Meta(description="After this place; before it, with `reverse`.")] = None
    reverse: Annotated[Flag, Meta(description="Newest first.")] = None


class ChannelsRequest(Request, frozen=True, kw_only=True):
    """Which channels there are."""

    pattern: Annotated[str | None, Meta(description="`*` and `?` stand for what may be there.")] = None


class PresenceResult(Result, frozen=True):
    """Who is in, by the connection's id."""

    presence: dict[str, Info]


class PresenceStatsResult(Result, frozen=True):
    """How many connections are in, and how many users they are."""

    num_clients: int
    num_users: int


class PublicationResult(Result, frozen=True, kw_only=True):
    """What was published; what is no JSON is `null`, and comes in Base64 beside it."""

    data: Data
    b64data: Base64 = None
    info: Info | None = None
    offset: int = 0
    tags: dict[str, str] | None = None


class HistoryResult(Result, frozen=True):
    """What was published, and the top of the stream."""

    publications: list[PublicationResult]
    offset: int
    epoch: str


class ChannelInfo(Result, frozen=True):
    """How many are in a channel."""

    num_clients: int = 0


class ChannelsResult(Result, frozen=True):
    """The channels that somebody is subscribed to."""

    channels: dict[str, ChannelInfo]


async def presence(hub: Backstage, key: ApiKey, request: ChannelRequest) -> PresenceResult:
    """Who is in a channel."""
    _check(key, request.channel)
    members = await hub.presence(request.channel)
    return PresenceResult({client: info_of(info) for client, info in members.items()})


async def presence_stats(hub: Backstage, key: ApiKey, request: ChannelRequest) -> PresenceStatsResult:
    """How many are in a channel."""
    _check(key, request.channel)
    return PresenceStatsResult(*await hub.presence_stats(request.channel))


async def history(hub: Backstage, key: ApiKey, request: HistoryRequest) -> HistoryResult:
    """What was published in a channel."""
    _check(key, request.channel)
    since = request.since
    found = await hub.history(
        request.channel,
        since=None if since is None else Position(since.offset, since.epoch),
        limit=request.limit or 0,
        reverse=request.reverse or False,
    )
    return HistoryResult([_shown(each) for each in found.publications], found.top.offset, found.top.epoch)


async def history_remove(hub: Backstage, key: ApiKey, request: ChannelRequest) -> Nothing:
    """Forget what was published in a channel."""
    _check(key, request.channel)
    namespace = hub.namespaces.of(request.channel)
    if namespace is None:
        raise Refused(ErrorCode.UNKNOWN_CHANNEL)
    if not namespace.has_history:
        raise Refused(ErrorCode.NOT_AVAILABLE)
    await hub.remove_history(request.channel)
    return Nothing()


async def channels(hub: Backstage, key: ApiKey, request: ChannelsRequest) -> ChannelsResult:
    """The channels that somebody is subscribed to, as far as the key is for them."""
    found = await hub.channels(request.pattern or "*")
    return ChannelsResult({channel: ChannelInfo(count) for channel, count in found.items() if key.sees(channel)})


def _check(key: ApiKey, channel: str) -> None:
    check_given(channel, "channel")
    key.check_channel(channel)


def _shown(publication: Publication) -> PublicationResult:
    is_json = JSON.check(publication.data)
    info: Any = None if publication.info is None else info_of(publication.info)
    return PublicationResult(
        data=publication.data if is_json else NULL,
        b64data=None if is_json else in_base64(publication.data),
        info=info,
        offset=publication.offset,
        tags=publication.tags,
    )
