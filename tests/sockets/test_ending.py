"""How a handler's end becomes its socket's, when it runs within `accept` and when it lives on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect

from hubbub import (
    Closed,
    ExpiredToken,
    InvalidMessage,
    InvalidToken,
    Peer,
    Refused,
    Socket,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.sockets.ending import end, run_handler


class Failures(Watcher):
    """Keeps the failures that it is told of."""

    def __init__(self) -> None:
        self.told: list[BaseException] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.told.append(error)


@pytest.fixture
def failures() -> Iterator[Failures]:
    watcher = Failures()
    watch(watcher)
    yield watcher
    unwatch(watcher)


ENDS: list[tuple[BaseException | None, int, str, bool]] = [
    (None, 1000, "", True),
    (InvalidMessage("x is missing"), 1007, "x is missing", True),
    (InvalidToken("forged, says the log"), 3500, "invalid token", True),
    (ExpiredToken("a second ago, says the log"), 3005, "token expired", True),
    (Refused(403, "not yours"), 1008, "not yours", True),
    (Refused(403, "not yours", close_code=4403), 4403, "not yours", True),
    (Refused(103, "permission denied"), 1008, "permission denied", True),
    (Refused(1999, "the app's own"), 1008, "the app's own", True),
    (HTTPException(404, "no such room"), 1008, "no such room", True),
    (Refused(503, "secret"), 1011, "internal error", False),
    (HTTPException(500, "secret"), 1011, "internal error", False),
    (ZeroDivisionError("secret"), 1011, "internal error", False),
    (Closed(4000, "of another socket"), 1011, "internal error", False),
    (WebSocketDisconnect(1000, "of another socket"), 1011, "internal error", False),
    (SystemExit(3), 1011, "internal error", False),
    (asyncio.CancelledError(), 1001, "", False),
]


@pytest.mark.parametrize(("error", "code", "reason", "is_dealt_with"), ENDS)
async def test_each_end_has_its_code(error: BaseException | None, code: int, reason: str, is_dealt_with: bool) -> None:
    socket, client = testing.pair()
    assert await end(socket, error) is is_dealt_with
    ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (code, reason)


@pytest.mark.parametrize(("error", "code"), [(None, 1012), (Closed(1012), 1012), (asyncio.CancelledError(), 1012)])
async def test_a_handler_that_was_drained_ends_with_the_servers_code(error: BaseException | None, code: int) -> None:
    socket, client = testing.pair()
    socket.drain()
    await end(socket, error)
    assert (await client.wait_closed()).code == code


@pytest.mark.parametrize("error", [None, Closed(4000), WebSocketDisconnect(4000), asyncio.CancelledError()])
async def test_a_socket_that_has_ended_already_is_no_error(error: BaseException | None) -> None:
    socket, client = testing.pair()
    client.close_nowait(4000)
    await client.wait_closed()
    assert await end(socket, error) is not isinstance(error, asyncio.CancelledError)
    assert socket.close_code == 4000


async def test_a_handler_is_given_what_was_handed_in() -> None:
    seen: list[Any] = []

    async def handler(socket: Socket, *args: Any) -> None:
        seen.extend([socket, *args])

    socket, client = testing.pair()
    await run_handler(socket, handler, (1, "two"), own_task=True)
    assert seen == [socket, 1, "two"]
    assert client.close_code == 1000


async def test_a_failure_in_a_task_of_its_own_is_told_once_and_goes_no_further(failures: Failures) -> None:
    async def fail(socket: Socket) -> None:
        raise ZeroDivisionError

    socket, client = testing.pair()
    await run_handler(socket, fail, (), own_task=True)
    assert [type(error) for error in failures.told] == [ZeroDivisionError]
    assert client.close_code == 1011


async def test_a_failure_within_an_endpoint_is_raised_there(failures: Failures) -> None:
    async def fail(socket: Socket) -> None:
        raise ZeroDivisionError

    socket, client = testing.pair()
    with pytest.raises(ZeroDivisionError):
        await run_handler(socket, fail, (), own_task=False)
    assert (client.close_code, failures.told) == (1011, [])


@pytest.mark.parametrize("own_task", [False, True])
async def test_what_a_handler_has_to_say_to_its_peer_is_no_failure(failures: Failures, own_task: bool) -> None:
    async def refuse(socket: Socket) -> None:
        raise Refused(403, "not yours", close_code=4403)

    socket, client = testing.pair()
    await run_handler(socket, refuse, (), own_task=own_task)
    assert (client.close_code, failures.told) == (4403, [])


@pytest.mark.parametrize("own_task", [False, True])
async def test_a_cancelled_handler_stays_cancelled(failures: Failures, own_task: bool) -> None:
    async def wait(socket: Socket) -> None:
        await asyncio.Event().wait()

    socket, client = testing.pair()
    task = asyncio.create_task(run_handler(socket, wait, (), own_task=own_task))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ((await client.wait_closed()).code, failures.told) == (1001, [])
