"""Pings and pongs among the data: only while somebody reads such, and in nobody's way afterwards."""

from __future__ import annotations

import asyncio

import pytest

from hubbub import Limits, Ping, Pong, WouldBlock
from hubbub.sockets.inbox import Inbox


class Wire:
    """Knows whether it was asked to read."""

    def __init__(self) -> None:
        self.is_reading = True

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
async def inbox(wire: Wire) -> Inbox:
    return Inbox(Limits(inbox_messages=3), wire, asyncio.get_running_loop())


async def test_a_second_reader_still_gets_them_when_the_first_has_gone(inbox: Inbox) -> None:
    inbox.begin_control()
    inbox.begin_control()
    inbox.end_control()
    inbox.put_control(Ping(b"1"))
    assert await inbox.get() == Ping(b"1")


async def test_none_is_left_when_the_last_reader_goes(inbox: Inbox) -> None:
    inbox.begin_control()
    inbox.put_control(Ping(b"1"))
    inbox.put("text", 4)
    inbox.put_control(Pong(b"2"))
    inbox.end_control()
    assert await anext(inbox) == "text"
    with pytest.raises(WouldBlock):
        inbox.get_nowait()


async def test_the_wire_reads_again_when_only_such_were_waiting(inbox: Inbox, wire: Wire) -> None:
    inbox.begin_control()
    for _ in range(3):
        inbox.put_control(Pong())
    assert not wire.is_reading
    inbox.end_control()
    assert wire.is_reading


async def test_they_never_stop_a_forwarding(inbox: Inbox, wire: Wire) -> None:
    inbox.begin_control()
    inbox.relay = lambda data, last: True
    for _ in range(10):
        inbox.put_control(Pong())
    assert wire.is_reading
