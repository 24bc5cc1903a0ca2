"""What connection and subscription tokens allow: their claims made into welcomes, grants and capabilities. Pure, but that a
word which nobody knows is told to the watchers once.

The claims are Centrifugo's, so that tokens made for it are good here.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Raw, Struct

from ..channels.names import finds, wildcard
from ..codes import DisconnectCode
from ..errors import Disconnect, InvalidToken, Misuse
from ..session.hooks import Grant, Welcome
from ..tokens.claims import LATEST, Claims
from ..watch import advise
from .payload import payload

ACTIONS = {"sub": "subscribe", "pub": "publish", "prs": "presence", "hst": "history"}
"""What a token's `allow` says, and what it means; `*` is all."""

_ALL = frozenset(ACTIONS.values())
_WORDS = frozenset((*ACTIONS, "*"))

Flag = Literal["presence", "join_leave", "force_push_join_leave", "force_recovery", "force_positioning"]


class _Value(Struct):
    value: bool


class _Sub(Struct):
    info: Any = None
    b64info: str = ""
    data: Any = None
    b64data: str = ""
    override: dict[Flag, _Value | None] = {}
    allow: list[str] = []


class _Cap(Struct):
    channels: list[str] = []
    match: Literal["", "exact", "wildcard", "regex"] = ""
    allow: list[str] = []


class _Connection(Struct):
    info: Any = None
    b64info: str = ""
    channels: list[str] = []
    subs: dict[str, _Sub] = {}
    caps: list[_Cap] = []
    meta: Any = None
    expire_at: float | None = None


class _Subscription(_Sub, kw_only=True):
    channel: str = ""
    client: str = ""
    expire_at: float | None = None


class Capability:
    """One of a connection token's `caps`: on which channels, what.

    Args:
        channels: names or patterns of them.
        match: what they are.
        allow: what it allows, in a token's words.
    """

    __slots__ = ("_channels", "_match", "allow")

    def __init__(self, channels: Iterable[str], match: str, allow: Iterable[str]) -> None:
        self._match = match
        self.allow = actions(allow)
        """What it allows, in ours."""
        self._channels = [_pattern(text) if match == "regex" else text for text in channels]

    def covers(self, channel: str) -> bool:
        """Whether it names the channel."""
        return any(self._matches(each, channel) for each in self._channels)

    def _matches(self, wanted: Any, channel: str) -> bool:
        if self._match == "regex":
            return finds(wanted, channel)
        if self._match == "wildcard":
            return wildcard(wanted).match(channel) is not None
        return bool(wanted == channel)


class Pass(NamedTuple):
    """What a connection token says.

    Args:
        claims: the token's.
        welcome: whom it lets in.
        capabilities: what it allows on channels, beside what it subscribes to.
    """

    claims: Claims
    welcome: Welcome
    capabilities: tuple[Capability, ...]


def pass_of(claims: Claims, *, as_bytes: bool = False) -> Pass:
    """What a connection token says.

    Args:
        claims: the token's.
        as_bytes: whether the client can be told bytes that are no JSON.

    Raises:
        InvalidToken: a claim is not of its kind, or it is a token for a channel.
    """
    if "channel" in claims:
        raise InvalidToken("it is a token for a channel, and was given for a connection")
    said = _convert(claims, _Connection)
    subs = {channel: Grant() for channel in said.channels}
    subs |= {channel: _grant(sub, as_bytes) for channel, sub in said.subs.items()}
    welcome = Welcome(
        user=claims.user,
        info=_payload(said.info, said.b64info, as_bytes=False),
        expire_at=_lives_until(claims, said.expire_at),
        subs=subs,
        meta=said.meta,
    )
    return Pass(claims, welcome, tuple(Capability(cap.channels, cap.match, cap.allow) for cap in said.caps))


def grant_of(claims: Claims, user: str, client: str, channel: str, *, as_bytes: bool = False) -> Grant:
    """What a subscription token gives.

    Args:
        claims: the token's.
        user: whose the connection is.
        client: the connection's id.
        channel: for which it was given.
        as_bytes: as in `pass_of`.

    Raises:
        Disconnect: it is a good token, of another user, client or channel (3500).
        InvalidToken: a claim is not of its kind.
    """
    said = _convert(claims, _Subscription)
    for whose, is_so in (
        ("user", claims.user == user),
        ("channel", said.channel == channel),
        ("client", said.client in ("", client)),
    ):
        if not is_so:
            raise Disconnect(DisconnectCode.INVALID_TOKEN, why=f"the token is another {whose}'s")
    grant = _grant(said, as_bytes)
    grant.expire_at = _lives_until(claims, said.expire_at)
    return grant


def actions(allow: Iterable[str]) -> frozenset[str]:
    """What a token's `allow` means, or a backend's; what nobody knows means nothing, and is told once."""
    found = frozenset(allow)
    for word in found - _WORDS:
        known = ", ".join(f"{name} ({meaning})" for name, meaning in ACTIONS.items())
        advise(
            f"`allow`, in a token or a backend's answer, has {word!r:.80}, which means nothing: there are {known}, and *",
            once=True,
        )
    return _ALL if "*" in found else frozenset(ACTIONS[word] for word in found & ACTIONS.keys())


def _grant(sub: _Sub, as_bytes: bool) -> Grant:
    return Grant(
        info=_payload(sub.info, sub.b64info, as_bytes=False),
        data=_payload(sub.data, sub.b64data, as_bytes),
        overrides={name: flag.value for name, flag in sub.override.items() if flag is not None},
        allows=actions(sub.allow),
    )


def _convert(claims: Mapping[str, Any], kind: type[Any]) -> Any:
    try:
        return msgspec.convert({name: value for name, value in claims.items() if value is not None}, kind)
    except msgspec.ValidationError as error:
        raise InvalidToken(f"a claim is not of its kind: {error}") from None


def _payload(plain: Any, encoded: str, as_bytes: bool) -> Raw:
    if not encoded:
        return payload(plain)
    try:
        return payload(b64decode(encoded, validate=True), as_bytes=as_bytes)
    except ValueError:
        raise InvalidToken("a claim is no base64") from None
    except Misuse:
        raise InvalidToken(
            "a claim is, as base64, no JSON, and the client, or others, can be told nothing else"
        ) from None


def _lives_until(claims: Claims, expire_at: float | None) -> float:
    if expire_at is None:
        return float(claims.expires_at or 0)
    if not 0 <= expire_at <= LATEST:
        raise InvalidToken("the claim 'expire_at' is no date that there is")
    return expire_at


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error:
        raise InvalidToken("a claim is no regular expression") from None
