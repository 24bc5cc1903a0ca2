"""What a hook returned, made into what the session asked for. Pure.

None and True allow, False refuses; everything else says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from .. import clock
from ..codes import DisconnectCode, ErrorCode
from ..errors import Disconnect, Misuse, Refused
from ..session.hooks import Approval, Grant, Welcome
from .overrides import Override
from .passes import ACTIONS
from .payload import payload, write, written


def welcome(answer: Any, *, as_bytes: bool = False) -> Welcome:
    """Of `on_connect`: the user's id, or a `Welcome`; `None` lets in who has none.

    Args:
        answer: what it returned.
        as_bytes: whether the client can be told bytes that are no JSON.

    Raises:
        Refused: with 101, for `False`.
        Misuse: it is something else, or has bytes that cannot be told.
    """
    if answer is False:
        raise Refused(ErrorCode.UNAUTHORIZED)
    if answer is None or answer is True:
        return Welcome()
    user = answer.user if isinstance(answer, Welcome) else answer
    if not isinstance(user, (str, int, UUID)):
        raise _strange("on_connect", answer, "the user's id, a Welcome with one, or False")
    if isinstance(answer, Welcome):
        subs = {channel: grant(each, as_bytes=as_bytes) for channel, each in answer.subs.items()}
        info, data = payload(answer.info), payload(answer.data, as_bytes=as_bytes)
        return msgspec.structs.replace(answer, user=str(user), info=info, data=data, subs=subs)
    return Welcome(user=str(user))


def grant(answer: Any, *, as_bytes: bool = False) -> Grant:
    """Of `on_subscribe`: a `Grant`, or whether; otherwise as `welcome`.

    Raises:
        Refused: with 103, for `False`.
        Misuse: it is something else, grants what there is not, or has bytes that cannot be told.
    """
    if answer is None or answer is True:
        return Grant()
    if answer is False:
        raise denied("the hook said no")
    if isinstance(answer, Grant):
        _check_known("overrides", answer.overrides, _OVERRIDES)
        _check_known("allows", answer.allows, _ACTIONS)
        info, data = payload(answer.info), payload(answer.data, as_bytes=as_bytes)
        return msgspec.structs.replace(answer, info=info, data=data)
    raise _strange("on_subscribe", answer, "True, False or a Grant")


def approval(answer: Any, data: Raw, *, as_bytes: bool = False) -> Raw | Approval:
    """Of `on_publish`: the payload to be published instead, or an `Approval`; `None` publishes it as it came.

    Args:
        answer: what it returned.
        data: what came, and has been checked.
        as_bytes: whether the channel carries bytes that are no JSON.

    Raises:
        Refused: with 103, for `False`.
        Misuse: there are bytes that cannot be told, or nothing, or tags that are none.
    """
    if not _is_special(type(answer)):
        return written(answer)
    if answer is None or answer is True:
        return data
    if answer is False:
        raise denied("the hook said no")
    if isinstance(answer, Approval):
        check_tags(answer.tags)
        return msgspec.structs.replace(answer, data=_said(answer.data, data, as_bytes))
    return _said(answer, data, as_bytes)


def check_tags(tags: object) -> None:
    """See that the tags of a publication are some, before it has a place in its channel.

    Raises:
        Misuse: they are something else.
    """
    if tags and not (
        isinstance(tags, Mapping) and all(isinstance(each, str) for pair in tags.items() for each in pair)
    ):
        raise Misuse(f"tags are names and values, each a text, as {{'topic': 'sport'}}, not {tags!r:.80}")


def result(answer: Any, *, as_bytes: bool = False) -> Raw:
    """Of `rpc`: whatever JSON can say; `None` is no data. Otherwise as `welcome`."""
    return payload(answer, as_bytes=as_bytes)


def expiry(answer: Any, hook: str) -> float:
    """Of `on_refresh` and `on_sub_refresh`: until when it lives on; `None` and `True` for ever. A time that is over is `False`:
    else it would be asked again at once, and for ever.

    Raises:
        Disconnect: with 3005, for `False` from `on_refresh`.
        Refused: with 103, for `False` from `on_sub_refresh`.
        Misuse: it is something else.
    """
    if answer is None or answer is True:
        return 0.0
    expire_at = 0.0 if answer is False else _time(answer, hook)
    if answer is False or 0 != expire_at <= clock.wall():
        raise Disconnect(DisconnectCode.EXPIRED) if hook == "on_refresh" else denied("the hook said no")
    return expire_at


def _time(answer: Any, hook: str) -> float:
    if isinstance(answer, datetime):
        return answer.timestamp()
    if isinstance(answer, timedelta):
        return clock.wall() + answer.total_seconds()
    if isinstance(answer, (int, float)):
        return float(answer)
    raise _strange(hook, answer, "seconds since 1970, a datetime, a timedelta from now, or False")


def denied(why: str = "") -> Refused:
    """Error 103."""
    return Refused(ErrorCode.PERMISSION_DENIED, why=why)


def _find_special(kind: type) -> bool:
    """Whether a hook that returns such gives something else than a value to be written."""
    return issubclass(kind, (type(None), bool, Approval, Raw, bytes))


_is_special: Callable[[type], bool] = lru_cache(maxsize=1024)(_find_special)
"""Remembered, for each publication asks it."""


def _said(value: Any, came: Raw, as_bytes: bool) -> Raw:
    if value is came or as_bytes:
        return write(value)
    said = payload(value)
    if not len(said):
        raise Misuse("nothing was given to be published")
    return said


_OVERRIDES = frozenset(Override.__struct_fields__)
_ACTIONS = frozenset(ACTIONS.values())


def _check_known(what: str, given: Iterable[str], known: frozenset[str]) -> None:
    if given and (strange := sorted(set(given) - known)):
        raise Misuse(f"{what} of a Grant names some of {', '.join(map(repr, sorted(known)))}, not {strange[0]!r}")


def _strange(hook: str, answer: Any, wanted: str) -> Misuse:
    also = "; what a subscriber is given goes into Grant(data=...)" if isinstance(answer, (str, Mapping)) else ""
    return Misuse(f"{hook} returned {answer!r:.80}: it returns {wanted}{also if hook == 'on_subscribe' else ''}")
