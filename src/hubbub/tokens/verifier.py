"""The rules that decide whether a token is good: algorithm, key, signature, time, audience, issuer. Knows no transport.

What needs no waiting is decided by `verify_nowait`; `verify` waits for keys that must be fetched first.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any, Protocol, TypedDict, Unpack, runtime_checkable

from .. import clock
from ..errors import ExpiredToken, InvalidToken, Misuse
from .claims import Claims
from .compact import Compact, parse, read_object
from .jwks import Jwks
from .keys import ALGORITHMS, Key, KeyData, NoKeys, UnknownKey

LEEWAY = 10.0
LONGEST = 8 * 1024


class Rules(TypedDict, total=False):
    """What `Verifier` and `Tokens` take by name; see `Verifier`."""

    algorithms: Iterable[str]
    audience: str | Iterable[str]
    issuer: str | Iterable[str]
    leeway: float
    required: Iterable[str]
    typ: str
    max_length: int


class EarlyToken(InvalidToken):
    """A token that will be good, from its `nbf` on (RFC 7519 section 4.1.5)."""


@runtime_checkable
class TokenJudge(Protocol):
    """What a hub needs of what judges its tokens: a `Verifier` is one."""

    leeway: float
    """Seconds by which a token outlives its `exp`."""

    async def verify(self, token: str) -> Claims:
        """See `Verifier.verify`."""

    def lasting(self) -> TokenJudge:
        """See `Verifier.lasting`."""


class Verifier:
    """Says whether a token is good, and what it claims.

    Args:
        key: a secret (bytes, or text, of at least 32 bytes), PEM text, a JWK or a JWKS, several of these, or a `Jwks`.
        algorithms: those allowed; by default all that the keys' types serve. `none` is never one.
        audience: who we are: a token's `aud` must name it, or one of several. A token that has an `aud` is refused where
            none is given (RFC 7519 section 4.1.3).
        issuer: whose tokens are taken: `iss` must be it, or one of several.
        leeway: seconds by which the issuer's clock may differ from ours, and by which a token outlives its `exp`.
        required: claims that a token must have; `("exp", "sub")` by default, for a hub `("sub",)`.
        typ: what the header's `typ` must be, where one issuer makes tokens of several kinds (RFC 8725 section 3.11).
        max_length: characters that a token may have.

    Raises:
        Misuse: a key cannot be used, or a rule makes no sense; the text says why.

    Example:
        ```python
        verifier = Verifier(PUBLIC_KEY, audience="chat", issuer="https://accounts.example.com/")
        claims = await verifier.verify(token)
        ```
    """

    def __init__(self, key: KeyData | Iterable[KeyData] | Jwks, **rules: Unpack[Rules]) -> None:
        _check(rules)
        self.remote = key if isinstance(key, Jwks) else None
        """Where its keys are fetched from; `None` where it was given them."""
        self._keys = () if isinstance(key, Jwks) else _read(key)
        self._algorithms = frozenset(rules.get("algorithms", ALGORITHMS))
        self._audience = _names(rules.get("audience", ()))
        self._issuer = _names(rules.get("issuer", ()))
        self._has_defaults = "required" not in rules
        self._required = tuple(rules.get("required", ("exp", "sub")))
        self._typ = rules.get("typ")
        self._longest = rules.get("max_length", LONGEST)
        self.leeway = float(rules.get("leeway", LEEWAY))
        if self.remote is not None and not (self._audience or self._issuer):
            raise Misuse("keys from an address sign tokens for many: say audience=..., or issuer=... at least")
        if self._keys and all(self._algorithms.isdisjoint(key.algorithms) for key in self._keys):
            raise Misuse(f"none of the keys serves {', '.join(sorted(self._algorithms))}")

    def __repr__(self) -> str:
        return f"Verifier(audience={sorted(self._audience)}, issuer={sorted(self._issuer)})"

    async def verify(self, token: str) -> Claims:
        """The claims of a good token. Waits where keys must be fetched.

        Raises:
            ExpiredToken: it was good once.
            InvalidToken: it is not good, for whatever reason; the text says it.
        """
        parts = self._parse(token)
        if self.remote is None:
            return self._judge(parts, self._keys)
        keys = await self.remote.keys()
        try:
            return self._judge(parts, keys)
        except UnknownKey:
            again = await self.remote.keys(after=keys)
            if again is keys:
                raise
            return self._judge(parts, again)

    def verify_nowait(self, token: str) -> Claims:
        """As `verify`, with the keys that are there.

        Raises:
            InvalidToken: as `verify`.
        """
        return self._judge(self._parse(token), self._keys if self.remote is None else self.remote.known)

    def lasting(self) -> Verifier:
        """The same, which takes tokens that never expire too, as Centrifugo does; where `required` was given, it holds."""
        other = copy(self)
        if self._has_defaults:
            other._required = ("sub",)
        return other

    # Inside

    def _parse(self, token: str) -> Compact:
        parts = parse(token, self._longest)
        if parts.algorithm not in self._algorithms:
            raise InvalidToken(f"the algorithm {_shown(parts.algorithm)} is not allowed")
        if self._typ is not None and (parts.typ or "").lower() != self._typ.lower():
            raise InvalidToken(f"the header's 'typ' is {_shown(parts.typ)}, not {self._typ!r}")
        return parts

    def _judge(self, parts: Compact, keys: tuple[Key, ...]) -> Claims:
        if not any(
            key.verify(parts.algorithm, parts.signed, parts.signature)
            for key in candidates(keys, parts.kid, parts.algorithm)
        ):
            raise InvalidToken("the signature is not good")
        claims = Claims(read_object(parts.payload, "payload"))
        for name in self._required:
            if name not in claims:
                raise InvalidToken(f"the claim {name!r} is missing")
        self._check_parties(claims)
        self._check_times(claims, clock.wall())
        return claims

    def _check_parties(self, claims: Claims) -> None:
        if self._audience.isdisjoint(claims.audience) and (self._audience or "aud" in claims):
            wanted = _shown(sorted(self._audience)) if self._audience else "anybody: say audience=..."
            raise InvalidToken(f"the token is for {_shown(claims.audience)}, not for {wanted}")
        if self._issuer and claims.get("iss") not in self._issuer:
            raise InvalidToken(
                f"the token is from {_shown(claims.get('iss'))}, not from {_shown(sorted(self._issuer))}"
            )

    def _check_times(self, claims: Claims, now: float) -> None:
        if claims.expires_at is not None and claims.expires_at + self.leeway <= now:
            raise ExpiredToken(f"the token expired {now - claims.expires_at:.0f} s ago")
        for name in ("nbf", "iat"):
            if claims.get(name, 0) - self.leeway > now:
                kind = EarlyToken if name == "nbf" else InvalidToken
                raise kind(f"the token is not good before its {name!r}, {claims[name] - now:.0f} s from now")


def candidates(keys: tuple[Key, ...], kid: str | None, algorithm: str) -> list[Key]:
    """The keys that may have signed: those of that name, or else those without a name; of any name where none is given.

    Raises:
        NoKeys: there are no keys.
        UnknownKey: there is none of that name.
        InvalidToken: there is none for that algorithm.
    """
    if not keys:
        raise NoKeys("there are no keys: they could not be fetched", "try again later")
    named = [key for key in keys if kid is None or key.kid == kid] or [key for key in keys if key.kid is None]
    if not named:
        raise UnknownKey(f"there is no key {_shown(kid)}")
    found = [key for key in named if algorithm in key.algorithms]
    if not found:
        raise InvalidToken(f"the algorithm {algorithm} does not go with the type of the key")
    return found


def _read(key: KeyData | Iterable[KeyData]) -> tuple[Key, ...]:
    from .reading import read_keys  # and cryptography, which takes its time: only who has tokens waits for it

    return read_keys(key)


def _names(given: str | Iterable[str]) -> frozenset[str]:
    return frozenset({given} if isinstance(given, str) else given)


def _shown(value: Any) -> str:
    """What a token says, short enough and harmless in an error's text."""
    text = ascii(value)
    return text if len(text) <= 80 else text[:80] + "..."


def _check(rules: Rules) -> None:
    unknown = rules.keys() - Rules.__annotations__.keys()
    if unknown:
        raise Misuse(
            f"rules that are unknown: {', '.join(sorted(unknown))}; there are {', '.join(Rules.__annotations__)}"
        )
    for name in ("algorithms", "required"):
        if isinstance(rules.get(name), str):
            raise Misuse(f"{name} takes a list of strings: {name}=[{rules.get(name)!r}]")
    if strange := frozenset(rules.get("algorithms", ())) - ALGORITHMS:
        raise Misuse(f"no algorithms here: {', '.join(sorted(strange))}; there are {', '.join(sorted(ALGORITHMS))}")
    if not rules.get("algorithms", ALGORITHMS):
        raise Misuse("algorithms=[] allows none: leave it out for all that the keys serve")
    if rules.get("leeway", LEEWAY) < 0 or rules.get("max_length", LONGEST) <= 0:
        raise Misuse("leeway must not be negative, max_length must be more than 0")
