"""The front door: HTTP passes as through uvicorn's own, upgrades in whatever pieces, and nobody stands in it for long."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from hubbub.server.front_door import BoundedHttp
from hubbub.server.head import MAX_HEAD
from tests.server.clients import RawClient, masked_frame, upgrade_request
from tests.serving import UVICORN, Server, serve

APP = "tests.server.apps.http:app"
ENV = {"PYTHONHASHSEED": "0"}  # the methods in Allow are in the order of a set


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Behind the front door."""
    with serve(APP, env=ENV) as running:
        yield running


@pytest.fixture(scope="module")
def plain() -> Iterator[Server]:
    """Without it."""
    with serve(APP, command=UVICORN, env=ENV) as running:
        yield running


def asked(line: bytes, headers: bytes = b"", body: bytes = b"", last: bytes = b"Connection: close\r\n") -> bytes:
    """A request, by default the last on its connection."""
    return line + b"\r\n" + headers + b"Host: example.com\r\n" + last + b"\r\n" + body


GET = b"GET /hello HTTP/1.1"
POST = b"POST /echo HTTP/1.1"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

GOOD = {
    "get": asked(GET),
    "head": asked(b"HEAD /hello HTTP/1.1"),
    "no such path": asked(b"GET /nowhere HTTP/1.1"),
    "no such method there": asked(b"DELETE /hello HTTP/1.1"),
    "an exception": asked(b"GET /fail HTTP/1.1"),
    "http 1.0": b"GET /hello HTTP/1.0\r\n\r\n",
    "post": asked(POST, b"Content-Length: 5\r\n", b"hello"),
    "post in chunks": asked(POST, CHUNKED, b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"),
    "post with trailers": asked(POST, CHUNKED, b"1\r\na\r\n0\r\nX: y\r\n\r\n"),
    "a body that speaks of websocket": asked(POST, b"Content-Length: 9\r\n", b"websocket"),
    "a head that speaks of websocket": asked(b"GET /scope/websocket?websocket HTTP/1.1", b"X: websocket\r\n"),
    "expecting to continue": asked(POST, b"Expect: 100-continue\r\nContent-Length: 2\r\n", b"hi"),
    "a stream": asked(b"GET /stream HTTP/1.1"),
    "pipelined": asked(GET, last=b"") + asked(b"GET /stream HTTP/1.1", last=b"") + asked(GET),
    "pipelined behind a body": asked(POST, b"Content-Length: 3\r\n", b"abc", last=b"") + asked(GET),
    "escapes in the path": asked(b"GET /scope/a%2Fb%20%C3%BC%FF//c?d=%41&e HTTP/1.1"),
    "an absolute target": asked(b"GET http://example.com/scope?x HTTP/1.1"),
    "headers in order": asked(b"GET /scope HTTP/1.1", b"X-B: 1\r\nx-a: 2\r\nX-B: 3\r\n"),
    "empty lines before": b"\r\n\r\n" + asked(GET),
    "empty lines between": asked(GET, last=b"") + b"\r\n\r\n" + asked(GET),
    "another upgrade": asked(GET, b"Upgrade: h2c\r\n", last=b"Connection: Upgrade, close\r\n"),
    "no host": b"GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n",
}

BAD = {
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "no version": b"GET /hello\r\n\r\n",
    "another version": asked(b"GET /hello HTTP/3.7"),
    "no such method": asked(b"WHAT /hello HTTP/1.1"),
    "lines that end badly": b"GET /hello HTTP/1.1\nHost: x\nConnection: close\n\n",
    "a space before the colon": asked(GET, b"X : y\r\n"),
    "a folded header": asked(GET, b"X: y\r\n z\r\n"),
    "a NUL in a header": asked(GET, b"X: \0\r\n"),
    "a length that is none": asked(POST, b"Content-Length: x\r\n"),
    "two lengths": asked(POST, b"Content-Length: 1\r\n" + CHUNKED, b"0\r\n\r\n"),
    "a chunk that is none": asked(POST, CHUNKED, b"x\r\n"),
}

AT_ONCE = {
    "a long body": asked(b"POST /size HTTP/1.1", b"Content-Length: 300000\r\n", b"\r\n\r\n" * 75_000),
    "more behind http 1.0": b"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n\r\n",
}
"""The server may end these before their last byte."""


def answer(server: Server, exchange: bytes, step: int = 1 << 20) -> bytes:
    """All that a server says to `exchange`, sent in pieces of `step` bytes; the dates taken out."""
    with RawClient(server) as client:
        for start in range(0, len(exchange), step):
            client.send(exchange[start : start + step])
        return re.sub(rb"\r\ndate: [^\r]*", b"", client.read_to_end())


class TestHttp:
    @pytest.mark.parametrize("exchange", [pytest.param(said, id=name) for name, said in (GOOD | BAD | AT_ONCE).items()])
    def test_is_answered_as_by_uvicorn(self, server: Server, plain: Server, exchange: bytes) -> None:
        expected = answer(plain, exchange)
        assert expected.startswith(b"HTTP/1.1 ")
        assert answer(server, exchange) == expected

    @pytest.mark.parametrize("exchange", [pytest.param(said, id=name) for name, said in GOOD.items()])
    def test_a_byte_at_a_time_is_the_same(self, server: Server, plain: Server, exchange: bytes) -> None:
        assert answer(server, exchange, 1) == answer(plain, exchange)

    def test_a_connection_serves_many_requests(self, server: Server) -> None:
        with RawClient(server) as client:
            for _ in range(3):
                client.send(asked(GET, last=b""))
                assert client.read_response().body == b"hello"

    def test_the_body_is_asked_for(self, server: Server) -> None:
        with RawClient(server) as client:
            client.send(asked(POST, b"Expect: 100-continue\r\nContent-Length: 2\r\n"))
            assert client.read_response().status == 100
            client.send(b"hi")
            assert client.read_response().body == b"hi"

    def test_a_foreign_client_uploads_and_downloads(self, server: Server) -> None:
        with httpx2.Client(base_url=server.url("", "http")) as client:
            assert client.post("/echo", content=bytes(1_000_000)).content == bytes(1_000_000)
            assert client.post("/size", content=iter([b"a" * 1000] * 100)).text == "100000"
            assert client.get("/stream").text == "one two three"


class TestUpgrade:
    def converse(self, client: RawClient) -> None:
        """A socket works."""
        assert client.read_response(has_body=False).status == 101
        client.frame(1, b"hello")
        assert client.read_frame() == (1, b"hello")

    def test_whole(self, server: Server) -> None:
        with RawClient(server) as client:
            client.upgrade("/text")
            self.converse(client)

    @pytest.mark.parametrize("step", [1, 7, 100])
    def test_in_pieces(self, server: Server, step: int) -> None:
        request = upgrade_request("/text", b"x", {"Sec-WebSocket-Protocol": "a, b"})
        with RawClient(server) as client:
            for start in range(0, len(request), step):
                client.send(request[start : start + step])
            self.converse(client)

    def test_on_a_connection_that_has_served_http(self, server: Server) -> None:
        with RawClient(server) as client:
            client.send(asked(GET, last=b""))
            assert client.read_response().body == b"hello"
            client.upgrade("/text")
            self.converse(client)

    def test_with_a_message_right_behind_it(self, server: Server) -> None:
        with RawClient(server) as client:
            client.send(upgrade_request("/first", b"x") + masked_frame(1, b"early"))
            assert client.read_response(has_body=False).status == 101
            assert client.read_frame() == (1, b"first")
            assert client.read_frame() == (1, b"early")

    def test_behind_a_request_that_is_still_answered_mixes_nothing(self, server: Server) -> None:
        """A response and frames on one connection would be read one as the other."""
        with RawClient(server) as client:
            client.send(asked(b"GET /slow HTTP/1.1", last=b"") + upgrade_request("/first", b"x"))
            assert b"101 Switching" not in client.read_to_end()

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Connection": "keep-alive"}, 400),
            ({"Sec-WebSocket-Version": "8"}, 426),
            ({"Sec-WebSocket-Key": "short"}, 400),
            ({"Content-Length": "3"}, 400),
            ({"Transfer-Encoding": "chunked"}, 400),
        ],
    )
    def test_a_bad_one_is_refused_with_json_and_the_connection_ends(
        self, server: Server, headers: dict[str, str], status: int
    ) -> None:
        with RawClient(server) as client:
            client.upgrade("/text", headers)
            response = client.read_response()
            assert response.status == status
            assert response.header("connection") == "close"
            assert next(iter(headers)) in json.loads(response.body)["detail"]
            client.send(asked(GET, last=b""))
            assert client.read_to_end() == b""

    @pytest.mark.parametrize("method", ["POST", "HEAD", "OPTIONS"])
    def test_another_method_is_refused(self, server: Server, method: str) -> None:
        with RawClient(server) as client:
            client.send(upgrade_request("/text", b"x").replace(b"GET", method.encode(), 1))
            response = client.read_response()
            assert (response.status, response.header("allow")) == (405, "GET")


