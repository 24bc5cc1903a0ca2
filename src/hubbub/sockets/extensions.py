"""What a client offers in `Sec-WebSocket-Extensions`, and what of it is agreed on. Pure; knows no zlib and no sockets.

Only permessage-deflate is spoken (RFC 7692). Offers are tried in the client's order; one that is malformed, says something
twice or asks for what is unknown or impossible is declined, and the next is tried (section 5). Nothing is asked of a client
that it did not offer itself: the RFC would allow some of it, and clients exist that then leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .options import Deflate

NAME = "permessage-deflate"

LEAST = 9
"""Bits of the smallest window that zlib compresses with; it reads those of 8."""

WIDEST = 15
"""Bits of a window that nobody bounds (RFC 7692 section 7.1.2)."""

_CHARACTER = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_OFFER = re.compile(rf"({_CHARACTER}+)[ \t]*")
_PARAMETER = re.compile(rf'[ \t]*({_CHARACTER}+)[ \t]*(?:=[ \t]*(?:({_CHARACTER}+)|"((?:\\?{_CHARACTER})+)")[ \t]*)?')


@dataclass(frozen=True, slots=True)
class Agreement:
    """What both sides keep to.

    Args:
        server_no_context_takeover: whether each message of ours begins afresh.
        client_no_context_takeover: whether each of the client's does.
        server_max_window_bits: of our window.
        client_max_window_bits: of the client's.
        answer: how the client is told: the header of the response.
    """

    server_no_context_takeover: bool
    client_no_context_takeover: bool
    server_max_window_bits: int
    client_max_window_bits: int
    answer: str


def agree(offered: str, wanted: Deflate) -> Agreement | None:
    """The first offer that can be met, as it is met; `None` where there is none.

    Args:
        offered: the header's value, all its lines joined with commas.
        wanted: what this side would have.

    Example:
        >>> agree("permessage-deflate; client_max_window_bits", Deflate()).answer
        'permessage-deflate; client_max_window_bits=12'
    """
    for parameters in _offers(offered):
        agreement = _meet(parameters, wanted)
        if agreement is not None:
            return agreement
    return None


def _offers(header: str) -> Iterator[Mapping[str, int]]:
    """Those that can be understood. A quoted value has no comma in it: unquoted it must be a token (RFC 6455 section 9.1)."""
    for member in header.split(","):
        name, *parameters = member.lstrip(" \t").split(";")
        match = _OFFER.fullmatch(name)
        if match is not None and match[1] == NAME:
            read = _read(parameters)
            if read is not None:
                yield read


def _read(parameters: list[str]) -> Mapping[str, int] | None:
    """Parameters by name (RFC 7692 section 7.1); `None` where one is malformed, unknown, there twice, or has a bad value."""
    found: dict[str, int] = {}
    for parameter in parameters:
        match = _PARAMETER.fullmatch(parameter)
        if match is None or match[1] not in _VALUES or match[1] in found:
            return None
        value = _VALUES[match[1]](match[2] or (match[3] and match[3].replace("\\", "")))
        if value is None:
            return None
        found[match[1]] = value
    return found


def _flag(value: str | None) -> int | None:
    return 1 if value is None else None


def _bits(value: str | None) -> int | None:
    return _BITS.get(value or "")


def _bits_or_none(value: str | None) -> int | None:
    return WIDEST if value is None else _BITS.get(value)


_BITS = {str(bits): bits for bits in range(8, WIDEST + 1)}
_VALUES: dict[str, Callable[[str | None], int | None]] = {
    "server_no_context_takeover": _flag,
    "client_no_context_takeover": _flag,
    "server_max_window_bits": _bits,
    "client_max_window_bits": _bits_or_none,
}


def _meet(offer: Mapping[str, int], wanted: Deflate) -> Agreement | None:
    server_bits = min(offer.get("server_max_window_bits", WIDEST), max(wanted.server_max_window_bits, LEAST))
    if server_bits < LEAST:
        return None
    client_bits = min(offer.get("client_max_window_bits", WIDEST), max(wanted.client_max_window_bits, LEAST))
    no_client_context = wanted.client_no_context_takeover and "client_no_context_takeover" in offer
    no_server_context = wanted.server_no_context_takeover or "server_no_context_takeover" in offer
    answers = {
        "server_no_context_takeover": "",
        "client_no_context_takeover": "" if no_client_context else None,
        "server_max_window_bits": f"={server_bits}",
        "client_max_window_bits": f"={client_bits}",
    }
    told = [f"; {name}{value}" for name, value in answers.items() if name in offer and value is not None]
    return Agreement(
        no_server_context,
        no_client_context,
        server_bits,
        client_bits if "client_max_window_bits" in offer else WIDEST,
        NAME + "".join(told),
    )
