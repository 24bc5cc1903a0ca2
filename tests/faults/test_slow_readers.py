"""Peers that do not read what they are sent, a row for each policy: memory stays where it was, the others get everything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import CLOSE, TEXT, Frame, Wire, frame
from tests.faults.witness import MIB, memory_grows_by_less_than
from tests.serving import wait_until

COUNT = 5000
SIZE = 4096
"""20 MiB in all: more than any kernel holds back for a peer that does not read."""

NARROW = 16 * 1024
QUEUE = 16
"""Messages of this size that fit into the outbox of the path `/write`."""

Numbers = list[int]


def everything(numbers: Numbers) -> None:
    """Who waits loses nothing."""
    assert numbers == list(range(COUNT))


def the_newest_at_last(numbers: Numbers) -> None:
    """The oldest made room: what waited to the end are the newest."""
    assert numbers == sorted(set(numbers))
    assert len(numbers) < COUNT
    assert numbers[-QUEUE:] == list(range(COUNT - QUEUE, COUNT))


def the_oldest_only(numbers: Numbers) -> None:
    """There was no room for the newest: what came through is what was sent first."""
    assert numbers == list(range(len(numbers)))
    assert len(numbers) < COUNT


def the_newest_of_each_key(numbers: Numbers) -> None:
    """Of `A` and `B`, sent in turn, each comes in its order, and the last of each comes last."""
    evens, odds = ([number for number in numbers if number % 2 == rest] for rest in (0, 1))
    assert evens == sorted(set(evens))
    assert odds == sorted(set(odds))
    assert set(numbers[-2:]) == {COUNT - 2, COUNT - 1}
    assert len(numbers) < COUNT


# policy; what a reader gets that begins to read when all is sent; what is awaited, and where nothing is, silence
POLICIES: list[tuple[str, Callable[[Numbers], None], set[int]]] = [
    ("wait", everything, {COUNT - 1}),
    ("drop-oldest", the_newest_at_last, {COUNT - 1}),
    ("drop-newest", the_oldest_only, set()),
    ("keep-newest", the_newest_of_each_key, {COUNT - 2, COUNT - 1}),
]


def numbers_of(frames: list[Frame]) -> Numbers:
    """The numbers in the messages."""
    return [int(frame.payload[1:8]) for frame in frames if frame.opcode != CLOSE]


def read_in_the_background(wire: Wire, into: list[bytes], count: int) -> threading.Thread:
    """Read `count` messages as they come."""
    thread = threading.Thread(target=lambda: into.extend(wire.message() for _ in range(count)))
    thread.start()
    return thread


@pytest.mark.parametrize(("policy", "check", "awaited"), POLICIES, ids=[policy for policy, *_ in POLICIES])
def test_a_reader_that_stops_gets_what_its_policy_says(
    victim: Victim, policy: str, check: Callable[[Numbers], None], awaited: set[int]
) -> None:
    with memory_grows_by_less_than(3 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open(f"/write?policy={policy}&count={COUNT}&size={SIZE}")
        assert (wait_until_written(victim) < COUNT) == (policy == "wait"), "only who waits is held up"
        numbers: Numbers = []
        while not awaited <= set(numbers[-2:]) or (not awaited and not wire.is_silent_for(0.5)):
            numbers += numbers_of([wire.frame()])
        assert wire.finish() == 1000
        dropped = victim.monitor.wait_for_end(wire)[2]
    check(numbers)
    assert dropped == COUNT - len(numbers), "what was dropped is counted"
    assert bool(dropped) == (policy != "wait")


def wait_until_written(victim: Victim) -> int:
    """Wait until all is sent, or the sender is held up; gives how many messages were."""
    before, written = -1, int(victim.monitor.ask("written"))
    while before < written < COUNT:
        time.sleep(0.2)  # a sender that is not held up gets on in that time
        before, written = written, int(victim.monitor.ask("written"))
    return written


def test_a_reader_that_stops_is_closed_where_the_policy_says_so(victim: Victim) -> None:
    with memory_grows_by_less_than(3 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open(f"/write?policy=close&count={COUNT}&size={SIZE}")
        assert victim.monitor.wait_for_end(wire)[0] == 3008
        *frames, close = wire.frames()
    assert close.code == 3008, "and reads why, when it reads again"
    the_oldest_only(numbers_of(frames))


@pytest.mark.parametrize("slow", [1, 200])
def test_the_others_get_everything_that_is_broadcast(victim: Victim, slow: int) -> None:
    """Those who do not read are closed for it when they have fallen off the ring of 100; nobody waits for them."""
    healthy = 5
    with memory_grows_by_less_than(8 * MIB, victim.pid), ExitStack() as stack:
        readers = [stack.enter_context(victim.open("/listen")) for _ in range(healthy)]
        lazy = [stack.enter_context(victim.open("/listen", receive_buffer=NARROW)) for _ in range(slow)]
        got: list[list[bytes]] = [[] for _ in readers]
        threads = [read_in_the_background(reader, into, COUNT) for reader, into in zip(readers, got, strict=True)]
        for first in range(0, COUNT, 50):
            assert victim.monitor.ask(f"feed {first} {first + 50} {SIZE}") <= healthy + slow
            wait_until(lambda first=first: all(len(into) >= first for into in got), 20)  # type: ignore[misc]
        for thread in threads:
            thread.join()
        assert [[int(message[:8]) for message in into] for into in got] == healthy * [list(range(COUNT))]
        for wire in lazy:
            assert victim.monitor.wait_for_end(wire)[0] == 3008


@pytest.mark.parametrize("asks", [0, 500])
def test_an_actor_whose_peer_does_not_read_keeps_its_time_and_its_bounds(victim: Victim, asks: int) -> None:
    """Its timers run, its mailbox and its outbox are bounded, and its stop does not wait for the write."""
    with memory_grows_by_less_than(8 * MIB, victim.pid), victim.connect(receive_buffer=NARROW) as wire:
        wire.open("/chatterbox").send(frame(TEXT, b"y" * 1000) * asks)
        wait_until(lambda: victim.monitor.ask("written") == 10)
        assert victim.monitor.wait_for_end(wire)[0] in (1000, 1006), "which is cut when it does not answer the Close"
