"""Peers that send and send, and read nothing: each costs its own connection at most, and memory stays where it was."""

from __future__ import annotations

import select
import threading
import time

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import BINARY, CONTINUATION, PING, PONG, TEXT, Wire, frame
from tests.faults.witness import MIB, memory_grows_by_less_than

HOLDS = 0.5
"""Seconds in which nothing more is taken until we believe that nothing will be."""

NARROW = 32 * 1024


def pour(wire: Wire, data: bytes) -> int:
    """Send as much as is taken; how much that was."""
    view, sent = memoryview(data), 0
    while sent < len(data) and select.select([], [wire.socket], [], HOLDS)[1]:
        sent += wire.socket.send(view[sent : sent + 65536])
    return sent


def test_empty_fragments_end_at_their_limit(victim: Victim) -> None:
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.open() as wire:
        wire.send(frame(TEXT, fin=False), 300_000 * frame(CONTINUATION, fin=False))
        assert wire.closed() == 1009


def test_fragments_of_a_byte_end_at_their_limit(victim: Victim) -> None:
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.open() as wire:
        wire.send(frame(TEXT, b"a", fin=False), 300_000 * frame(CONTINUATION, b"a", fin=False))
        assert wire.closed() == 1009


def test_a_message_that_never_ends_holds_no_more_than_its_bytes(victim: Victim) -> None:
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.open() as wire:
        wire.send(frame(TEXT, b"a", fin=False), 90_000 * frame(CONTINUATION, b"a", fin=False))
        wire.send(frame(PING, b"still there?"))
        assert wire.frame().payload == b"still there?"


def test_pings_without_reading_cost_the_newest_pong(victim: Victim) -> None:
    """RFC 6455 section 5.5.3: an endpoint that is behind may answer the newest ping only."""
    pings = [frame(PING, b"%08d" % number + 92 * b".") for number in range(300_000)]
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open("/echo")
        flood = b"".join(pings)
        assert pour(wire, flood) == len(flood), "all pings are taken"
        numbers = [number(wire)]
        while numbers[-1] != 299_999:
            numbers.append(number(wire))
        assert wire.finish() == 1000
    assert numbers == sorted(set(numbers)), "in order, and none twice"
    assert len(numbers) < 300_000, "the newest is answered, and not all the others"


def number(wire: Wire) -> int:
    """The number in the next pong."""
    pong = wire.frame()
    assert pong.opcode == PONG
    return int(pong.payload[:8])


@pytest.mark.parametrize("path", ["/echo", "/forward"])
def test_an_echo_that_nobody_reads_stops_the_one_who_sends(victim: Victim, path: str) -> None:
    message = frame(BINARY, 1000 * b"a")
    with memory_grows_by_less_than(8 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open(path)
        sent = pour(wire, 50_000 * message)
        assert sent < 50_000 * len(message), "it is stopped"
        begun = -(-sent // len(message))
        rest = message[len(message) - (begun * len(message) - sent) :]
        threading.Thread(target=wire.send, args=(rest,)).start()
        assert {wire.message() for _ in range(begun)} == {1000 * b"a"}, "what was taken is echoed, every message"
        assert wire.finish() == 1000


def test_what_is_sent_after_a_fault_is_thrown_away(victim: Victim) -> None:
    lines = victim.server.log().count("\n")
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.open() as wire:
        wire.send(frame(TEXT, b"a", rsv=4))
        for _ in range(1000):
            wire.send(10 * frame(TEXT, 1000 * b"\xff"))
        assert wire.closed() == 1002
        victim.monitor.wait_for_end(wire)
    assert victim.server.log().count("\n") <= lines + 10


def test_a_peer_that_goes_on_after_a_fault_is_cut(victim: Victim) -> None:
    with victim.open() as wire:
        wire.send(frame(TEXT, b"a", rsv=4))
        began = time.monotonic()
        while not wire.is_cut:
            wire.send(65536 * b"a")
        assert 1 < time.monotonic() - began < 5


def test_faults_that_come_fast_leave_few_lines(victim: Victim) -> None:
    lines = victim.server.log().count("\n")
    for _ in range(100):
        with victim.open() as wire:
            wire.send(frame(TEXT, b"a", rsv=4), 100 * frame(3))
            wire.closed()
    assert victim.server.log().count("\n") <= lines + 3 * 100
