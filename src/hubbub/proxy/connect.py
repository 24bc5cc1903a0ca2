"""The question who a client is, and the answer. Pure."""

from __future__ import annotations

from msgspec import Raw, Struct, field

from ..codes import DisconnectCode
from ..errors import Disconnect, InvalidToken
from ..hooks.passes import Capability
from ..hooks.signature import Call
from ..publication import NOTHING
from ..session.hooks import Grant, Welcome
from .settings import Proxy
from .shapes import Event, Failed, Question, Time, given, head, reader, said, speaks_bytes, value_of
from .subscribe import Options, grant_of


class ConnectQuestion(Question):
    """A client without a token wants to connect."""

    name: str = ""
    version: str = ""
    data: Raw = NOTHING
    b64data: str = ""
    channels: list[str] = field(default_factory=list)


class Cap(Struct, gc=False):
    """What the client may do, on which channels."""

    channels: list[str] = []
    match: str = ""
    allow: list[str] = []


class ConnectResult(Struct):
    """Who it is."""

    user: str = ""
    expire_at: Time = 0
    info: Raw = NOTHING
    b64info: str = ""
    data: Raw = NOTHING
    b64data: str = ""
    channels: list[str] | None = None
    subs: dict[str, Options | None] | None = None
    meta: Raw = NOTHING
    caps: list[Cap] | None = None


_read = reader(ConnectResult)


def ask(call: Call, proxy: Proxy) -> ConnectQuestion:
    """What the backend is told.

    Raises:
        Disconnect: the client brings a token, and nobody is there to judge it (3500).
    """
    if call.token:
        raise Disconnect(DisconnectCode.INVALID_TOKEN)
    request = call.request
    data, b64data = said(call.data, proxy)
    return ConnectQuestion(*head(call, proxy), request.name, request.version, data, b64data, list(request.subs))


def read(body: bytes, call: Call, proxy: Proxy) -> Welcome:
    """Whom it lets in.

    Raises:
        Failed: it is no answer.
        Refused, Disconnect: as it says; where it says nothing, 3501.
    """
    result = _read(body)
    if result is None:
        raise Disconnect(DisconnectCode.BAD_REQUEST)
    subs = {channel: Grant() for channel in result.channels or ()}
    subs |= {channel: grant_of(options or Options(), call) for channel, options in (result.subs or {}).items()}
    capabilities = _capabilities(result.caps or [])
    welcome = Welcome(
        user=result.user,
        info=given(result.info, result.b64info, may_be_bytes=False),
        data=given(result.data, result.b64data, may_be_bytes=speaks_bytes(call)),
        expire_at=result.expire_at,
        subs=subs,
        meta=value_of(result.meta),
    )
    call.client.capabilities = capabilities
    return welcome


def _capabilities(caps: list[Cap]) -> tuple[Capability, ...]:
    try:
        return tuple(Capability(cap.channels, cap.match, cap.allow) for cap in caps)
    except InvalidToken:
        raise Failed("a capability of its answer is no regular expression") from None


CONNECT = Event("connect", ask, read)
