"""Starlette endpoints that know nothing of Hubbub behave under it as under uvicorn's own protocol: one suite over both."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.server.clients import closed, denied, told
from tests.serving import HUBBUB, UVICORN, Server, serve


@pytest.fixture(scope="module", params=[HUBBUB, UVICORN], ids=["hubbub", "uvicorn"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Both of them, one after the other."""
    with serve("tests.server.apps.plain:app", command=request.param) as running:
        yield running


@pytest.fixture
def key() -> str:
    """A key of the board."""
    return uuid.uuid4().hex


def on_board(server: Server, key: str) -> Any:
    """What the endpoint put there."""
    return httpx2.get(server.url(f"/board/{key}", "http")).raise_for_status().json()


class TestMessages:
    @pytest.mark.parametrize("message", ["", "hello", "\u00fc\u20ac\U0001f600\0", "x" * 70_000])
    def test_text(self, server: Server, message: str) -> None:
        with connect(server.url("/text")) as client:
            client.send(message)
            assert client.recv(5) == message

    @pytest.mark.parametrize("message", [b"", b"\0\xff", bytes(70_000)])
    def test_bytes(self, server: Server, message: bytes) -> None:
        with connect(server.url("/binary")) as client:
            client.send(message)
            assert client.recv(5) == message

    def test_json_as_text_and_as_bytes(self, server: Server) -> None:
        with connect(server.url("/json_text")) as client:
            client.send('{"a": [1, null]}')
            assert client.recv(5) == '{"a":[1,null]}'
            assert client.recv(5) == b'{"a":[1,null]}'

    def test_fragments_arrive_as_one(self, server: Server) -> None:
        with connect(server.url("/text")) as client:
            client.send(["one ", "two ", "three"])
            assert client.recv(5) == "one two three"

    def test_iteration_ends_with_the_peer(self, server: Server, key: str) -> None:
        with connect(server.url(f"/iterate?key={key}")) as client:
            client.send("a")
            client.send("b")
        assert on_board(server, key) == ["a", "b"]

    def test_events_are_those_of_asgi(self, server: Server, key: str) -> None:
        with connect(server.url(f"/raw_events?key={key}")) as client:
            client.send("a")
            client.send(b"b")
            client.close(4001, "so long")
        text, binary, end = on_board(server, key)
        assert (text["type"], text["text"]) == ("websocket.receive", "a")
        assert (binary["type"], binary["bytes"]) == ("websocket.receive", "b'b'")
        assert (end["type"], end["code"], end["reason"]) == ("websocket.disconnect", 4001, "so long")


class TestAcceptance:
    @pytest.mark.parametrize("offered", [[], ["chat"], ["chat", "superchat"]])
    def test_subprotocol(self, server: Server, offered: list[str]) -> None:
        with connect(
            server.url("/subprotocol"), subprotocols=[Subprotocol(name) for name in offered] or None
        ) as client:
            assert client.subprotocol == (offered[-1] if offered else None)
            assert json.loads(client.recv(5)) == offered

    def test_headers_of_the_response(self, server: Server) -> None:
        with connect(server.url("/headers")) as client:
            assert client.response is not None
            assert client.response.headers["X-Hello"] == "there"
            assert client.response.headers["Server"] == "uvicorn"
            assert "Date" in client.response.headers
            assert client.response.headers.get_all("Set-Cookie")[:2] == ["a=1", "b=2"]

    def test_headers_of_the_request_in_order(self, server: Server) -> None:
        given = [("X-One", "1"), ("x-two", "\u00fc"), ("X-One", "2")]
        seen = told(server, "/headers", additional_headers=given)
        assert [pair for pair in seen if pair[0].startswith("x-")] == [
            ["x-one", "1"],
            ["x-two", "\u00fc"],
            ["x-one", "2"],
        ]

    def test_a_middleware_adds_headers_and_cookies(self, server: Server) -> None:
        with connect(server.url("/text")) as client:
            assert client.response is not None
            assert client.response.headers["x-middleware"] == "was here"
            assert client.response.headers.get_all("Set-Cookie") == ["m=1"]

    def test_a_second_acceptance_is_an_error(self, server: Server, key: str) -> None:
        with connect(server.url(f"/accept_twice?key={key}")):
            assert on_board(server, key) == "RuntimeError"

    def test_middleware_for_http_stands_beside(self, server: Server) -> None:
        response = httpx2.get(server.url("/hello", "http"), headers={"origin": "https://example.com"})
        assert response.headers["x-stamp"] == "stamped"
        assert response.headers["access-control-allow-origin"] == "https://example.com"


