"""How to compress, and what it costs."""

from __future__ import annotations

import json
import random
import zlib

import httpx2
import pytest
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.sync.client import connect

from hubbub import Deflate
from hubbub.sockets.deflate import compress
from tests.server.clients import RawClient, closed, masked_frame
from tests.serving import HUBBUB, NATIVE_UVICORN, Server, serve, wait_until

CHAT = json.dumps({"type": "message", "room": "lobby", "text": "hello"})


def offer(server: Server, path: str, offered: str = "permessage-deflate; client_max_window_bits") -> RawClient:
    client = RawClient(server)
    client.upgrade(path, {"Sec-WebSocket-Extensions": offered})
    client.read_response(has_body=False)
    return client


def test_a_broadcast_reaches_all_compressed_or_not(server: Server) -> None:
    with connect(server.url("/prices")) as compressed, connect(server.url("/prices"), compression=None) as plain:
        wait_until(lambda: httpx2.post(server.url("/prices?count=1", "http")).json() == 2)
        for client in (compressed, plain):
            while len(client.recv(5)) > 100:
                pass
        assert httpx2.post(server.url("/prices?count=100", "http")).json() == 2
        assert compressed.recv(5) == plain.recv(5)


def test_it_is_smaller(native: Server) -> None:
    with offer(native, "/prices") as client:
        wait_until(lambda: httpx2.post(native.url("/prices?count=1", "http")).json() == 1)
        while (read := client.read_frame()) != (1, b'[{"id": 0, "price": 100}]'):
            pass
        httpx2.post(native.url("/prices?count=100", "http"))
        opcode, data = client.read_frame()
        while data == read[1]:
            opcode, data = client.read_frame()
    whole = json.dumps([{"id": number, "price": 100 + number} for number in range(100)]).encode()
    assert opcode == 1
    assert zlib.decompressobj(-12).decompress(data + b"\x00\x00\xff\xff") == whole
    assert len(data) < len(whole) / 3


@pytest.mark.parametrize(
    ("factories", "agreed"),
    [
        ([ClientPerMessageDeflateFactory(client_max_window_bits=None)], "permessage-deflate"),
        (
            [ClientPerMessageDeflateFactory(client_max_window_bits=True)],
            "permessage-deflate; client_max_window_bits=12",
        ),
        (
            [
                ClientPerMessageDeflateFactory(server_max_window_bits=8),
                ClientPerMessageDeflateFactory(client_max_window_bits=None),
            ],
            "permessage-deflate",
        ),
        ([], ""),
    ],
)
def test_what_was_agreed_on(native: Server, factories: list[ClientPerMessageDeflateFactory], agreed: str) -> None:
    with connect(native.url("/agreed"), compression=None, extensions=factories) as client:
        assert client.recv(5) == agreed
        client.send(CHAT * 50)
        assert client.recv(5) == CHAT * 50


def test_with_context_the_second_is_a_few_bytes(native: Server) -> None:
    with offer(native, "/chat") as client:
        sizes = []
        for _ in range(2):
            client.send(masked_frame(1, CHAT.encode()))
            sizes.append(len(client.read_frame()[1]))
    assert sizes[1] < 10 < sizes[0]


def test_a_bomb_is_stopped_at_the_limit(native: Server) -> None:
    with connect(native.url("/prices")) as client:
        client.send(bytes(64 * 1024 + 1))
        assert closed(client)[0] == 1009


def test_what_is_not_compressed_and_where_it_may_not_be(native: Server) -> None:
    for data, code in ((b"\xc1\x82\0\0\0\0\xff\xff", 1007), (b"\xc9\x80\0\0\0\0", 1002)):
        with offer(native, "/chat") as client:
            client.send(data)
            opcode, payload = client.read_frame()
        assert (opcode, int.from_bytes(payload[:2], "big")) == (8, code)


def test_a_secret_beside_chosen_text_shows_in_the_length() -> None:
    """What the page warns of: the guess that is right makes the message shorter."""
    secret = "token=tr0ub4dor"
    lengths = {
        guess: len(compress(f'{{"{secret}", "name": "token={guess}"}}'.encode(), Deflate(), 12))
        for guess in ("tr0ub4dor", "xq9zzw7kv")
    }
    assert lengths["tr0ub4dor"] < lengths["xq9zzw7kv"]


def test_the_defaults_are_those_of_the_page() -> None:
    assert Deflate() == Deflate(True, True, 12, 12, 3, 5, 128, 30.0)
    assert 2 ** (12 + 2) + 2 ** (5 + 9) == 32 * 1024


def test_what_is_compressed_already_becomes_no_smaller() -> None:
    noise = random.Random(1).randbytes(10_000)
    assert len(compress(noise, Deflate(), 12)) >= len(noise)


@pytest.mark.parametrize(
    ("command", "options", "agreed"),
    [
        (HUBBUB, (), False),
        (HUBBUB, ("--ws-per-message-deflate", "true"), True),
        (NATIVE_UVICORN, ("--ws-per-message-deflate", "true"), False),
    ],
)
def test_plain_endpoints(command: tuple[str, ...], options: tuple[str, ...], agreed: bool) -> None:
    with (
        serve("tests.server.apps.plain:app", *options, command=command) as server,
        connect(server.url("/text")) as client,
    ):
        assert bool(client.protocol.extensions) is agreed
        client.send(CHAT * 50)
        assert client.recv(5) == CHAT * 50


def test_over_asgi_it_is_the_servers_affair(asgi: Server) -> None:
    with connect(asgi.url("/agreed")) as client:
        assert client.recv(5) == ""
        assert client.protocol.extensions, "uvicorn compresses unasked"
    assert asgi.log().count("`compression` was asked for") == 1
