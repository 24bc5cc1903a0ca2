"""The count that is caught up with, by a client that says what it has seen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.serving import Server, serve, wait_until


@pytest.fixture(scope="module")
def reconnect() -> Iterator[Server]:
    """The example, counting faster."""
    with serve("tests.examples.apps.quick_reconnect:app") as server:
        yield server


def told(client: ClientConnection) -> Any:
    """The next message."""
    return json.loads(client.recv(5))


def number(client: ClientConnection) -> tuple[int, str]:
    """The next number, and its id."""
    while "number" not in (message := told(client)):
        pass
    return message["number"], message["id"]


def test_a_cut_loses_nothing(reconnect: Server) -> None:
    with connect(reconnect.url("/count")) as client:
        before, last = number(client)
        client.send("cut")
        with suppress(ConnectionClosed):
            while True:
                before, last = number(client)
    assert client.close_code == 1006
    with connect(reconnect.url(f"/count?since={last}")) as client:
        assert number(client)[0] == before + 1


def test_who_was_away_for_too_long_is_told(reconnect: Server) -> None:
    with connect(reconnect.url("/count")) as client:
        before, last = number(client)

    def misses() -> bool:
        with connect(reconnect.url(f"/count?since={last}"), max_queue=None) as client:  # it need not read all to close
            message = told(client)
            return "missed" in message and number(client)[0] == before + message["missed"] + 1

    wait_until(misses)


def test_an_id_of_another_time_is_told(reconnect: Server) -> None:
    with connect(
        reconnect.url("/count?since=another-7"), max_queue=None
    ) as client:  # else to close it takes ten seconds
        assert told(client)["exact"] is False


def test_the_page(reconnect: Server) -> None:
    for path in ("/", "/reconnect.js"):
        assert httpx2.get(reconnect.url(path, "http")).status_code == 200