class TestBounds:
    def fill(self, client: RawClient, prefix: bytes) -> Any:
        """Send a head that does not end, until the server has had enough; gives its answer."""
        client.send(prefix)
        for _ in range(100):
            try:
                client.send(b"x" * 10_000)
            except (BrokenPipeError, ConnectionResetError):
                break
        return client.read_response()

    @pytest.mark.parametrize("prefix", [b"GET /hello HTTP/1.1\r\nX: ", b"GET /", b"GET /hello HTTP/1.1\r\n"])
    def test_a_head_without_end(self, server: Server, prefix: bytes) -> None:
        with RawClient(server) as client:
            assert self.fill(client, prefix).status in (400, 431)

    def test_a_second_head_without_end(self, server: Server) -> None:
        with RawClient(server) as client:
            client.send(asked(GET, last=b""))
            assert client.read_response().body == b"hello"
            assert self.fill(client, b"GET /hello HTTP/1.1\r\nX: ").status == 431

    def test_an_upgrade_with_a_head_without_end(self, server: Server) -> None:
        with RawClient(server) as client:
            assert self.fill(client, upgrade_request("/text", b"x")[:-2] + b"X: ").status == 431

    def test_a_head_as_long_as_allowed(self, server: Server) -> None:
        exchange = asked(GET, b"X: " + b"x" * (MAX_HEAD - len(asked(GET, b"X: \r\n")) + 4) + b"\r\n")
        assert answer(server, exchange).startswith(b"HTTP/1.1 200 ")
        assert answer(server, exchange, 1000).startswith(b"HTTP/1.1 200 ")

    def test_nobody_waits_for_ever(self) -> None:
        """All at once: each must be closed by the deadline, which here is a second."""
        begun = b"GET /hello HTTP/1.1\r\n"
        first = {
            "nothing": b"",
            "half a head": begun,
            "empty lines": b"\r\n\r\n",
            "half an upgrade": upgrade_request("/text", b"x")[:-2],
        }
        second = {"half a head again": begun, "empty lines again": b"\r\n", "nothing more": b""}
        with serve("tests.server.apps.short_head:app", "--timeout-keep-alive", "2") as server, ExitStack() as stack:
            in_use = stack.enter_context(RawClient(server))
            in_use.upgrade("/text")
            assert in_use.read_response(has_body=False).status == 101

            began = time.monotonic()
            clients = {name: stack.enter_context(RawClient(server)) for name in (first | second)}
            for name, said in first.items():
                clients[name].send(said)
            for name, said in second.items():
                clients[name].send(asked(GET, last=b""))
                assert clients[name].read_response().body == b"hello"
                clients[name].send(said)
            took = {}
            for name, client in clients.items():
                assert client.read_to_end() == b""
                took[name] = time.monotonic() - began
            assert 1.0 <= min(took.values()) <= max(took.values()) < 4, took

            in_use.frame(1, b"still here")
            assert in_use.read_frame() == (1, b"still here")


