"""Connections that break: at every stage of their life, by the peer's will or without it, one or a thousand at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import BINARY, CLOSE, CONTINUATION, TEXT, Wire, close_payload, frame, frame_head, head, upgrade
from tests.serving import wait_until


def connected(wire: Wire) -> None:
    """Nothing sent."""


def in_the_head(wire: Wire) -> None:
    """Half a request sent."""
    wire.send(upgrade()[:50])


def asked(wire: Wire) -> None:
    """The request sent, the answer not awaited."""
    wire.send(upgrade())


def behind_a_page(wire: Wire) -> None:
    """A page read, the connection kept alive."""
    wire.send(head("Host: localhost", first="GET / HTTP/1.1")).response()


def refused(wire: Wire) -> None:
    """Refused by the app."""
    wire.send(upgrade("/refuse")).response()


def refused_unread(wire: Wire) -> None:
    """Refused by the door; the answer not read."""
    wire.send(upgrade(Sec_WebSocket_Version="8"))


def accepted(wire: Wire) -> None:
    """Open."""
    wire.open()


def in_a_frame_head(wire: Wire) -> None:
    """A byte of a frame sent."""
    wire.open().send(b"\x82")


def in_a_frame(wire: Wire) -> None:
    """Half a frame sent."""
    wire.open().send(frame_head(BINARY, 100_000), 50_000 * b"a")


def in_a_message(wire: Wire) -> None:
    """Half a message sent."""
    wire.open().send(frame(TEXT, b"a", fin=False), frame(CONTINUATION, b"a", fin=False))


def owed_an_echo(wire: Wire) -> None:
    """The echo not read."""
    wire.open().send(100 * frame(BINARY, 10_000 * b"a"))


def forwarded(wire: Wire) -> None:
    """In a forwarding, the echo not read."""
    wire.open("/forward").send(100 * frame(BINARY, 10_000 * b"a"))


def in_a_chat(wire: Wire) -> None:
    """In a select of two forwardings, both at work."""
    wire.open("/talk").send(100 * frame(BINARY, 10_000 * b"a"))


def closing(wire: Wire) -> None:
    """The Close sent, the answer not read."""
    wire.open().send(frame(CLOSE, close_payload(1000)))


def at_fault(wire: Wire) -> None:
    """A rule broken, the Close not read."""
    wire.open().send(frame(TEXT, b"\xff"))


STAGES: list[Callable[[Wire], None]] = [
    connected,
    in_the_head,
    asked,
    behind_a_page,
    refused,
    refused_unread,
    accepted,
    in_a_frame_head,
    in_a_frame,
    in_a_message,
    owed_an_echo,
    forwarded,
    in_a_chat,
    closing,
    at_fault,
]
LEAVES: list[Callable[[Wire], None]] = [Wire.reset, Wire.close]


@pytest.mark.parametrize("leave", LEAVES)
@pytest.mark.parametrize("stage", STAGES)
def test_a_connection_that_breaks_leaves_nothing(
    victim: Victim, stage: Callable[[Wire], None], leave: Callable[[Wire], None]
) -> None:
    wires = [victim.connect() for _ in range(5)]
    for wire in wires:
        stage(wire)
    for wire in wires:
        leave(wire)


@pytest.mark.parametrize("stage", STAGES)
def test_a_peer_that_only_stops_sending_is_ended(victim: Victim, stage: Callable[[Wire], None]) -> None:
    """A half-close: nothing more can come, and so nothing more is awaited."""
    with victim.connect() as wire:
        stage(wire)
        wire.end().rest()


@pytest.mark.parametrize("leave", [*LEAVES, Wire.end])
def test_a_peer_that_leaves_before_it_is_accepted_is_not_accepted(
    victim: Victim, leave: Callable[[Wire], Wire | None]
) -> None:
    before = victim.monitor.counts()["tasks"]
    wires = [victim.connect().send(upgrade("/pending")) for _ in range(20)]
    wait_until(lambda: victim.monitor.counts()["tasks"] >= before + 20)
    for wire in wires:
        leave(wire)
    victim.monitor.ask("open the gate")
    wait_until(lambda: victim.monitor.counts()["tasks"] <= before, what="end of all handlers")
    victim.monitor.ask("close the gate")
    for wire in wires:
        wire.close()


def test_a_handler_that_fails_costs_its_own_connection(victim: Victim) -> None:
    with victim.open("/crash") as wire:
        assert wire.closed() == 1011


def test_a_thousand_leave_at_once(victim: Victim) -> None:
    wires = [victim.open("/talk") for _ in range(1000)]
    for wire in wires:
        wire.reset()
