"""The terms of an acceptance: what `accept` takes by name, looked through and made ready. Knows no request.

Whoever accepts many upgrades alike does this once, and each of them is spared it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import TypedDict

from ..errors import Misuse
from ..limits import Rate, Share
from .admission import Caps, Place
from .options import DEFAULT, Deflate, Heartbeat, KeepNewest, Limits, Options, Overflow, RateLimit
from .origin import host_patterns, origin_patterns
from .workers import advise_workers


class AcceptOptions(TypedDict, total=False):
    """What `accept` and `serve` take by name; see `Upgrade.accept`."""

    subprotocols: Iterable[str]
    require_subprotocol: bool
    headers: Mapping[str, str]
    origins: Iterable[str]
    hosts: Iterable[str]
    limits: Limits
    heartbeat: Heartbeat | None
    slow_reader: Overflow | KeepNewest
    rate: Rate | RateLimit | None
    quota: Share | None
    caps: Caps | Place | None
    compression: Deflate | None
    remedy: str


@dataclass(frozen=True, slots=True)
class Terms:
    """The same, ready for use.

    Args:
        subprotocols: what is spoken, best first.
        require_subprotocol: whether a client must speak one of them.
        headers: further headers of the response.
        origins: pages that may connect; `None` for what the environment says.
        hosts: names that are answered to; `None` for what the environment says.
        caps: who lets in only so many.
        options: how the socket behaves.
        remedy: what would let in whom origins or hosts keep out, in their author's words.
    """

    subprotocols: tuple[str, ...] = ()
    require_subprotocol: bool = False
    headers: tuple[tuple[bytes, bytes], ...] = ()
    origins: tuple[str, ...] | None = None
    hosts: tuple[str, ...] | None = None
    caps: Caps | Place | None = None
    options: Options = DEFAULT
    remedy: str = "accept({option}=[{value}])"


PLAIN = Terms()
"""Where nothing is said."""


def terms_of(given: AcceptOptions) -> Terms:
    """Look through what was given, and make it ready.

    Raises:
        Misuse: an option is unknown, or is none.
    """
    if not given:
        return PLAIN
    _check(given)
    return Terms(
        tuple(given.get("subprotocols", ())),
        given.get("require_subprotocol", False),
        tuple((k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in given.get("headers", {}).items()),
        origin_patterns(tuple(given["origins"])) if "origins" in given else None,
        host_patterns(tuple(given["hosts"])) if "hosts" in given else None,
        given.get("caps"),
        _options_of(given),
        given.get("remedy", PLAIN.remedy),
    )


def _options_of(given: AcceptOptions) -> Options:
    rate = given.get("rate")
    if given.get("quota") is not None:
        advise_workers("a Quota")
    return Options(
        given.get("limits", DEFAULT.limits),
        given.get("heartbeat", DEFAULT.heartbeat),
        given.get("slow_reader", DEFAULT.slow_reader),
        RateLimit(rate) if isinstance(rate, Rate) else rate,
        given.get("quota"),
        given.get("compression"),
    )


def _check(given: AcceptOptions) -> None:
    unknown = given.keys() - _KINDS.keys()
    if unknown:
        raise Misuse(f"options that are unknown: {', '.join(sorted(unknown))}; there are {', '.join(_KINDS)}")
    for name, value in given.items():
        kinds = _KINDS[name]
        if kinds is _STRINGS and isinstance(value, str):
            raise Misuse(f"{name} takes a list of strings: {name}=[{value!r}]")
        if not isinstance(value, kinds):
            wanted = " or ".join(_SHOWN.get(kind, kind.__name__) for kind in kinds)
            raise Misuse(f"{name} takes {wanted}, not {value!r}{_HINTS.get(name, '')}")


_STRINGS = (Iterable,)
_KINDS: dict[str, tuple[type, ...]] = {
    "subprotocols": _STRINGS,
    "require_subprotocol": (bool,),
    "headers": (Mapping,),
    "origins": _STRINGS,
    "hosts": _STRINGS,
    "limits": (Limits,),
    "heartbeat": (Heartbeat, NoneType),
    "slow_reader": (Overflow, KeepNewest),
    "rate": (Rate, RateLimit, NoneType),
    "quota": (Share, NoneType),
    "caps": (Caps, Place, NoneType),
    "compression": (Deflate, NoneType),
    "remedy": (str,),
}
_SHOWN = {NoneType: "nothing", Iterable: "a list of strings"}
_HINTS = {
    "heartbeat": ": say Heartbeat()",
    "slow_reader": ": say Overflow.CLOSE, or another",
    "quota": ": say whose it is, quota.of(key)",
    "compression": ": say Deflate()",
}