class Wire(asyncio.Transport):
    """A connection whose segments the test cuts."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data: Any) -> None:
        """Keep it."""
        self.written += data

    def close(self) -> None:
        """Close it."""
        self.is_closed = True

    def abort(self) -> None:
        """Close it."""
        self.close()

    def is_closing(self) -> bool:
        """Whether it is closed."""
        return self.is_closed

    def can_write_eof(self) -> bool:
        """No half-close."""
        return False

    def pause_reading(self) -> None:
        """Nobody reads."""

    def resume_reading(self) -> None:
        """Nobody reads."""


async def bounded(*segments: bytes) -> bytes:
    """What is answered to a request that comes in these segments."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while scope["path"] == "/never" and (await receive())["type"] != "http.disconnect":
            pass
        size = 0
        more = True
        while more:
            event = await receive()
            size += len(event.get("body", b""))
            more = event.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % size})

    config = Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    wire = Wire()
    state = ServerState()
    protocol = BoundedHttp(config, state, {})
    protocol.connection_made(wire)
    for segment in segments:
        protocol.data_received(segment)
        for _ in range(5):
            await asyncio.sleep(0)  # some turns of the loop for the app
    if wire.is_closed:
        protocol.connection_lost(None)
    await asyncio.wait_for(asyncio.gather(*state.tasks), 5)
    return wire.written


class TestSegments:
    HEAD = b"POST /size HTTP/1.1\r\nConnection: close\r\nContent-Length: 50000\r\n\r\n"

    @pytest.mark.parametrize("cut", range(-4, 1))
    async def test_a_head_that_ends_across_segments_before_a_long_body(self, cut: int) -> None:
        first, second = (self.HEAD[:cut], self.HEAD[cut:]) if cut else (self.HEAD, b"")
        assert (await bounded(first, second + bytes(50_000))).endswith(b"\r\n50000\r\n0\r\n\r\n")

    async def test_a_head_too_long_in_one_segment(self) -> None:
        assert (await bounded(b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD + b"\r\n\r\n")).startswith(b"HTTP/1.1 431 ")

    async def test_a_second_head_too_long_that_begins_in_the_segment_of_the_first(self) -> None:
        answered = await bounded(b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nX: ", b"x" * MAX_HEAD, b"x" * 100)
        assert re.findall(rb"HTTP/1.1 (\d+)", answered) == [b"200", b"431"]

    async def test_a_head_too_long_behind_a_request_still_answered_ends_it(self) -> None:
        """A response that we write would stand in the middle of the app's."""
        assert await bounded(b"GET /never HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD) == b""
