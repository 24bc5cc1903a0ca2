"""What a hook returned, made into what the session asked for. Pure.

None and True allow, False refuses; everything else says how.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from .. import clock
from ..errors import Disconnect, Misuse, Refused
from ..publication import NOTHING
from ..session.hooks import Approval, Grant, Welcome
from .payload import write

UNAUTHORIZED = 101
PERMISSION_DENIED = 103
EXPIRED = 3005


def welcome(answer: Any) -> Welcome:
    """Of `on_connect`: the user's id, or a `Welcome`; `None` lets in who has none.

    Raises:
        Refused: with 101, for `False`.
        Misuse: it is something else.
    """
    if answer is False:
        raise Refused(UNAUTHORIZED, "unauthorized")
    if answer is None or answer is True:
        return Welcome()
    if isinstance(answer, Welcome):
        subs = {channel: grant(each) for channel, each in answer.subs.items()}
        return msgspec.structs.replace(answer, info=_raw(answer.info), data=_raw(answer.data), subs=subs)
    if isinstance(answer, (str, int, UUID)):
        return Welcome(user=str(answer))
    raise _strange("on_connect", answer, "the user's id, a Welcome, or False")


def grant(answer: Any) -> Grant:
    """Of `on_subscribe`: a `Grant`, or whether.

    Raises:
        Refused: with 103, for `False`.
        Misuse: it is something else.
    """
    if answer is None or answer is True:
        return Grant()
    if answer is False:
        raise denied()
    if isinstance(answer, Grant):
        return msgspec.structs.replace(answer, info=_raw(answer.info), data=_raw(answer.data))
    raise _strange("on_subscribe", answer, "True, False or a Grant")


def approval(answer: Any, data: Raw) -> Approval:
    """Of `on_publish`: the payload to be published instead, or an `Approval`; `None` publishes it as it came.

    Raises:
        Refused: with 103, for `False`.
    """
    if answer is None or answer is True:
        return Approval(data)
    if answer is False:
        raise denied()
    if isinstance(answer, Approval):
        return msgspec.structs.replace(answer, data=write(answer.data))
    return Approval(write(answer))


def result(answer: Any) -> Raw:
    """Of `rpc`: whatever JSON can say; `None` is no data."""
    return NOTHING if answer is None else write(answer)


def expiry(answer: Any, hook: str) -> float:
    """Of `on_refresh` and `on_sub_refresh`: until when it lives on; `None` and `True` for ever.

    Raises:
        Disconnect: with 3005, for `False` from `on_refresh`.
        Refused: with 103, for `False` from `on_sub_refresh`.
        Misuse: it is something else.
    """
    if answer is None or answer is True:
        return 0.0
    if answer is False:
        raise Disconnect(EXPIRED, "connection expired") if hook == "on_refresh" else denied()
    if isinstance(answer, datetime):
        return answer.timestamp()
    if isinstance(answer, timedelta):
        return clock.wall() + answer.total_seconds()
    if isinstance(answer, (int, float)):
        return float(answer)
    raise _strange(hook, answer, "seconds since 1970, a datetime, a timedelta from now, or False")


def denied() -> Refused:
    """Error 103."""
    return Refused(PERMISSION_DENIED, "permission denied")


def _raw(value: Any) -> Raw:
    """A payload that the app may have given as a plain value."""
    return NOTHING if value is None else write(value)


def _strange(hook: str, answer: Any, wanted: str) -> Misuse:
    also = "; what a subscriber is given goes into Grant(data=...)" if isinstance(answer, (str, Mapping)) else ""
    return Misuse(f"{hook} returned {answer!r:.80}: it returns {wanted}{also if hook == 'on_subscribe' else ''}")
