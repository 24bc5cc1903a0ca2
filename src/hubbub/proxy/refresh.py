"""The questions until when a connection, or a subscription, lives on, and the answers. Pure.

There is no refusal: an answer without a result, or with an error, is the end of that life, as in Centrifugo.
"""

from __future__ import annotations

from msgspec import Raw, Struct

from ..errors import Disconnect, Refused
from ..hooks.signature import Call
from ..publication import NOTHING
from .settings import Proxy
from .shapes import Event, Question, Time, given, head, meta_of, reader, value_of


class RefreshQuestion(Question):
    """A connection is about to expire."""

    user: str
    meta: Raw = NOTHING


class SubRefreshQuestion(Question):
    """A subscription is about to expire."""

    user: str
    channel: str
    meta: Raw = NOTHING


class RefreshResult(Struct, gc=False):
    """Until when; of a subscription nothing but that is looked at."""

    expired: bool = False
    expire_at: Time = 0
    info: Raw = NOTHING
    b64info: str = ""
    meta: Raw = NOTHING


_read = reader(RefreshResult)


def ask(call: Call, proxy: Proxy) -> RefreshQuestion:
    """What the backend is told of a connection."""
    return RefreshQuestion(*head(call, proxy), call.client.user, meta_of(call, proxy))


def ask_of_subscription(call: Call, proxy: Proxy) -> SubRefreshQuestion:
    """What the backend is told of a subscription."""
    return SubRefreshQuestion(*head(call, proxy), call.client.user, call.channel, meta_of(call, proxy))


def read(body: bytes, call: Call, proxy: Proxy) -> float | bool:
    """Until when the connection lives, 0 for ever, `False` for no longer. `info` and `meta` of an answer are the client's then.

    Raises:
        Failed: it is no answer.
    """
    result = _result(body)
    if result is None:
        return False
    info = given(result.info, result.b64info, may_be_bytes=False)
    meta = value_of(result.meta)
    if len(info):
        call.client.info = info
    if meta is not None:
        call.client.meta = meta
    return result.expire_at


def read_of_subscription(body: bytes, call: Call, proxy: Proxy) -> float | bool:
    """Until when the subscription lives, 0 for ever, `False` for no longer.

    Raises:
        Failed: it is no answer.
    """
    result = _result(body)
    return False if result is None else result.expire_at


def _result(body: bytes) -> RefreshResult | None:
    try:
        result = _read(body)
    except (Refused, Disconnect):
        return None
    return None if result is None or result.expired else result


REFRESH = Event("refresh", ask, read, is_expiry=True)
SUB_REFRESH = Event("sub_refresh", ask_of_subscription, read_of_subscription, is_expiry=True)
