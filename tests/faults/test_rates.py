"""Floods against a rate, connects against a door that lets in few: who floods pays, memory and all others stay as they were."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, suppress

import pytest

from tests.faults.conftest import Victim
from tests.faults.test_floods import NARROW, pour
from tests.faults.wire import BINARY, PING, PONG, TEXT, Gone, Wire, frame, upgrade
from tests.faults.witness import MIB, cpu_grows_by_less_than, memory_grows_by_less_than

KIB = frame(BINARY, 1024 * b"a")


def test_who_is_held_back_is_stopped_by_tcp(victim: Victim) -> None:
    with memory_grows_by_less_than(4 * MIB, victim.pid), victim.open("/limited?over=delay") as wire:
        flood = 20_000 * KIB
        with cpu_grows_by_less_than(1.5, victim.pid):
            began = time.monotonic()
            sent = pour(wire, flood)
            assert sent < len(flood), "it is stopped"
            echoes = sum(1 for _ in range(150) if wire.message() == 1024 * b"a")
        assert echoes == 150
        assert time.monotonic() - began > 0.4, "100 at once, then 100 a second"


def test_who_is_dropped_may_send_as_it_likes(victim: Victim) -> None:
    with memory_grows_by_less_than(4 * MIB, victim.pid), victim.open("/limited?over=drop") as wire:
        reading = threading.Thread(target=pour, args=(wire, 50_000 * KIB))
        reading.start()
        got = [wire.frame() for _ in range(110)]
        reading.join()
        echoes, told = ([item for item in got if item.opcode == code] for code in (BINARY, TEXT))
        assert len(echoes) >= 100
        assert told
        assert told[0].payload.endswith(b" dropped")


def test_who_is_closed_is_told_so_and_heard_no_more(victim: Victim) -> None:
    with memory_grows_by_less_than(4 * MIB, victim.pid), victim.open("/limited?over=close") as wire:
        with suppress(OSError):
            pour(wire, 5_000 * KIB)
        frames = wire.frames()
    assert {item.opcode for item in frames[:-1]} <= {BINARY}
    assert len(frames) <= 101
    assert (frames[-1].code, frames[-1].payload[2:]) == (
        1013,
        b"more messages than its rate allows: retry after 1 s",
    )
    assert victim.monitor.wait_for_end(wire)[0] == 1013


def test_a_flood_of_pings_is_answered_at_its_rate(victim: Victim) -> None:
    pings = b"".join(frame(PING, b"%08d" % number) for number in range(100_000))
    with memory_grows_by_less_than(2 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open("/limited?over=pings")
        began = time.monotonic()
        assert pour(wire, pings) == len(pings)
        allowed = 100 + 100 * (time.monotonic() - began + 1)
        wire.send(frame(BINARY, b"still there?"))
        pongs = 0
        while (item := wire.frame()).opcode == PONG:
            pongs += 1
        assert item.payload == b"still there?"
        assert 100 <= pongs <= allowed


def test_one_warning_for_a_flood(victim: Victim) -> None:
    lines = victim.server.log().count("more messages than its rate allows")
    with victim.open("/limited?over=drop") as wire:
        pour(wire, 5_000 * KIB)
    assert victim.server.log().count("more messages than its rate allows") == lines + 1


# Connects


def status_of(victim: Victim, path: str) -> int:
    with victim.connect() as wire:
        return wire.send(upgrade(path)).response().status


def test_connects_beyond_the_rate_are_refused_cheaply(victim: Victim) -> None:
    with memory_grows_by_less_than(4 * MIB, victim.pid), cpu_grows_by_less_than(4.0, victim.pid):
        statuses = [status_of(victim, "/rarely") for _ in range(2000)]
    assert statuses.count(101) == 100
    assert statuses[100:] == 1900 * [429]


@pytest.mark.parametrize("count", [50])
def test_no_more_than_the_cap_are_open_and_each_that_breaks_makes_room(victim: Victim, count: int) -> None:
    with ExitStack() as stack:
        wires = [stack.enter_context(victim.open("/capped")) for _ in range(count)]
        assert [status_of(victim, "/capped") for _ in range(50)] == 50 * [503]
        for wire in wires[:25]:
            wire.reset()
        again: list[Wire] = []
        deadline = time.monotonic() + 5
        while len(again) < 25 and time.monotonic() < deadline:
            with suppress(AssertionError, Gone):
                again.append(stack.enter_context(victim.open("/capped")))
        assert len(again) == 25
        assert status_of(victim, "/capped") == 503
