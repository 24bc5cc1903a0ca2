"""What is native and nobody else's: how endpoints end, what is logged of it, the take-over, `upgrade.serve`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.server.clients import RawClient, closed, denied, told
from tests.serving import NATIVE_UVICORN, UVICORN, Server, serve, wait_until


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Plain Starlette endpoints, served natively."""
    with serve("tests.server.apps.plain:app") as running:
        yield running


@pytest.fixture(scope="module")
def fast() -> Iterator[Server]:
    """FastAPI endpoints, served natively."""
    with serve("tests.server.apps.fast:app") as running:
        yield running


@pytest.fixture(scope="module")
def twin() -> Iterator[Server]:
    """uvicorn with its own protocol."""
    with serve("tests.server.apps.fast:app", command=UVICORN) as running:
        yield running


@pytest.fixture(scope="module")
def handed() -> Iterator[Server]:
    """uvicorn with our protocol alone."""
    with serve("tests.server.apps.plain:app", command=NATIVE_UVICORN[:3]) as running:
        yield running


@pytest.fixture
def key() -> str:
    """A key of the board."""
    return uuid.uuid4().hex


def new_log(server: Server, before: str) -> str:
    """What was written since."""
    return server.log().removeprefix(before)


class TestEndOfAPlainEndpoint:
    def test_returning_closes(self, server: Server) -> None:
        with connect(server.url("/return_after")) as client:
            assert closed(client) == (1000, "")

    @pytest.mark.parametrize("path", ["/fail_after", "/exit_after"])
    def test_an_exception_closes_with_1011_and_is_logged_once_with_its_trace(self, server: Server, path: str) -> None:
        before = server.log()
        with connect(server.url(path)) as client:
            assert closed(client) == (1011, "internal error")
        server.wait_for_log("closed with 1011")
        assert new_log(server, before).count("Traceback") == 1
        assert "in " + path[1:] in new_log(server, before)
        assert server.is_running

    def test_an_exception_before_acceptance_is_logged_once_with_its_trace(self, server: Server) -> None:
        before = server.log()
        assert denied(server, "/fail_before").status_code == 500
        assert new_log(server, before).count("Traceback") == 1
        assert "RuntimeError: before acceptance" in new_log(server, before)

    def test_no_answer_is_an_error_that_says_so(self, server: Server) -> None:
        before = server.log()
        assert denied(server, "/return_before").status_code == 500
        assert "neither accepted the upgrade nor refused it" in new_log(server, before)

    def test_a_peer_that_leaves_before_the_answer_is_no_error(self, server: Server, key: str) -> None:
        before = server.log()
        with RawClient(server) as client:
            client.upgrade(f"/left_before?key={key}")
        assert httpx2.get(server.url(f"/board/{key}", "http")).json() == 1006
        told(server, "/scope")  # the endpoint has returned by now
        assert "Traceback" not in new_log(server, before)
        assert "neither" not in new_log(server, before)


class TestLog:
    def test_counts_messages_not_frames(self, server: Server) -> None:
        before = server.log()
        with connect(server.url("/text")) as client:
            client.send("one")
            client.send(["t", "w", "o"])
            client.ping().wait(5)
            assert [client.recv(5), client.recv(5)] == ["one", "two"]
        server.wait_for_log("closed with 1000: 2 received, 2 sent")
        assert new_log(server, before).count("opened") == 1

    def test_no_query_string_is_logged(self, server: Server, key: str) -> None:
        with connect(server.url("/text?token=SECRET")) as client:
            client.send("hello")
            client.recv(5)
        denied(server, "/denial?token=SECRET")
        denied(server, "/fail_before?token=SECRET")
        with connect(server.url("/fail_after?token=SECRET")) as client:
            assert closed(client)[0] == 1011
        with RawClient(server) as raw:
            raw.send(b"GET /text?token=SECRET HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n")
            raw.read_response()
        server.wait_for_log("/fail_after")
        assert "SECRET" not in server.log()


