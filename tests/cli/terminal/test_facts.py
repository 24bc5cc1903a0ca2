"""What is told of a connection."""

from __future__ import annotations

from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from hubbub.cli.terminal import facts
from hubbub.cli.terminal.dial import dial
from hubbub.cli.terminal.request import Target
from tests.serving import Server


def test_the_request_as_it_was_sent_but_for_secrets() -> None:
    headers = Headers({"Host": "a", "Cookie": "hidden", "Authorization": "Basic hidden"})
    assert list(facts.request_lines(Request("/ws?a=b", headers))) == [
        "> GET /ws?a=b HTTP/1.1",
        "> Host: a",
        "> Cookie: ***",
        "> Authorization: Basic ***",
    ]


def test_the_answer() -> None:
    response = Response(403, "", Headers({"Set-Cookie": "hidden", "Server": "x"}))
    assert list(facts.response_lines(response)) == ["< HTTP/1.1 403", "< Set-Cookie: ***", "< Server: x"]


async def test_what_was_agreed_on(talk: Server) -> None:
    async with await dial(Target(talk.url("/echo"), subprotocols=("v1",)), lambda *_: None) as connection:
        assert facts.agreed(connection).splitlines() == [
            f"address: 127.0.0.1:{talk.port}",
            "subprotocol: v1",
            "extensions: none",
        ]
        assert facts.handshake(connection).startswith("> GET /echo HTTP/1.1\n> Host: ")
