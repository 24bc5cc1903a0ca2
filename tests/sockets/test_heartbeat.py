"""The pulse: who is dead, who is idle, and who only looks so."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import pytest

from hubbub import Heartbeat, testing
from hubbub.sockets import heartbeat
from hubbub.sockets.heartbeat import Pulse, start_pulse

BEAT = Heartbeat(interval=25, timeout=10)


@dataclass
class Socket:
    """A socket that does what a test says, and keeps what its pulse says."""

    heard: int = 0
    traffic: int = 0
    answers: bool = False
    looks_alive: bool = False
    said: list[str] = field(default_factory=list)

    def beat(self) -> None:
        self.said.append("ping")
        self.heard += self.answers

    def seems_alive(self, seconds: float) -> bool:
        assert seconds == BEAT.timeout
        return self.looks_alive

    def on_silent(self) -> None:
        self.said.append("silent")

    def on_idle(self) -> None:
        self.said.append("idle")


@pytest.fixture
def last_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ping comes as late as it may: after one whole interval."""
    monkeypatch.setattr(heartbeat, "random", lambda: 1.0)


async def test_the_first_pings_of_those_who_came_together_are_spread_over_the_second_half_of_the_interval() -> None:
    sockets = [Socket(answers=True) for _ in range(400)]
    with testing.manual_clock() as clock:
        for socket in sockets:
            Pulse(socket, BEAT, None).start()
        await clock.advance(12.4)
        pinged = [sum("ping" in socket.said for socket in sockets)]
        for _ in range(5):
            await clock.advance(2.5)
            pinged.append(sum("ping" in socket.said for socket in sockets))
        await clock.advance(0.3)
    assert pinged[0] == 0
    assert all(20 < after - before < 180 for before, after in itertools.pairwise(pinged))
    assert all(socket.said == ["ping"] for socket in sockets)


@pytest.mark.usefixtures("last_moment")
async def test_a_peer_that_answers_is_pinged_at_intervals() -> None:
    socket = Socket(answers=True)
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        await clock.advance(24.9)
        assert socket.said == []
        await clock.advance(1)
        assert socket.said == ["ping"]
        await clock.advance(100)
        assert socket.said == ["ping"] * 5


@pytest.mark.usefixtures("last_moment")
async def test_a_peer_that_answers_nothing_is_dead_within_interval_and_timeout() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        await clock.advance(35)
        assert socket.said == ["ping"]
        await clock.advance(0.3)
        assert socket.said == ["ping", "silent"]
        await clock.advance(100)
        assert socket.said == ["ping", "silent"]


async def test_any_frame_is_a_sign_of_life() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        for _ in range(20):
            await clock.advance(8)
            socket.heard += 1
        assert "silent" not in socket.said


async def test_bytes_of_a_frame_that_is_not_whole_are_a_sign_of_life() -> None:
    socket = Socket(looks_alive=True)
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        await clock.advance(100)
        assert "silent" not in socket.said
        socket.looks_alive = False
        await clock.advance(40)
        assert socket.said[-1] == "silent"


@pytest.mark.usefixtures("last_moment")
async def test_a_loop_that_was_held_up_is_not_held_against_the_peer() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        await clock.advance(26)
        await clock.stall(60)
        assert socket.said == ["ping"]
        socket.heard += 1  # what had waited in the kernel's buffer
        await clock.advance(11)
        assert "silent" not in socket.said


@pytest.mark.usefixtures("last_moment")
async def test_after_such_a_delay_the_peer_has_its_time_again() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, None).start()
        await clock.advance(26)
        await clock.stall(60)
        await clock.advance(9)
        assert socket.said == ["ping"]
        await clock.advance(2)
        assert socket.said == ["ping", "silent"]


async def test_a_timeout_longer_than_the_interval_works_too() -> None:
    socket = Socket(answers=True)
    with testing.manual_clock() as clock:
        Pulse(socket, Heartbeat(interval=1, timeout=10), None).start()
        await clock.advance(100)
        assert set(socket.said) == {"ping"}
        assert len(socket.said) >= 9


async def test_a_socket_without_data_is_idle_though_it_answers_pings() -> None:
    socket = Socket(answers=True)
    with testing.manual_clock() as clock:
        Pulse(socket, BEAT, 60).start()
        await clock.advance(59)
        assert "idle" not in socket.said
        await clock.advance(2)
        assert socket.said.count("idle") == 1


async def test_data_in_either_direction_keeps_it_from_being_idle() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        Pulse(socket, None, 60).start()
        for _ in range(10):
            await clock.advance(50)
            socket.traffic += 1
        assert socket.said == []
        await clock.advance(130)
        assert socket.said == ["idle"]


async def test_a_pulse_that_was_stopped_says_nothing() -> None:
    socket = Socket()
    with testing.manual_clock() as clock:
        pulse = Pulse(socket, BEAT, 60)
        pulse.start()
        pulse.stop()
        assert len(clock) == 0
        await clock.advance(200)
        assert socket.said == []


@pytest.mark.parametrize(("heartbeat", "idle_timeout", "timers"), [(BEAT, None, 1), (None, 60, 1), (BEAT, 60, 2)])
async def test_what_was_asked_for_takes_a_timer_each(
    heartbeat: Heartbeat | None, idle_timeout: float | None, timers: int
) -> None:
    with testing.manual_clock() as clock:
        assert start_pulse(Socket(), heartbeat, idle_timeout) is not None
        assert len(clock) == timers


async def test_where_nothing_was_asked_for_there_is_no_pulse() -> None:
    with testing.manual_clock() as clock:
        assert start_pulse(Socket(), None, None) is None
        assert len(clock) == 0
