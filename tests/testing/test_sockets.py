"""A pair of sockets, and the client's end, whose every wait has an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from hubbub import Close, CloseCode, Closed, Limits, Ping, Socket, Text, testing
from hubbub.testing import ClientSocket


async def echo(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)
    await socket.close()


async def test_a_handler_is_tested_without_an_app() -> None:
    socket, client = testing.pair(subprotocol="chat")
    handling = asyncio.create_task(echo(socket))
    await client.send("hello")
    assert await client.receive() == "hello"
    assert (socket.subprotocol, client.subprotocol) == ("chat", "chat")
    await client.close(4000, "bye")
    await handling
    assert (socket.close_code, socket.close_reason) == (4000, "bye")


async def pour(socket: Socket, sent: list[str]) -> None:
    """Send as much as goes."""
    while True:
        await socket.send(f"{len(sent):1000}")
        sent.append(f"{len(sent):1000}")
        await asyncio.sleep(0)


Wait = Callable[[ClientSocket], Awaitable[object]]

WAITS: list[tuple[Wait, str]] = [
    (lambda client: client.receive(), "a message"),
    (lambda client: anext(client.__aiter__()), "a message"),
    (lambda client: anext(client.messages()), "a message of any kind"),
    (lambda client: client.split()[1].receive(), "a message"),
    (lambda client: client.json().receive(), "a message"),
    (lambda client: client.wait_closed(), "the other end to close"),
]


@pytest.mark.parametrize(("wait", "what"), WAITS)
async def test_a_wait_for_what_does_not_come_ends_and_names_it(wait: Wait, what: str) -> None:
    _, client = testing.pair(timeout=0.01)
    with pytest.raises(TimeoutError, match=rf"^waited 0\.01 s for {what}$"):
        await wait(client)


async def test_a_wait_for_an_end_that_reads_nothing_ends_too() -> None:
    socket, client = testing.pair(timeout=0.01, limits=Limits(inbox_messages=1))
    socket.inbox.pause()
    with pytest.raises(TimeoutError, match="for a pong"):
        await client.ping()
    with pytest.raises(TimeoutError, match="for the other end to read what it is sent"):
        await pour(client, [])
    with pytest.raises(TimeoutError, match="for the other end to close too"):
        await client.close()


async def test_iteration_ends_with_the_socket() -> None:
    socket, client = testing.pair()
    await socket.send("a")
    await socket.send(b"b")
    socket.close_nowait(4000)
    assert [message async for message in client] == ["a", b"b"]


async def test_messages_of_every_kind_are_seen() -> None:
    socket, client = testing.pair()
    messages = client.messages()
    await socket.send("a")
    assert await anext(messages) == Text("a")
    await socket.send(Ping(b"1"))
    assert await anext(messages) == Ping(b"1")
    socket.close_nowait(4000, "bye")
    assert [message async for message in messages] == [Close(4000, "bye")]


async def test_how_it_ended_is_told_whatever_was_received_before() -> None:
    socket, client = testing.pair()
    for number in range(10):
        await socket.send(str(number))
    socket.close_nowait(4000, "bye")
    ended = await client.wait_closed()
    assert (type(ended), ended.code, ended.reason) == (Closed, 4000, "bye")


async def test_a_test_that_is_busy_elsewhere_keeps_no_close_waiting() -> None:
    with testing.manual_clock():
        socket, client = testing.pair()
        await socket.send("a")
        assert await client.receive() == "a"
        async with asyncio.timeout(5):
            await socket.close(4000)
    assert client.close_code == 4000


async def test_a_client_that_pauses_is_slow_and_may_go_on() -> None:
    socket, client = testing.pair(limits=Limits(outbox_messages=2))
    client.pause_reading()
    sent: list[str] = []
    pouring = asyncio.create_task(pour(socket, sent))
    await asyncio.sleep(0.01)
    assert len(sent) < 10
    pouring.cancel()
    client.resume_reading()
    assert [await client.receive() for _ in sent] == sent


async def test_a_loss_is_no_close() -> None:
    socket, client = testing.pair()
    client.abort()
    with pytest.raises(Closed) as lost:
        await socket.receive()
    assert lost.value.code == CloseCode.ABNORMAL
