"""A call of a method, and its answer. Pure."""

from __future__ import annotations

from msgspec import Raw, Struct

from ..hooks.signature import Call
from ..publication import NOTHING
from .settings import Proxy
from .shapes import Event, Question, given, head, meta_of, reader, said, speaks_bytes


class RpcQuestion(Question):
    """A client calls a method."""

    user: str
    method: str = ""
    data: Raw = NOTHING
    b64data: str = ""
    meta: Raw = NOTHING


class RpcResult(Struct, gc=False):
    """What the method gives."""

    data: Raw = NOTHING
    b64data: str = ""


_read = reader(RpcResult)


def ask(call: Call, proxy: Proxy) -> RpcQuestion:
    """What the backend is told."""
    payload = said(call.data, proxy)
    return RpcQuestion(*head(call, proxy), call.client.user, call.method, *payload, meta_of(call, proxy))


def read(body: bytes, call: Call, proxy: Proxy) -> Raw:
    """What the client is answered; empty for nothing.

    Raises:
        Failed: it is no answer.
        Refused, Disconnect: as it says.
    """
    result = _read(body) or RpcResult()
    return given(result.data, result.b64data, may_be_bytes=speaks_bytes(call))


RPC = Event("rpc", ask, read, repeats=False)
