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
from ..tokens.claims import LATEST
from .overrides import Override
from .passes import ACTIONS
from .payload import BYTES, payload, write, written


def welcome(answer: Any, *, as_bytes: bool = False) -> Welcome:
    """Of `on_connect`: the user's id, or a `Welcome`; `None` lets in who has none.

    Args:
        answer: what it returned.
        as_bytes: whether the client can be told bytes that are no JSON.

    Raises:
        Refused: with 101, for `False`.
        Misuse: it is something else, or has bytes that cannot be told.
    """
    if type(answer) is str:  # as mostly
        return Welcome(answer)
    if answer is False:
        raise Refused(ErrorCode.UNAUTHORIZED)
    if answer is None or answer is True:
        return Welcome()
    if not isinstance(answer, Welcome):
        if not _is_id(answer):
            raise Misuse(f"{_CONNECT} {answer!r:.80}: it returns the user's id, a Welcome with one, or False")
        return Welcome(user=str(answer))
    said = f"{_CONNECT} a Welcome whose"
    if not _is_id(answer.user):
        raise _wrong(said, "user", answer.user, "an id: a text, a number or a UUID; '' for nobody")
    return msgspec.structs.replace(
        answer,
        user=str(answer.user),
        info=_payload(said, "info", answer.info),
        data=_payload(said, "data", answer.data, as_bytes),
        expire_at=moment(said, answer.expire_at),
        subs=_subs(said, answer.subs, as_bytes),
    )


def grant(answer: Any, *, as_bytes: bool = False, said: str = "on_subscribe returned") -> Grant:
    """Of `on_subscribe`: a `Grant`, or whether; otherwise as `welcome`.

    Args:
        answer: what it returned.
        as_bytes: as for `welcome`.
        said: who else said so.

    Raises:
        Refused: with 103, for `False`.
        Misuse: it is something else, grants what there is not, or has bytes that cannot be told.
    """
    if answer is None or answer is True:
        return Grant()
    if answer is False:
        raise denied("the hook said no")
    if not isinstance(answer, Grant):
        also = "; what a subscriber is given goes into Grant(data=...)" if isinstance(answer, (str, Mapping)) else ""
        raise Misuse(f"{said} {answer!r:.80}: this is True, False or a Grant{also}")
    said += " a Grant whose"
    return msgspec.structs.replace(
        answer,
        info=_payload(said, "info", answer.info),
        data=_payload(said, "data", answer.data, as_bytes),
        expire_at=moment(said, answer.expire_at),
        overrides=_overrides(said, answer.overrides),
        allows=_allows(said, answer.allows),
    )


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
        try:
            return written(answer)
        except _UNWRITABLE as error:
            raise _unwritable("on_publish returned", answer, error) from error
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


def result(answer: Any, hook: str, *, as_bytes: bool = False) -> Raw:
    """Of `rpc`: whatever JSON can say; `None` is no data. Otherwise as `welcome`."""
    try:
        return payload(answer, as_bytes=as_bytes)
    except _UNWRITABLE as error:
        raise _unwritable(f"{hook} returned", answer, error) from error


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
    then = answer
    if isinstance(answer, datetime):
        then = answer.timestamp()
    elif isinstance(answer, timedelta):
        then = clock.wall() + answer.total_seconds()
    if _is_moment(then):
        return float(then)
    raise Misuse(
        f"{hook} returned {answer!r:.80}: it returns seconds since 1970, a datetime, a timedelta from now,"
        f" None for ever, or False"
    )


def denied(why: str = "") -> Refused:
    """Error 103."""
    return Refused(ErrorCode.PERMISSION_DENIED, why=why)


def _find_special(kind: type) -> bool:
    """Whether a hook that returns such gives something else than a value to be written."""
    return issubclass(kind, (type(None), bool, Approval, Raw, *BYTES))


_is_special: Callable[[type], bool] = lru_cache(maxsize=1024)(_find_special)
"""Remembered, for each publication asks it."""


def _said(value: Any, came: Raw, as_bytes: bool) -> Raw:
    try:
        if value is came or as_bytes:
            return write(value)
        said = payload(value)
        if not len(said):
            raise Misuse("nothing was given to be published")
        return said
    except _UNWRITABLE as error:
        raise _unwritable("on_publish returned", value, error) from error


# The fields of a Welcome and a Grant


def _is_id(user: Any) -> bool:
    return isinstance(user, (str, int, UUID)) and not isinstance(user, bool)


def _is_moment(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value <= LATEST


def moment(said: str, value: Any) -> float:
    """An `expire_at` that the app has given.

    Raises:
        Misuse: it is no such time.
    """
    if not _is_moment(value):
        raise _wrong(said, "expire_at", value, "seconds since 1970, as time.time() + 3600, or 0 for never")
    return float(value)


def _payload(said: str, field: str, value: Any, as_bytes: bool = False) -> Raw:
    try:
        return payload(value, as_bytes=as_bytes)
    except _UNWRITABLE as error:
        raise _unwritable(f"{said} {field} is", value, error) from error


def _subs(said: str, subs: Any, as_bytes: bool) -> dict[str, Grant]:
    if not isinstance(subs, Mapping) or not all(isinstance(channel, str) for channel in subs):
        raise _wrong(said, "subs", subs, "channels and what is granted there, as {'news': Grant()}")
    return {
        channel: grant(each, as_bytes=as_bytes, said=f"{_CONNECT} for {channel!r} in subs")
        for channel, each in subs.items()
    }


def _overrides(said: str, overrides: Any) -> Mapping[str, bool]:
    if not isinstance(overrides, Mapping) or not all(flag in (True, False, None) for flag in overrides.values()):
        raise _wrong(said, "overrides", overrides, "options and whether, as {'presence': True}")
    _check_known(said, "overrides", overrides, _OVERRIDES)
    return overrides


def _allows(said: str, allows: Any) -> frozenset[str]:
    given: list[Any] = list(allows) if isinstance(allows, Iterable) and not isinstance(allows, str) else [None]
    if not all(isinstance(each, str) for each in given):
        raise _wrong(said, "allows", allows, "a set of texts, as {'publish'}")
    _check_known(said, "allows", given, _ACTIONS)
    return frozenset(given)


def _check_known(said: str, field: str, given: Iterable[str], known: frozenset[str]) -> None:
    if strange := sorted(set(given) - known, key=str):
        raise _wrong(said, field, strange[0], f"some of {', '.join(map(repr, sorted(known)))}")


def _wrong(said: str, field: str, value: Any, wanted: str) -> Misuse:
    return Misuse(f"{said} {field} is {value!r:.80}: this is {wanted}")


def _unwritable(said: str, value: Any, error: Exception) -> Misuse:
    return Misuse(f"{said} {value!r:.80}: {error}")


_CONNECT = "on_connect returned"
_OVERRIDES = frozenset(Override.__struct_fields__)
_ACTIONS = frozenset(ACTIONS.values())
_UNWRITABLE = (Misuse, TypeError, ValueError, RecursionError)
