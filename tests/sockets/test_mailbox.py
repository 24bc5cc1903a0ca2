"""The mailbox: its bounds, who waits for room, who waits for a reply, and that nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import ActorStopped, Address, Misuse, Peer, Watcher, WouldBlock, unwatch, watch
from hubbub.sockets.mailbox import Mailbox, disown, own, weigh


class Ears(Watcher):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def overflowed(self, peer: Peer, what: str) -> None:
        self.told.append(f"{peer}: {what}")


@pytest.fixture
def told() -> Iterator[list[str]]:
    ears = Ears()
    watch(ears)
    yield ears.told
    unwatch(ears)


def taken(actor: object, message: object) -> None:
    """Handles anything."""


def mailbox_of(most: int = 3, max_bytes: int = 100) -> tuple[Mailbox, Address]:
    mailbox = Mailbox("Clerk", {int: taken, str: taken, bytes: taken}, most, max_bytes)
    return mailbox, Address(mailbox)


def take_all(mailbox: Mailbox) -> list[Any]:
    """All messages; each reply is the message itself."""
    messages = []
    while len(mailbox):
        message, reply = mailbox.take()
        messages.append(message)
        if reply is not None and not reply.done():
            reply.set_result(message)
    return messages


async def turn() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


# Bounds


async def test_what_is_too_much_is_dropped_counted_and_told_once(told: list[str]) -> None:
    mailbox, address = mailbox_of()
    assert [address.do_send(number) for number in range(5)] == [True, True, True, False, False]
    assert (len(address), address.dropped, take_all(mailbox)) == (3, 2, [0, 1, 2])
    assert told == ["Clerk: the mailbox of Clerk is full, what is sent to it is dropped"]
    assert [address.do_send(number) for number in range(4)] == [True, True, True, False]
    assert (address.dropped, len(told)) == (3, 2)


async def test_try_send_says_that_it_is_full() -> None:
    _, address = mailbox_of(1)
    address.try_send(1)
    with pytest.raises(WouldBlock, match="mailbox of Clerk is full"):
        address.try_send(2)
    assert address.dropped == 0


async def test_the_bound_holds_for_bytes_too_and_one_message_always_fits() -> None:
    mailbox, address = mailbox_of(100, max_bytes=10)
    assert [address.do_send(text) for text in ("x" * 50, "y")] == [True, False]
    assert take_all(mailbox) == ["x" * 50]
    assert [address.do_send(b"xxxx") for _ in range(4)] == [True, True, True, False]


class Row(NamedTuple):
    text: str
    number: int


@dataclass
class Said:
    name: str
    data: bytes


@pytest.mark.parametrize(
    ("message", "size"),
    [("abc", 3), (b"ab", 2), (7, 0), (None, 0), (Said("ann", b"hello"), 8), (Row("row", 5), 3), (object(), 0)],
)
def test_a_message_weighs_what_shows(message: object, size: int) -> None:
    assert weigh(message) == size


# Replies


async def test_a_reply_is_awaited() -> None:
    mailbox, address = mailbox_of()
    asking = asyncio.create_task(address.send("question"))
    await turn()
    assert (take_all(mailbox), await asking) == (["question"], "question")


async def test_who_finds_no_room_waits_for_it_in_order_and_comes_before_who_does_not_wait() -> None:
    mailbox, address = mailbox_of(1)
    asking = [asyncio.create_task(address.send(number)) for number in range(4)]
    await turn()
    assert (len(mailbox), address.do_send(9)) == (1, False)
    message, reply = mailbox.take()
    assert (message, len(mailbox), address.do_send(9)) == (0, 1, False)
    assert reply is not None
    reply.set_result("zero")
    assert take_all(mailbox) == [1, 2, 3]
    assert await asyncio.gather(*asking) == ["zero", 1, 2, 3]


async def test_who_gives_up_before_there_is_room_leaves_nothing() -> None:
    mailbox, address = mailbox_of(1)
    address.do_send(0)
    for _ in range(100):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await address.send(1)
    assert (mailbox._late, take_all(mailbox), len(mailbox)) == ({}, [0], 0)


async def test_a_close_fails_all_who_wait_and_drops_what_waits() -> None:
    mailbox, address = mailbox_of(2)
    address.do_send("mail")
    asking = [asyncio.create_task(address.send(number)) for number in range(3)]
    await turn()
    asking[0].cancel()
    await turn()
    assert address.is_open
    mailbox.close()
    for task in asking[1:]:
        with pytest.raises(ActorStopped, match="before it replied"):
            await task
    assert (address.is_open, len(address), address.dropped) == (False, 0, 1)


async def test_nothing_gets_in_after_the_close() -> None:
    mailbox, address = mailbox_of()
    mailbox.close()
    assert (address.do_send(1), address.dropped) == (False, 1)
    with pytest.raises(ActorStopped, match="Clerk has stopped"):
        address.try_send(1)
    with pytest.raises(ActorStopped, match="Clerk has stopped"):
        await address.send(1)
    address.stop()


# Wrong use


async def test_what_nobody_handles_is_a_misuse_of_the_senders() -> None:
    _, address = mailbox_of()
    for send in (address.do_send, address.try_send):
        with pytest.raises(Misuse, match=r"Clerk handles no float: give it a method with @handles\(float\)"):
            send(1.5)
    with pytest.raises(Misuse, match="handles no float"):
        await address.send(1.5)


async def test_from_a_thread_it_is_a_misuse_that_says_what_to_do() -> None:
    mailbox, address = mailbox_of()
    mailbox.loop = asyncio.get_running_loop()

    async def tell() -> None:
        address.try_send(1)

    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(address\.do_send, message\)"):
        await asyncio.to_thread(address.do_send, 1)
    for ask in (tell, partial(address.send, 1)):
        with pytest.raises(Misuse, match="call_soon_threadsafe"):
            await asyncio.to_thread(asyncio.run, ask())  # a loop, and not the actor's
    assert len(mailbox) == 0


async def test_who_asks_itself_would_wait_for_ever() -> None:
    mailbox, address = mailbox_of()
    task = asyncio.current_task()
    assert task is not None
    own(task, mailbox)
    try:
        with pytest.raises(Misuse, match="Clerk asks itself"):
            await address.send(1)
    finally:
        disown(task)
    disown(task)


async def test_so_would_those_who_ask_one_another() -> None:
    addresses = [Address(Mailbox(f"Clerk {n}", {int: taken}, 3, 100)) for n in range(3)]

    async def live(number: int) -> Any:
        task = asyncio.current_task()
        assert task is not None
        own(task, addresses[number]._mailbox)
        try:
            return await addresses[(number + 1) % 3].send(number)
        finally:
            disown(task)

    first, second = [asyncio.create_task(live(number)) for number in range(2)]
    await turn()
    with pytest.raises(Misuse, match="Clerk 2 asks Clerk 0, which waits for it"):
        await live(2)
    for number, task in ((1, first), (2, second)):
        take_all(addresses[number]._mailbox)
        assert await task == number - 1
    assert all(address._mailbox.asks is None for address in addresses)


# Addresses


async def test_an_address_is_equal_where_the_mailbox_is() -> None:
    mailbox, address = mailbox_of()
    assert {address, Address(mailbox)} == {address}
    assert address != mailbox_of()[1]
    assert (repr(address), bool(address)) == ("<Address of Clerk>", True)
    mailbox.close()
    assert repr(address) == "<Address of Clerk, stopped>"


# Whatever happens


@given(st.lists(st.sampled_from(["do_send", "try_send", "send", "give up", "take", "turn"]), max_size=60))
def test_bounds_hold_order_is_kept_and_everybody_hears(actions: list[str]) -> None:
    async def act() -> None:
        mailbox, address = mailbox_of()
        asking: list[asyncio.Task[Any]] = []
        handled: list[int] = []
        dropped = 0
        for number, action in enumerate(actions):
            match action:
                case "do_send":
                    dropped += not address.do_send(number)
                case "try_send":
                    try:
                        address.try_send(number)
                    except WouldBlock:
                        assert len(mailbox) == 3
                case "send":
                    asking.append(asyncio.create_task(address.send(number)))
                    await turn()
                case "give up" if asking:
                    asking.pop(0).cancel()
                case "take" if len(mailbox):
                    message, reply = mailbox.take()
                    handled.append(message)
                    if reply is not None and not reply.done():
                        reply.set_result(message)
                case _:
                    await turn()
            assert len(mailbox) <= 3
        await turn()
        handled += take_all(mailbox)
        await turn()
        assert handled == sorted(handled)
        assert (mailbox._late, mailbox.dropped) == ({}, dropped)
        assert all(task.done() for task in asking)

    asyncio.run(act())
