"""The slices that ask the server itself: `info`, `rpc`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from ..backstage import Backstage
from ..errors import Misuse
from ..protocol.json import JSON
from ..publication import NULL
from ..session.census import NodeInfo
from .fields import Data, Request, Result, check_given, nothing_given
from .keys import ApiKey


class InfoRequest(Request, frozen=True, kw_only=True):
    """The servers there are."""


class InfoResult(Result, frozen=True):
    """What each server tells of itself."""

    nodes: list[NodeInfo]


class RpcRequest(Request, frozen=True, kw_only=True):
    """Call a method of the app."""

    method: Annotated[str, Meta(description="Its name.")] = ""
    params: Data = nothing_given()


class RpcResult(Result, frozen=True):
    """What it gave."""

    data: Data


async def info(hub: Backstage, key: ApiKey, request: InfoRequest) -> InfoResult:
    """What each server tells of itself."""
    return InfoResult(await hub.nodes())


async def rpc(hub: Backstage, key: ApiKey, request: RpcRequest) -> RpcResult:
    """Call what the app has registered with `server_rpc`."""
    check_given(request.method, "method")
    data = await hub.call(request.method, request.params.copy())
    if len(data) and not JSON.check(data):
        raise Misuse(f"the method {request.method!r} of server_rpc returned bytes that are no JSON")
    return RpcResult(data if len(data) else NULL)