class TestScope:
    def test_path_query_and_the_rest(self, server: Server) -> None:
        seen = told(server, "/scope/a%2Fb%20c/%C3%BC%FF?x=%41&y")

        assert seen["type"] == "websocket"
        assert seen["asgi"]["version"] == "3.0"
        assert seen["http_version"] == "1.1"
        assert seen["scheme"] == "ws"
        assert seen["server"] == ["127.0.0.1", server.port]
        assert seen["client"][0] == "127.0.0.1"
        assert seen["root_path"] == ""
        assert seen["path"] == "/scope/a/b c/\u00fc\ufffd"
        assert seen["raw_path"] == "/scope/a%2Fb%20c/%C3%BC%FF"
        assert seen["query_string"] == "x=%41&y"

    def test_the_client_is_whom_a_trusted_proxy_names(self, server: Server) -> None:
        given = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
        seen = told(server, "/scope", additional_headers=given)

        assert seen["client"] == ["203.0.113.7", 0]
        assert seen["scheme"] == "wss"

    def test_mounted(self, server: Server) -> None:
        seen = told(server, "/mounted/scope")
        assert (seen["path"], seen["root_path"]) == ("/mounted/scope", "/mounted")

    def test_state_of_the_lifespan(self, server: Server) -> None:
        with connect(server.url("/state")) as client:
            assert client.recv(5) == "from the lifespan"


class TestEnd:
    @pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, ""), (3000, "why"), (4999, "\u00fc" * 61)])
    def test_the_endpoint_closes(self, server: Server, code: int, reason: str) -> None:
        with connect(server.url(f"/close?code={code}&reason={reason}")) as client:
            assert closed(client) == (code, reason)

    @pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "gone"), (4999, "\u00fc" * 61)])
    def test_the_peer_closes(self, server: Server, key: str, code: int, reason: str) -> None:
        with connect(server.url(f"/ended?key={key}")) as client:
            client.close(code, reason)
            assert client.close_code == code
        assert on_board(server, key) == {"code": code, "reason": reason, "then": "WebSocketDisconnect"}

    def test_sending_after_a_close_is_what_starlette_says(self, server: Server, key: str) -> None:
        with connect(server.url(f"/send_after_close?key={key}")):
            assert on_board(server, key) == 'Cannot call "send" once a close message has been sent.'

    def test_one_who_only_sends_notices_that_the_peer_is_gone(self, server: Server, key: str) -> None:
        with connect(server.url(f"/send_for_ever?key={key}")) as client:
            client.socket.close()
        assert on_board(server, key) == 1006


class TestRefusal:
    def test_a_denial_response(self, server: Server) -> None:
        response = denied(server, "/denial")
        assert (response.status_code, json.loads(response.body)) == (418, {"why": "a teapot"})
        assert response.headers["x-pot"] == "short"
        assert response.headers["set-cookie"].startswith("tea=stout")

    def test_a_close_before_acceptance(self, server: Server) -> None:
        assert denied(server, "/refuse").status_code == 403

    def test_no_such_route(self, server: Server) -> None:
        assert denied(server, "/nowhere").status_code == 403

    @pytest.mark.parametrize("path", ["/fail_before", "/return_before"])
    def test_no_answer_is_an_internal_error(self, server: Server, path: str) -> None:
        assert denied(server, path).status_code == 500
