"""What ends a socket with its token: by the kit's clock, which jumps too; and nothing is left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest

from hubbub import Claims, Socket, clock, testing
from hubbub.sockets.guard import RECHECK, Expiry, Guards
from hubbub.testing import ManualClock
from hubbub.testing.sockets import ClientSocket


@pytest.fixture
async def time() -> AsyncIterator[ManualClock]:
    """The time, in the test's hand."""
    with testing.manual_clock() as time:
        yield time


class Sockets:
    """A guarded socket, its client, and the warnings."""

    def __init__(self, seconds: float | None = 100, *, warn: float = 10, closes: bool = True, **said: Any) -> None:
        self.warned: list[tuple[Socket, float]] = []
        self.guards = Guards(Expiry(0, warn, lambda socket, left: self.warned.append((socket, round(left))), closes))
        self.socket, self.client = testing.pair(heartbeat=None)
        self.guards.add(self.socket, good_for(seconds, **said))

    @property
    def guard(self) -> Any:
        return self.guards.find(self.socket)


def good_for(seconds: float | None, **said: Any) -> Claims:
    lasts = {} if seconds is None else {"exp": clock.wall() + seconds}
    return Claims({"sub": "ann", "jti": "t1", **lasts, **said})


async def ended(client: ClientSocket) -> tuple[int, str]:
    closed = await client.wait_closed()
    return closed.code, closed.reason


async def test_a_warning_comes_and_then_the_end(time: ManualClock) -> None:
    made = Sockets(100, warn=10)
    await time.advance(89.9)
    assert made.warned == []
    await time.advance(0.2)
    assert made.warned == [(made.socket, 10)]
    await time.advance(9.8)
    assert made.socket.close_code is None
    await time.advance(0.2)
    assert await ended(made.client) == (3005, "token expired")
    assert len(made.warned) == 1


async def test_who_comes_late_is_warned_at_once(time: ManualClock) -> None:
    made = Sockets(5, warn=10)
    assert made.warned == []  # not before there is a handler
    await time.advance(0.1)
    assert [left for _, left in made.warned] == [5]


@pytest.mark.parametrize("seconds", [0, -5])
async def test_what_has_expired_meanwhile_ends_at_once(time: ManualClock, seconds: float) -> None:
    made = Sockets(seconds)
    await time.advance(0.1)
    assert await ended(made.client) == (3005, "token expired")
    assert made.warned == []


@pytest.mark.parametrize("options", [{"seconds": None}, {"seconds": 50, "closes": False}])
async def test_what_does_not_expire_has_no_timer(time: ManualClock, options: dict[str, Any]) -> None:
    made = Sockets(**options)
    assert len(time) == 0
    await time.advance(1000)
    assert made.socket.close_code is None
    assert made.guards.close(("sub", "ann"), 3500, "token revoked") == 1
    assert await ended(made.client) == (3500, "token revoked")


async def test_a_fresh_token_takes_its_place_and_warns_anew(time: ManualClock) -> None:
    made = Sockets(20, warn=10)
    await time.advance(15)
    made.guards.renew(made.guard, good_for(20, jti="t2"))
    await time.advance(19.5)
    assert [left for _, left in made.warned] == [10, 10]
    assert made.socket.close_code is None
    assert made.guards.close(("jti", "t1"), 3500, "token revoked") == 0
    assert made.guards.close(("jti", "t2"), 3500, "token revoked") == 1
    assert await ended(made.client) == (3500, "token revoked")


async def test_a_fresh_token_may_be_a_shorter_one(time: ManualClock) -> None:
    made = Sockets(1000)
    made.guards.renew(made.guard, good_for(5))
    await time.advance(5.2)
    assert await ended(made.client) == (3005, "token expired")


# Clocks that jump


async def test_a_clock_that_jumps_ahead_is_noticed_soon(time: ManualClock) -> None:
    made = Sockets(3600)
    await time.advance(1)
    time.began += 7200
    await time.advance(RECHECK)
    assert await ended(made.client) == (3005, "token expired")


