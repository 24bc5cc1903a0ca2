"""The tutorial's fifth step: a reader in a tunnel, told afterwards what it missed."""

from __future__ import annotations

import re

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from tests.server.clients import RawClient
from tests.serving import Server

FLOOD = 2000
"""Messages of 15 KB each: more than the buffers between two programs take."""


def talk(client: ClientConnection, texts: list[str]) -> None:
    """Say each, and hear oneself say it."""
    for text in texts:
        client.send(text)
        while not str(client.recv(5)).endswith(text):
            pass


def test_a_slow_reader_is_told_what_it_missed(native: Server) -> None:
    with RawClient(native) as phone, connect(native.url("/chat?name=ann"), max_size=None) as ann:
        phone.upgrade("/chat?name=phone")
        assert phone.read_response(has_body=False).status == 101
        talk(ann, [f"{number} ".ljust(15_000, "x") for number in range(FLOOD)])
        ann.send("the end")
        heard: list[str] = []
        while not heard or heard[-1] != "ann: the end":
            heard.append(phone.read_frame()[1][:100].decode())
    assert numbers(heard) == expected_numbers(heard)
    assert "fell behind a broadcast and missed" in native.log()


def numbers(heard: list[str]) -> list[int]:
    """The numbers of ann's messages that were heard."""
    return [int(found[1]) for text in heard if (found := re.match(r"ann: (\d+) ", text))]


def expected_numbers(heard: list[str]) -> list[int]:
    """Those that should have been, from what the apology says: all but the missed, in order."""
    [at] = [index for index, text in enumerate(heard) if text.startswith("You missed")]
    missed = int(heard[at].split()[2])
    before = len(numbers(heard[:at]))
    assert before + missed + len(numbers(heard[at:])) == FLOOD
    return [*range(before), *range(before + missed, FLOOD)]


def test_a_long_message_costs_its_sender_the_connection(server: Server) -> None:
    heard: list[object] = []
    with connect(server.url("/chat?name=bob")) as bob:
        bob.send("x" * 20_000)
        with pytest.raises(ConnectionClosedError) as ended:
            heard.extend(bob)  # those who were here before may be leaving still
    assert "bob joined." in heard
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009
