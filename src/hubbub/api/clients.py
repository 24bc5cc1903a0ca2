"""The slices of what is done to clients: `subscribe`, `unsubscribe`, `disconnect`, `refresh`.

Whoever is not connected is no error: what was asked for holds already.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Raw, Struct

from ..backstage import Backstage
from ..codes import ErrorCode
from ..errors import Refused
from ..hooks.overrides import Override, overrides_of
from ..publication import Position
from ..session.hooks import Grant
from .fields import (
    Base64,
    Channel,
    ClientId,
    Flag,
    Nothing,
    Request,
    SessionId,
    StreamPosition,
    User,
    bad_request,
    check_given,
    nothing_given,
    payload_or_nothing,
    says_nothing,
)
from .keys import ApiKey

Seconds = Annotated[float | None, Meta(description="When it expires, in seconds since 1970; 0 for never.")]


class Whom(Request, frozen=True, kw_only=True):
    """Whose connections are meant."""

    user: User = ""
    client: ClientId = None
    session: SessionId = None


class SubscribeRequest(Whom, frozen=True, kw_only=True):
    """Subscribe connections from the server's side."""

    channel: Channel = ""
    info: Annotated[Raw, Meta(description="Shown to others as `chan_info`.")] = nothing_given()
    b64info: Base64 = None
    data: Annotated[Raw, Meta(description="Given to the client.")] = nothing_given()
    b64data: Base64 = None
    expire_at: Seconds = None
    recover_since: StreamPosition | None = None
    override: Override | None = None


class UnsubscribeRequest(Whom, frozen=True, kw_only=True):
    """Take connections out of a channel."""

    channel: Channel = ""


class End(Struct, frozen=True):
    """With what the connection is closed; from 3500 and 4500 on clients do not come back."""

    code: int = 0
    reason: str = ""


class DisconnectRequest(Whom, frozen=True, kw_only=True):
    """End connections."""

    whitelist: Annotated[tuple[str, ...] | None, Meta(description="Ids of connections that are kept.")] = None
    disconnect: End | None = None


class RefreshRequest(Whom, frozen=True, kw_only=True):
    """Let connections live longer, or end them as expired."""

    expired: Annotated[Flag, Meta(description="End it now, as expired.")] = None
    expire_at: Seconds = None
    info: Annotated[Raw, Meta(description="Not available here.")] = nothing_given()


async def subscribe(hub: Backstage, key: ApiKey, request: SubscribeRequest) -> Nothing:
    """Subscribe connections from the server's side."""
    whom = _whom(request)
    _check_channel(hub, key, request.channel)
    since = request.recover_since
    await hub.subscribe(
        request.channel,
        grant=Grant(
            info=payload_or_nothing(request.info, request.b64info, "info"),
            data=payload_or_nothing(request.data, request.b64data, "data"),
            expire_at=request.expire_at or 0.0,
            overrides=overrides_of(request.override),
        ),
        since=None if since is None else Position(since.offset, since.epoch),
        **whom,
    )
    return Nothing()


async def unsubscribe(hub: Backstage, key: ApiKey, request: UnsubscribeRequest) -> Nothing:
    """Take connections out of a channel."""
    whom = _whom(request)
    _check_channel(hub, key, request.channel)
    await hub.unsubscribe(request.channel, **whom)
    return Nothing()


async def disconnect(hub: Backstage, key: ApiKey, request: DisconnectRequest) -> Nothing:
    """End connections."""
    whom = _whom(request)
    how = request.disconnect or End()
    if how.code and not 3000 <= how.code <= 4999:
        raise bad_request(f"`disconnect.code` is from 3000 to 4999, not {how.code}")
    await hub.disconnect(code=how.code or 3503, reason=how.reason, whitelist=request.whitelist or (), **whom)
    return Nothing()


async def refresh(hub: Backstage, key: ApiKey, request: RefreshRequest) -> Nothing:
    """Let connections live longer, or end them as expired."""
    whom = _whom(request)
    if not says_nothing(request.info):
        raise Refused(ErrorCode.NOT_AVAILABLE, "not available: `info` cannot be changed here")
    await hub.refresh(expire_at=request.expire_at or 0.0, expired=request.expired or False, **whom)
    return Nothing()


def _whom(request: Whom) -> dict[str, Any]:
    check_given(request.user or request.client or request.session, "user")
    return {"user": request.user, "client": request.client or "", "session": request.session or ""}


def _check_channel(hub: Backstage, key: ApiKey, channel: str) -> None:
    check_given(channel, "channel")
    key.check_channel(channel)
    if hub.namespaces.of(channel) is None:
        raise Refused(ErrorCode.UNKNOWN_CHANNEL)