async def test_a_clock_that_was_ahead_and_is_put_right_ends_nobody_early(time: ManualClock) -> None:
    made = Sockets(100)
    time.began -= 50
    await time.advance(149)
    assert made.socket.close_code is None
    assert [left for _, left in made.warned] == [10]
    await time.advance(1.2)
    assert await ended(made.client) == (3005, "token expired")


async def test_a_loop_that_was_held_up_ends_what_has_expired_meanwhile(time: ManualClock) -> None:
    made = Sockets(100)
    await time.stall(500)
    assert await ended(made.client) == (3005, "token expired")
    assert made.warned == []


# Warnings that fail


async def test_a_warning_that_fails_changes_nothing(time: ManualClock) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))

    def fail(socket: Socket, left: float) -> None:
        raise ZeroDivisionError

    guards = Guards(Expiry(0, 10, fail, True))
    socket, client = testing.pair(heartbeat=None)
    guards.add(socket, good_for(20))
    await time.advance(20.1)
    assert await ended(client) == (3005, "token expired")
    assert [type(context["exception"]) for context in told] == [ZeroDivisionError]


async def test_a_socket_that_is_closing_is_not_warned(time: ManualClock) -> None:
    made = Sockets(20, warn=10)
    made.client.pause_reading()
    made.socket.close_nowait()
    await time.advance(4)
    assert made.warned == []


# Revocation


async def test_all_sockets_of_a_user_end_and_nobody_elses(time: ManualClock) -> None:
    ann = Sockets(100)
    others = [testing.pair(heartbeat=None) for _ in range(3)]
    for (socket, _), user in zip(others, ("ann", "ann", "bob"), strict=True):
        ann.guards.add(socket, good_for(100, sub=user, jti=f"{user}'s"))
    assert ann.guards.close(("sub", "ann"), 3500, "token revoked") == 3
    for client in (ann.client, *(client for _, client in others[:2])):
        assert await ended(client) == (3500, "token revoked")
    assert others[2][0].close_code is None
    assert ann.guards.close(("sub", "nobody"), 3500, "") == 0


async def test_it_may_be_revoked_from_a_thread() -> None:
    made = Sockets(100)
    thread = threading.Thread(target=lambda: made.guards.close(("sub", "ann"), 3500, "token revoked"))
    thread.start()
    await asyncio.to_thread(thread.join)
    assert await ended(made.client) == (3500, "token revoked")


def test_a_loop_that_is_gone_is_passed_over() -> None:
    async def leave() -> Guards:
        return Sockets(100).guards

    guards = asyncio.run(leave())
    assert guards.close(("sub", "ann"), 3500, "token revoked") == 1


# Nothing is left


@pytest.mark.parametrize("how", ["close", "abort", "expire", "revoke", "client"])
async def test_nothing_is_left_when_a_socket_ends(time: ManualClock, how: str) -> None:
    made = Sockets(5, warn=1)
    match how:
        case "close":
            made.socket.close_nowait()
        case "abort":
            made.socket.abort()
        case "expire":
            await time.advance(6)
        case "revoke":
            made.guards.close(("jti", "t1"), 3500, "")
        case "client":
            made.client.close_nowait()
    await made.client.wait_closed()
    await time.advance(10)
    assert (len(made.guards), len(made.guards._by_mark), len(time)) == (0, 0, 0)
    assert made.guard is None


async def test_a_socket_that_ended_already_leaves_nothing(time: ManualClock) -> None:
    made = Sockets()
    made.client.close_nowait()
    await made.client.wait_closed()
    made.guards.add(made.socket, good_for(100))
    await time.advance(10)
    assert (len(made.guards), len(time)) == (0, 0)


async def test_the_sending_half_has_the_guard_of_the_whole() -> None:
    made = Sockets()
    sender, _ = made.socket.split()
    assert made.guards.find(sender) is made.guard is not None
