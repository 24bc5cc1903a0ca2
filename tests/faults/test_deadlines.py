"""Peers that never come to an end with their request: each has so many seconds and so many bytes, then it is shown out."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.faults.conftest import HEAD_TIMEOUT, Victim
from tests.faults.wire import Wire, head, upgrade
from tests.faults.witness import MIB, cpu_grows_by_less_than, memory_grows_by_less_than

MUCH = 10 * MIB
SEGMENT = 16 * 1024


def nothing(wire: Wire) -> None:
    """Not a byte."""


def half_a_request(wire: Wire) -> None:
    """And then nothing."""
    wire.send(upgrade()[:60])


def half_a_first_line(wire: Wire) -> None:
    """And then nothing."""
    wire.send(b"GET /ec")


def all_but_the_end(wire: Wire) -> None:
    """The last byte does not come."""
    wire.send(upgrade()[:-1])


def a_byte_now_and_then(wire: Wire) -> None:
    """Slow, and never silent for long."""
    for byte in upgrade():
        wire.send(bytes((byte,)))
        time.sleep(0.1)  # this is what is tested
        if wire.is_cut:
            return


def half_a_request_behind_another(wire: Wire) -> None:
    """On a connection that was kept alive."""
    assert wire.send(head("Host: localhost", first="GET / HTTP/1.1")).response().status == 200
    half_a_request(wire)


def empty_lines(wire: Wire) -> None:
    """Which may stand before a request."""
    wire.send(b"\r\n\r\n")


SLOW: list[Callable[[Wire], None]] = [
    nothing,
    half_a_request,
    half_a_first_line,
    all_but_the_end,
    a_byte_now_and_then,
    half_a_request_behind_another,
    empty_lines,
]


@pytest.mark.parametrize("begin", SLOW)
def test_a_head_must_be_whole_in_time(victim: Victim, begin: Callable[[Wire], None]) -> None:
    with victim.connect() as wire:
        began = time.monotonic()
        begin(wire)
        assert wire.rest() == b""
        assert HEAD_TIMEOUT <= time.monotonic() - began < HEAD_TIMEOUT + 4


def test_many_silent_connections_go_in_time(victim: Victim) -> None:
    wires = [victim.connect() for _ in range(300)]
    for wire in wires[::2]:
        half_a_request(wire)
    for wire in wires:
        assert wire.rest() == b""
        wire.close()


ENDLESS = [
    ("a header", upgrade()[:-2] + b"X-Name: ", b"a"),
    ("headers", upgrade()[:-2], b"X-Name: a\r\n"),
    ("a first line", b"GET /", b"a"),
    ("a method", b"G", b"A"),
    ("a first header", b"GET / HTTP/1.1\r\n", b"X-Name: a\r\n"),
    ("a header behind a request", head("Host: localhost", first="GET / HTTP/1.1") + b"GET / HTTP/1.1\r\nX: ", b"a"),
]


@pytest.mark.parametrize(("name", "begin", "more"), ENDLESS, ids=[name for name, *_ in ENDLESS])
def test_an_endless_head_is_cut_short(victim: Victim, name: str, begin: bytes, more: bytes) -> None:
    segment = more * (SEGMENT // len(more))
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.connect() as wire:
        wire.send(begin)
        for _ in range(MUCH // SEGMENT):
            if not wire.is_cut:
                wire.send(segment)
        assert wire.end().rest().count(b"HTTP/1.1 431") <= 1


def test_an_endless_head_is_told_so(victim: Victim) -> None:
    with victim.connect() as wire:
        wire.send(upgrade()[:-2] + b"X-Name: ", 40_000 * b"a")
        assert wire.response().status == 431


def test_a_peer_that_never_ends_is_cut(victim: Victim) -> None:
    """Refused, and it sends on all the same: it is listened to for a while, so that it hears why, and not for ever."""
    with victim.connect() as wire, memory_grows_by_less_than(2 * MIB, victim.pid):
        wire.send(upgrade(Sec_WebSocket_Version="8"))
        began = time.monotonic()
        while not wire.is_cut:
            wire.send(SEGMENT * b"a")
        assert 1 < time.monotonic() - began < 5
        assert wire.response().status == 426


def test_slow_heads_cost_no_time(victim: Victim) -> None:
    """Each byte is looked at once, not again with each byte that follows."""
    with cpu_grows_by_less_than(1.0, victim.pid), victim.connect() as wire:
        wire.send(upgrade()[:-2] + b"X-Name: ")
        wire.send_in(4, 30_000 * b"a")
