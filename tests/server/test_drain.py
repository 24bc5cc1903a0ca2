"""Going down: everybody is told, may say goodbye, and is cut at a deadline; first by a clock of the test's, then for real."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from hubbub import clock
from hubbub.server.drain import BATCH, GOODBYE, Drain, Seat
from hubbub.sockets.state import State
from tests.server.clients import RawClient, closed, refuses
from tests.server.doubles import Time, Told
from tests.serving import HUBBUB, NATIVE_UVICORN, Server, serve, wait_until

APP = "tests.server.apps.drain:app"


def seat_of(
    told: Told | None, drain: Drain, *, tells_handler: bool = True, task: asyncio.Task[None] | None = None
) -> Seat:
    """A seat with a socket in it."""
    seat = Seat(set(), lambda: drain)
    seat.task = task
    if told is not None:
        seat.take(told, tells_handler)  # type: ignore[arg-type]
    return seat


class TestDrain:
    async def test_tells_then_closes_then_cuts(self, passing: Time) -> None:
        told = Told()
        seat_of(told, Drain(10.0)).shutdown()
        assert told.heard == ["drain"]

        passing.move(10 * GOODBYE - 0.1)
        assert told.heard == ["drain"]
        passing.move(0.2)
        assert told.heard == ["drain", "close 1012"]
        passing.move(10)
        assert told.heard == ["drain", "close 1012", "abort"]

    async def test_tells_a_batch_at_a_time(self, passing: Time) -> None:
        drain = Drain(10.0)
        everyone = [Told() for _ in range(3 * BATCH)]
        for told in everyone:
            seat_of(told, drain).shutdown()

        heard = [0]
        while heard[-1] < len(everyone):
            heard.append(sum(bool(told.heard) for told in everyone))
            passing.move(clock.RESOLUTION)
        assert passing.now < 1
        assert max(after - before for before, after in pairwise(heard)) == BATCH

    async def test_however_many_are_told_within_a_quarter_of_the_deadline(self, passing: Time) -> None:
        drain = Drain(1.0)
        everyone = [Told() for _ in range(20 * BATCH)]
        for told in everyone:
            seat_of(told, drain).shutdown()
        passing.move(0.25 + clock.RESOLUTION)
        assert all(told.heard == ["drain"] for told in everyone)

    async def test_a_plain_endpoint_is_closed_at_once(self, passing: Time) -> None:
        told = Told()
        seat_of(told, Drain(10.0), tells_handler=False).shutdown()
        assert told.heard == ["close 1012"]

    async def test_a_closed_socket_is_left_alone(self, passing: Time) -> None:
        told = Told()
        told.state = State.CLOSED
        seat_of(told, Drain(10.0)).shutdown()
        assert not told.heard

    async def test_who_takes_a_seat_when_all_were_told_is_told_then(self, passing: Time) -> None:
        seat = seat_of(None, Drain(10.0))
        seat.shutdown()
        told = Told()
        seat.take(told, True)  # type: ignore[arg-type]
        assert told.heard == ["drain"]

    @pytest.mark.parametrize("cancels", [True, False])
    async def test_cancels_the_handler_where_nobody_else_will(self, passing: Time, cancels: bool) -> None:
        task = asyncio.create_task(asyncio.Event().wait())
        seat_of(Told(), Drain(10.0, cancels=cancels), task=task).shutdown()  # type: ignore[arg-type]
        passing.move(11)
        assert bool(task.cancelling()) is cancels
        task.cancel()

    async def test_a_seat_is_in_the_set_until_it_is_left(self) -> None:
        seats: set[object] = set()
        seat = Seat(seats, lambda: Drain(1.0))
        assert seats == {seat}
        seat.leave()
        seat.leave()
        assert not seats


@pytest.fixture
def server() -> Iterator[Server]:
    """`hubbub run`, with little time to drain."""
    with serve(APP, "--timeout-graceful-shutdown", "2") as running:
        yield running


def hello(server: Server, path: str, stack: ExitStack) -> ClientConnection:
    """A client whose handler runs."""
    client = stack.enter_context(connect(server.url(path)))
    client.send("hello")
    assert client.recv(5) == "hello"
    return client


class TestSignal:
    @pytest.mark.parametrize("command", [HUBBUB, NATIVE_UVICORN], ids=["hubbub", "uvicorn"])
    def test_everybody_may_say_goodbye_and_the_lifespan_ends_last(self, command: tuple[str, ...]) -> None:
        with serve(APP, command=command) as server, ExitStack() as stack:
            polite = hello(server, "/polite", stack)
            served = hello(server, "/served", stack)
            plain = hello(server, "/plain", stack)
            receiving = stack.enter_context(connect(server.url("/receive")))
            server.signal(signal.SIGTERM)

            for client in (polite, served):
                assert client.recv(5) == "goodbye"
                assert closed(client) == (1012, "")
            assert receiving.recv(5) == "Draining 1012"
            assert closed(receiving) == (1012, "")
            assert closed(plain) == (1012, "")
            server.wait()

        log = server.log()
        assert log.count("said goodbye") == 2
        assert log.index("a plain endpoint was told 1012") < log.index("the lifespan ends")
        assert log.rindex("said goodbye") < log.index("the lifespan ends")
        assert "Traceback" not in log
        assert "Cancel" not in log

    def test_who_is_accepted_meanwhile_is_told_at_once(self, server: Server) -> None:
        with ExitStack() as stack:
            hello(server, "/polite", stack)
            late, late_plain = (stack.enter_context(RawClient(server)) for _ in range(2))
            late.upgrade("/late")
            late_plain.upgrade("/late-plain")
            hello(server, "/polite", stack)  # what came before it has been read
            server.signal(signal.SIGTERM)

            assert late.read_response(has_body=False).status == 101
            assert late.read_frame() == (1, b"goodbye")
            assert late.read_frame() == (8, b"\x03\xf4")
            assert late_plain.read_response(has_body=False).status == 101
            assert late_plain.read_frame() == (8, b"\x03\xf4")
        server.wait()

    def test_the_deadline_cuts_the_stubborn(self, server: Server) -> None:
        with ExitStack() as stack:
            deaf = [stack.enter_context(RawClient(server)) for _ in range(2)]
            for client, path in zip(deaf, ("/stubborn", "/stubborn-served"), strict=True):
                client.upgrade(path)
                assert client.read_response(has_body=False).status == 101
            began = time.monotonic()
            server.signal(signal.SIGTERM)
            wait_until(lambda: refuses(server), what="refusal to accept")

            for client in deaf:
                assert client.read_frame() == (8, b"\x03\xf4")  # and no answer to it
                assert client.read_to_end() == b""
            server.wait()
        assert 2.0 <= time.monotonic() - began < 4.0
        assert server.log().count("a stubborn handler was cancelled") == 2
        assert "the lifespan ends" in server.log()

    def test_idle_connections_hold_nothing_up(self, server: Server) -> None:
        with ExitStack() as stack:
            silent, half, kept_alive = (stack.enter_context(RawClient(server)) for _ in range(3))
            half.send(b"GET /late HTTP/1.1\r\n")
            kept_alive.send(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            assert kept_alive.read_response().status == 404
            server.signal(signal.SIGTERM)
            assert [client.read_to_end() for client in (silent, half, kept_alive)] == [b"", b"", b""]
            assert server.wait(1.5) == 0

    def test_a_response_under_way_is_finished(self, server: Server) -> None:
        with ExitStack() as stack:
            hello(server, "/polite", stack)
            with httpx2.stream("GET", server.url("/http", "http")) as response:
                chunks = response.iter_text()
                assert next(chunks) == "begun "
                server.signal(signal.SIGTERM)
                assert next(chunks) == "finished"
        server.wait()


class TestExit:
    """What `hubbub run` adds: how it ends."""

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_drained_server_exits_with_0(self, server: Server, number: int) -> None:
        with ExitStack() as stack:
            client = hello(server, "/polite", stack)
            server.signal(number)
            assert client.recv(5) == "goodbye"
        assert server.wait() == 0

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    def test_a_second_signal_ends_at_once(self, number: int) -> None:
        with serve(APP) as server, connect(server.url("/stubborn")) as client:
            server.signal(number)
            wait_until(lambda: refuses(server), what="beginning of the drain")
            server.signal(number)
            server.wait(3)
            with pytest.raises(ConnectionClosed):
                client.recv(5)


def test_without_a_time_out_of_uvicorn_the_stubborn_are_cut_as_well() -> None:
    with serve("tests.server.apps.short_drain:app", command=NATIVE_UVICORN) as server:
        with connect(server.url("/stubborn")) as held, connect(server.url("/stubborn-served")) as served:
            server.signal(signal.SIGTERM)
            assert closed(held) == closed(served) == (1012, "")
            server.wait(5)
    assert server.log().count("a stubborn handler was cancelled") == 2
