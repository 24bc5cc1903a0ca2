"""What requests and results of several commands share: kinds of fields, and how a fault in one is told. Pure.

`None` stands for what is not given: libraries leave it out or send `null`, and either means the same.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Annotated, Any

from msgspec import Meta, Raw, Struct, field

from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.json import JSON
from ..publication import NOTHING, NULL, ClientInfo


class Request(Struct, frozen=True, kw_only=True, gc=False):
    """What a command asks for. Unknown fields are passed over, as Centrifugo does."""


class Result(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a command answers."""


class Nothing(Result, frozen=True):
    """`{}`: it is done."""


def nothing_given() -> Any:
    """The default of a payload."""
    return field(default_factory=lambda: NOTHING)  # as a plain default it could not stand in a schema


Channel = Annotated[str, Meta(description="The channel's name.")]
User = Annotated[str, Meta(description="A user's id: all of the user's connections are meant.")]
ClientId = Annotated[str | None, Meta(description="A connection's id: that one alone is meant.")]
SessionId = Annotated[
    str | None, Meta(description="The secret of an emulated transport's connection: that one alone is meant.")
]
Data = Annotated[Raw, Meta(description="Any JSON.")]
Base64 = Annotated[str | None, Meta(description="Bytes in Base64 (RFC 4648 section 4), in the place of JSON.")]
Flag = bool | None
Offset = Annotated[int, Meta(ge=0, le=2**63 - 1, description="Of a publication in the channel's stream.")]


class StreamPosition(Struct, frozen=True, gc=False):
    """A place in a channel's stream."""

    offset: Offset = 0
    epoch: Annotated[str, Meta(description="Which life of the stream; empty for whichever there is.")] = ""


class Info(Result, frozen=True, kw_only=True):
    """Who a client is; what is no JSON comes in Base64."""

    user: str
    client: str
    conn_info: Data = nothing_given()
    chan_info: Data = nothing_given()
    b64conn_info: Base64 = None
    b64chan_info: Base64 = None


def info_of(info: ClientInfo) -> Any:
    """A client, as it can stand in JSON whatever the app says of it."""
    shown: dict[str, Any] = {"user": info.user, "client": info.client}
    for name in ("conn_info", "chan_info"):
        data = getattr(info, name)
        if len(data):
            if JSON.check(data):
                shown[name] = data
            else:
                shown["b64" + name] = in_base64(data)
    return shown


def in_base64(data: Raw) -> str:
    """Bytes as text."""
    return b64encode(data).decode()


def bad_request(what: str) -> Refused:
    """Error 107, which says what is wrong."""
    return Refused(ErrorCode.BAD_REQUEST, f"bad request: {what}")


def check_given(value: object, name: str) -> None:
    """A field that has to be filled.

    Raises:
        Refused: it is not there, or empty (107).
    """
    if not value:
        raise bad_request(f"`{name}` is missing")


def says_nothing(data: Raw) -> bool:
    """Whether a payload is not there, or `null`."""
    return not len(data) or data == NULL


def payload(data: Raw, encoded: str | None, name: str = "data") -> Raw:
    """What `data` or `b64data` says, in memory of its own: the request's is not kept.

    Raises:
        Refused: neither is given, or the second is no Base64 (107).
    """
    if encoded:
        try:
            return Raw(b64decode(encoded, validate=True))
        except ValueError:
            raise bad_request(f"`b64{name}` is no Base64") from None
    check_given(len(data), name)
    return data.copy()


def payload_or_nothing(data: Raw, encoded: str | None, name: str) -> Raw:
    """The same, where it need not be given; `null` is nothing."""
    if not encoded and says_nothing(data):
        return NOTHING
    return payload(data, encoded, name)
