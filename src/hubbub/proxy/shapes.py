"""What all questions to a backend and all answers have in common, in Centrifugo's shapes. Pure."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from ..codes import ErrorCode
from ..errors import Disconnect, Refused
from ..hooks.payload import write
from ..hooks.signature import Call
from ..protocol.json import JSON
from ..publication import NOTHING, NULL
from ..tokens.claims import LATEST
from .settings import Proxy

T = TypeVar("T")

Time = Annotated[float, Meta(ge=0, le=LATEST)]
"""Seconds since 1970; 0 for never."""


class Failed(Exception):
    """A backend has not answered, or what it said is no answer. The text says why, for the log, and quotes nothing."""


class Question(Struct, omit_defaults=True, gc=False):
    """What each question begins with."""

    client: str
    transport: str
    protocol: str
    encoding: str


class Error(Struct, gc=False):
    """The backend refuses."""

    code: int
    message: str = ""
    temporary: bool = False


class End(Struct, gc=False):
    """The backend wants the client to go."""

    code: int
    reason: str = ""


class Answer(Struct, Generic[T]):
    """One of these; the last that is there counts."""

    result: T | None = None
    error: Error | None = None
    disconnect: End | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A kind of question.

    Args:
        name: as in Centrifugo's settings.
        ask: makes the body of the request. Raises `Refused` for what a client has sent and no JSON can carry.
        read: makes of the body of the answer what a hook would return. Raises `Failed` for nonsense, and what the backend
            wants raised.
        repeats: whether it does no harm to ask twice, where it is not known whether the first was heard.
        is_expiry: whether it is about a life that expires: then no answer gives a minute more, and a refusal ends it.
        is_notice: whether the backend is only told.
    """

    name: str
    ask: Callable[[Call, Proxy], Question]
    read: Callable[[bytes, Call, Proxy], Any]
    repeats: bool = True
    is_expiry: bool = False
    is_notice: bool = False


def head(call: Call, proxy: Proxy) -> tuple[str, str, str, str]:
    """The fields of `Question`."""
    client = call.client
    return client.id, client.transport, client.encoding, "binary" if proxy.binary_encoding else "json"


def said(data: Raw, proxy: Proxy) -> tuple[Raw, str]:
    """A payload of the client's as `data` and `b64data`, one of them empty.

    Raises:
        Refused: it is no JSON, and the proxy's encoding is not binary (107).
    """
    if not len(data):
        return NOTHING, ""
    if proxy.binary_encoding:
        return NOTHING, b64encode(data).decode()
    if not JSON.check(data):
        raise Refused(ErrorCode.BAD_REQUEST, "the data is no JSON")
    return data, ""


def meta_of(call: Call, proxy: Proxy) -> Raw:
    """The connection's `meta`, where the backend wants it."""
    meta = call.client.meta
    return NOTHING if meta is None or not proxy.include_connection_meta else write(meta)


def reader(kind: type[T]) -> Callable[[bytes], T | None]:
    """What reads answers with a result of this kind.

    It gives the result, or `None` for an answer without one, and raises `Failed` for what is no answer, `Refused` or
    `Disconnect` where it says so.
    """
    decode = msgspec.json.Decoder(Answer[kind] | None).decode  # type: ignore[valid-type]

    def read(body: bytes) -> T | None:
        try:
            answer = decode(body)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise Failed(f"what it said is no answer: {error or type(error).__name__}") from None
        return None if answer is None else _result(answer)

    return read


def given(plain: Raw, encoded: str, *, may_be_bytes: bool) -> Raw:
    """A payload of the backend's: base64 counts before JSON; `null` is none.

    Args:
        plain: as JSON.
        encoded: in base64.
        may_be_bytes: whether it may be something else than JSON.

    Raises:
        Failed: it is no base64, or no JSON where it has to be.
    """
    payload = plain.copy() if not encoded else _decoded(encoded)  # a copy: it would keep the whole answer
    if not encoded and (not len(payload) or payload == NULL):
        return NOTHING
    if not may_be_bytes and not JSON.check(payload):
        raise Failed("a payload of its answer is no JSON, and goes to clients that read JSON")
    return payload


def value_of(plain: Raw) -> Any:
    """What a piece of an answer says in JSON; `None` for nothing.

    Raises:
        Failed: it is no JSON.
    """
    payload = given(plain, "", may_be_bytes=False)
    return msgspec.json.decode(payload) if len(payload) else None


def speaks_bytes(call: Call) -> bool:
    """Whether the client can be sent what is no JSON."""
    return bool(call.client.encoding != JSON.name)


def _result(answer: Answer[T]) -> T | None:
    try:
        if answer.disconnect is not None:
            raise Disconnect(answer.disconnect.code, answer.disconnect.reason)
        if answer.error is not None:
            raise Refused(answer.error.code, answer.error.message, temporary=answer.error.temporary)
    except ValueError as error:
        raise Failed(f"its answer has a code that there is not: {error}") from None
    return answer.result


def _decoded(encoded: str) -> Raw:
    try:
        return Raw(b64decode(encoded, validate=True))
    except ValueError:
        raise Failed("a payload of its answer is no base64") from None
