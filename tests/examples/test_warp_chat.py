"""warp's chat, over the wire: numbers for names, what one says goes to all others, and who is slow is told."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.examples.test_chat import small_socket
from tests.serving import Server

TIMEOUT = 10.0


QUESTION = "who am I?"


async def hear(client: ClientConnection) -> Any:
    """The next text that is not about who is who."""
    while str(heard := await asyncio.wait_for(client.recv(), TIMEOUT)).endswith(QUESTION):
        pass
    return heard


async def number(speaker: ClientConnection, listener: ClientConnection) -> int:
    """The number of the one, as the other hears it; so both have joined."""
    while True:
        await speaker.send(QUESTION)
        try:
            heard = await asyncio.wait_for(listener.recv(), 0.2)
        except TimeoutError:
            continue  # the other had not joined yet
        return int(re.fullmatch(r"<User#(\d+)>: who am I\?", str(heard))[1])  # type: ignore[index]


async def test_what_one_says_goes_to_all_others_with_their_number(warp_chat: Server) -> None:
    url = warp_chat.url("/chat")
    async with connect(url) as ann, connect(url) as bob, connect(url) as cid:
        a = await number(ann, bob)
        b = await number(bob, ann)
        await number(cid, ann)
        assert b != a
        await ann.send("grüß <b>dich</b>")
        assert await hear(bob) == await hear(cid) == f"<User#{a}>: grüß <b>dich</b>"
        await bob.send("done")
        assert await hear(ann) == f"<User#{b}>: done"  # and never what it said itself


async def test_a_number_is_never_given_twice(warp_chat: Server) -> None:
    url = warp_chat.url("/chat")
    async with connect(url) as ann:
        seen = set()
        for _ in range(3):
            async with connect(url) as guest:
                seen.add(await number(guest, ann))
    assert len(seen) == 3


@pytest.mark.parametrize("message", [b"binary", "ping"])
async def test_what_is_not_text_goes_to_nobody_and_ends_nobody(warp_chat: Server, message: Any) -> None:
    url = warp_chat.url("/chat")
    async with connect(url) as ann, connect(url) as bob:
        a = await number(ann, bob)
        await (ann.send(message) if isinstance(message, bytes) else ann.ping(message))
        await ann.send("text")
        assert await hear(bob) == f"<User#{a}>: text"


async def test_a_slow_reader_is_told_how_many_it_missed_and_stays(warp_chat: Server) -> None:
    url = warp_chat.url("/chat")
    async with connect(url) as ann, connect(url) as witness:
        async with connect(url, sock=small_socket(warp_chat), max_queue=1) as slow:
            await number(slow, ann)
            await number(witness, ann)
            for n in range(2_000):  # the witness reads each before the next is said; the slow one reads nothing
                await ann.send(f"{n} {'x' * 10_000}")
                await hear(witness)
            heard = [await hear(slow)]
            while not re.match(r"<User#\d+>: 1999 ", str(heard[-1])):
                heard.append(await hear(slow))
            [missed] = [int(found[1]) for text in heard if (found := re.match(r"You missed (\d+) messages\.", text))]
            assert missed == 2_000 - (len(heard) - 1)
            await slow.send("still here")
            assert str(await hear(ann)).endswith("still here")
