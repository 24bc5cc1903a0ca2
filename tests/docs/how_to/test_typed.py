"""How to speak in values."""

from __future__ import annotations

import json
import re

import pytest
from websockets.sync.client import connect

from tests.server.clients import closed
from tests.serving import Server, wait_until


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ('{"type": "move", "x": 3, "y": 4}', '{"type":"move","x":4,"y":4}'),
        (b'{"type": "say", "text": "hi"}', '{"type":"say","text":"HI"}'),
    ],
)
def test_tagged_messages(server: Server, message: str | bytes, answer: str) -> None:
    with connect(server.url("/game")) as client:
        client.send(message)
        assert client.recv(5) == answer
    assert client.close_code == 1000


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ('{"type": "move", "x": "three", "y": 4}', "Expected `int`, got `str` - at `$.x`"),
        ('{"type": "jump"}', "Invalid value 'jump' - at `$.type`"),
        ("hello", "JSON is malformed: invalid character (byte 0)"),
    ],
)
def test_what_a_bad_one_costs(server: Server, message: str, reason: str) -> None:
    with connect(server.url("/game")) as client:
        client.send(message)
        assert closed(client) == (1007, reason)


def test_the_same_in_words(server: Server) -> None:
    with connect(server.url("/patient")) as client:
        client.send('{"type": "say", "text": 1}')
        assert json.loads(client.recv(5)) == {"type": "error", "text": "Expected `str`, got `int` - at `$.text`"}
        client.send('{"type": "say", "text": "better"}')
        assert client.recv(5) == '{"type":"say","text":"better"}'
    assert client.close_code == 1000


def test_pydantic(server: Server) -> None:
    with connect(server.url("/orders")) as client:
        client.send('{"item": "tea", "count": 3}')
        assert client.recv(5) == '{"item":"tea","count":2}'
        client.send('{"item": "tea", "count": 0}')
        code, reason = closed(client)
        assert (code, len(reason.encode()) <= 123) == (1007, True)
        assert reason.startswith("1 validation error for Order count Input should be greater than 0")


def test_any_json(server: Server) -> None:
    with connect(server.url("/any")) as client:
        for value in {"a": 1}, [1, None], "text", 3, 2.5, None, True:
            client.send(json.dumps(value))
            assert json.loads(client.recv(5)) == [type(value).__name__, value]
        client.send("nothing like it")
        assert closed(client)[0] == 1007


@pytest.mark.parametrize("path", ["/game", "/patient", "/orders", "/any"])
def test_who_leaves_is_no_error(native: Server, path: str) -> None:
    with connect(native.url(path)):
        pass
    wait_until(lambda: re.search(rf"{path} .* closed with 1000", native.log()) is not None)
    assert "Traceback" not in native.log()