class TestServe:
    def test_the_endpoint_ends_and_its_dependencies_are_released_while_the_handler_lives(
        self, fast: Server, key: str
    ) -> None:
        with connect(fast.url(f"/serve?key={key}")) as client:
            client.send("wait until released")
            assert client.recv(5) == "released"
            client.send("released?")
            assert client.recv(5) == "True"

    def test_nothing_of_the_request_is_held_while_the_handler_lives(self, fast: Server) -> None:
        with connect(fast.url("/serve-burdened")) as client:
            client.send("what is left?")
            assert client.recv(5) == "0"

    def test_inside_the_endpoint_they_are_held(self, fast: Server, key: str) -> None:
        with connect(fast.url(f"/hold?key={key}")) as client:
            client.send("released?")
            assert client.recv(5) == "False"
        assert httpx2.get(fast.url(f"/released?key={key}", "http")).json() is True

    @pytest.mark.parametrize("path", ["/serve", "/hold"])
    @pytest.mark.parametrize(
        ("word", "error"), [("fail", "RuntimeError: the handler failed"), ("exit", "SystemExit: 3")]
    )
    def test_an_exception_closes_with_1011_and_is_logged_once_with_its_trace(
        self, fast: Server, key: str, path: str, word: str, error: str
    ) -> None:
        before = fast.log()
        with connect(fast.url(f"{path}?key={key}")) as client:
            client.send(word)
            assert closed(client) == (1011, "internal error")
        fast.wait_for_log(error)
        assert new_log(fast, before).count("Traceback") == 1
        assert new_log(fast, before).count(error) == 1
        assert "in obey" in new_log(fast, before)
        assert fast.is_running

    @pytest.mark.parametrize("path", ["/serve", "/hold"])
    @pytest.mark.parametrize(("word", "end"), [("return", (1000, "")), ("invalid", (1007, "not what was asked for"))])
    def test_closes_as_the_handler_leaves(
        self, fast: Server, key: str, path: str, word: str, end: tuple[int, str]
    ) -> None:
        with connect(fast.url(f"{path}?key={key}")) as client:
            client.send(word)
            assert closed(client) == end

    def test_a_handler_that_has_ended_leaves_no_task(self, fast: Server, key: str) -> None:
        def tasks() -> int:
            return int(httpx2.get(fast.url("/tasks", "http")).json())

        before = tasks()
        with ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(connect(fast.url(f"/serve?key={key}")))
            assert tasks() == before + 20
        wait_until(lambda: tasks() == before, what="end of the handlers' tasks")


class TestTwin:
    """Without our protocol the same endpoint runs over ASGI; and says so once."""

    def test_one_line_says_that_the_slower_twin_serves(self, twin: Server, key: str) -> None:
        for _ in range(2):
            with connect(twin.url(f"/hold?key={key}")) as client:
                client.send("return")
                assert closed(client) == (1000, "")
        assert twin.wait_for_log("this server serves sockets over ASGI").count("over ASGI") == 1

    def test_serve_returns_when_the_handler_does(self, twin: Server, key: str) -> None:
        with connect(twin.url(f"/serve?key={key}")) as client:
            client.send("released?")
            assert client.recv(5) == "False"
        assert httpx2.get(twin.url(f"/released?key={key}", "http")).json() is True

    def test_native_says_nothing_of_it(self, fast: Server) -> None:
        assert "over ASGI" not in fast.log()


class TestWithoutFrontDoor:
    """uvicorn reads the head, and hands it over."""

    def test_serves(self, handed: Server) -> None:
        with connect(handed.url("/text")) as client:
            client.send("hello")
            assert client.recv(5) == "hello"

    def test_the_scope_is_the_same(self, handed: Server, server: Server) -> None:
        path = "/scope/a%2Fb%20c/%C3%BC%FF?x=%41&y"
        varying = {"client", "server"}
        one, other = told(handed, path), told(server, path)
        assert {k: v for k, v in one.items() if k not in varying} == {
            k: v for k, v in other.items() if k not in varying
        }

    def test_nothing_is_taken_behind_a_refused_upgrade(self, handed: Server) -> None:
        before = handed.log()
        with RawClient(handed) as client:
            client.send(b"GET /text HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            assert client.read_response().status == 400
            client.send(b"GET /text HTTP/1.1\r\nHost: x\r\n\r\n" * 2)
            assert client.read_to_end() == b""
        told(handed, "/scope")
        assert "Traceback" not in new_log(handed, before)


class TestAsManyAsMayBe:
    def test_the_next_is_refused_until_one_has_gone(self) -> None:
        with serve("tests.server.apps.plain:app", "--limit-concurrency", "3") as server, ExitStack() as stack:
            clients = [stack.enter_context(connect(server.url("/text"))) for _ in range(3)]
            response = denied(server, "/text")
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
            assert json.loads(response.body or b"") == {"detail": "no more than 3 connections are served"}
            server.wait_for_log("/text (Python/")
            assert "refused with 503: no more than 3 connections are served" in server.log()
            clients.pop().close()
            wait_until(lambda: is_let_in(server, "/text"))


def is_let_in(server: Server, path: str) -> bool:
    try:
        with connect(server.url(path)):
            return True
    except InvalidStatus:
        return False
