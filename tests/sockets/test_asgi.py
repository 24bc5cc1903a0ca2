"""The wire over ASGI, against a server that does as it is told: what it reads, writes, keeps to itself and leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from starlette.websockets import WebSocket

from hubbub import (
    Binary,
    Close,
    Closed,
    ConnectionLost,
    Deflate,
    Limits,
    Misuse,
    Peer,
    PeerFault,
    Ping,
    Pong,
    Socket,
    State,
    Text,
    testing,
)
from hubbub.sockets import asgi as module
from hubbub.sockets.asgi import PLAIN, accept_over_asgi
from hubbub.sockets.options import Options

Event = MutableMapping[str, Any]


class Server:
    """A server whose events a test hands in, and which takes what is sent as fast as the test lets it."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.sent: list[Event] = []
        self.takes = asyncio.Event()
        self.takes.set()
        self.fails: Exception | None = None

    async def send(self, event: Event) -> None:
        await self.takes.wait()
        if self.fails is not None:
            raise self.fails
        self.sent.append(event)

    def tell(self, kind: str, **values: Any) -> None:
        self.events.put_nowait({"type": f"websocket.{kind}", **values})

    async def accept(self, **options: Any) -> Socket:
        websocket = WebSocket({"type": "websocket", "path": "/", "headers": []}, self.events.get, self.send)
        self.tell("connect")
        await websocket.accept()
        self.sent.clear()
        return accept_over_asgi(websocket, Peer(), None, Options(**options))


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture(autouse=True)
async def _nothing_is_left_running() -> AsyncIterator[None]:
    yield
    await settle()
    current = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not current:
            task.cancel()  # the reader of a socket that a test left open


async def settle() -> None:
    """Let the wire's tasks do what they can."""
    for _ in range(20):
        await asyncio.sleep(0)


def text(data: str) -> Event:
    return {"type": "websocket.send", "text": data}


# Reading


async def test_text_and_bytes_are_received(server: Server) -> None:
    socket = await server.accept()
    server.tell("receive", text="a")
    server.tell("receive", bytes=b"b", text=None)
    server.tell("receive", text="", bytes=None)
    assert [await socket.receive() for _ in range(3)] == ["a", b"b", ""]
    assert socket.counts.received == 3


async def test_a_full_inbox_takes_nothing_more_from_the_server(server: Server) -> None:
    socket = await server.accept(limits=Limits(inbox_messages=2))
    for number in range(10):
        server.tell("receive", text=str(number))
    await settle()
    assert server.events.qsize() >= 7
    assert [await socket.receive() for _ in range(10)] == [str(number) for number in range(10)]


@pytest.mark.parametrize("data", [{"text": "ü" * 6}, {"bytes": bytes(11)}])
async def test_a_message_beyond_the_bound_is_a_fault(server: Server, data: Any) -> None:
    socket = await server.accept(limits=Limits(message=10))
    server.tell("receive", **data)
    with pytest.raises(PeerFault):
        await socket.receive()
    await settle()
    assert [event["code"] for event in server.sent] == [1009]


# Ends


@pytest.mark.parametrize(
    ("event", "kind", "code", "reason"),
    [
        ({"code": 4000, "reason": "bye"}, Closed, 4000, "bye"),
        ({"code": 4000}, Closed, 4000, ""),
        ({"code": 4000, "reason": None}, Closed, 4000, ""),
        ({"code": 1005}, Closed, 1005, ""),
        ({"code": 1006, "reason": ""}, ConnectionLost, 1006, "the connection was lost"),
        ({"code": 1012}, Closed, 1012, ""),
    ],
)
async def test_a_disconnect_is_an_end_and_is_not_answered(
    server: Server, event: Any, kind: type[Closed], code: int, reason: str
) -> None:
    socket = await server.accept()
    server.tell("disconnect", **event)
    with pytest.raises(kind) as ended:
        await socket.receive()
    await settle()
    assert (ended.value.code, ended.value.reason, server.sent) == (code, reason, [])


async def test_our_close_waits_for_the_servers_disconnect(server: Server) -> None:
    socket = await server.accept()
    closing = asyncio.create_task(socket.close(4000, "bye"))
    await settle()
    assert server.sent == [{"type": "websocket.close", "code": 4000, "reason": "bye"}]
    assert not closing.done()
    server.tell("disconnect", code=4000)
    await closing
    assert (socket.state, socket.close_code) == (State.CLOSED, 4000)


async def test_a_close_without_a_code_is_a_normal_one(server: Server) -> None:
    socket = await server.accept()
    socket.wire.send_close(None, "")
    await settle()
    assert server.sent == [{"type": "websocket.close", "code": 1000, "reason": ""}]


async def test_nobody_receives_while_the_close_is_sent(server: Server) -> None:
    socket = await server.accept()
    server.takes.clear()
    socket.close_nowait(4000)
    await settle()
    server.tell("disconnect", code=1005)
    await settle()
    assert server.events.qsize() == 1
    server.takes.set()
    await settle()
    assert server.events.qsize() == 0
    assert socket.close_code == 4000


async def test_a_reason_is_cut_to_what_a_frame_can_carry(server: Server) -> None:
    socket = await server.accept()
    socket.close_nowait(4000, "ü" * 100)
    await settle()
    assert server.sent[0]["reason"] == "ü" * 61


async def test_a_server_that_does_not_answer_our_close_is_waited_for_so_long_only(server: Server) -> None:
    with testing.manual_clock() as clock:
        socket = await server.accept(limits=Limits(close_timeout=5))
        closing = asyncio.create_task(socket.close(4000))
        await clock.advance(5.2)
        await closing
    assert socket.close_code == 1006


async def test_closing_waits_until_the_last_words_are_out(server: Server) -> None:
    socket = await server.accept()
    server.takes.clear()
    await socket.send("last words")
    server.tell("receive", text="x")
    socket.on_fault(1009, "too big")
    closing = asyncio.create_task(socket.close())
    await settle()
    assert not closing.done()
    server.takes.set()
    await closing
    assert [event.get("code") for event in server.sent] == [None, 1009]


# Writing


async def test_what_is_sent_goes_out_in_order(server: Server) -> None:
    socket = await server.accept()
    for number in range(20):
        await socket.send(str(number))
    await socket.send(b"20")
    await settle()
    assert server.sent == [*(text(str(number)) for number in range(20)), {"type": "websocket.send", "bytes": b"20"}]
    assert socket.outbox.clear


async def test_a_slow_server_makes_the_sender_wait(server: Server) -> None:
    socket = await server.accept(limits=Limits(outbox_messages=2))
    server.takes.clear()
    sending = [asyncio.create_task(socket.send(str(number))) for number in range(6)]
    await settle()
    assert [task.done() for task in sending] == [True] * 3 + [False] * 3
    server.takes.set()
    await asyncio.gather(*sending)
    await settle()
    assert server.sent == [text(str(number)) for number in range(6)]


@pytest.mark.parametrize("error", [OSError("gone"), RuntimeError("gone")])
async def test_a_peer_that_is_gone_is_no_error_of_the_sender(server: Server, error: Exception) -> None:
    socket = await server.accept()
    server.fails = error
    await socket.send("into the void")
    await settle()
    server.tell("disconnect", code=1006)
    await settle()
    with pytest.raises(ConnectionLost):
        await socket.send("late")


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (Text("a"), {"text": "a"}),
        (Binary(b"a"), {"bytes": b"a"}),
        (bytearray(b"a"), {"bytes": b"a"}),
        (memoryview(b"a"), {"bytes": b"a"}),
    ],
)
async def test_a_message_is_sent_as_what_it_is(server: Server, message: Any, event: Any) -> None:
    socket = await server.accept()
    await socket.send(message)
    await socket.send(Close(4000))
    await settle()
    assert server.sent[0] == {"type": "websocket.send", **event}
    assert PLAIN.encode([message, "b"]).items == (*event.values(), "b")


async def test_what_is_handed_on_together_weighs_what_it_carries(server: Server) -> None:
    socket = await server.accept(limits=Limits(outbox_bytes=10))
    server.takes.clear()
    await socket.send("blocks")
    await settle()
    for _ in range(2):
        assert socket.outbox.has_room
        socket.outbox.put_item(PLAIN.encode(["abc", b"de"]))
    assert (socket.outbox.size, socket.outbox.has_room) == (10, False)
    server.takes.set()


# What ASGI cannot carry


@pytest.mark.parametrize("message", [Ping(), Pong()])
async def test_control_frames_cannot_be_sent_and_the_error_says_so(server: Server, message: Any) -> None:
    socket = await server.accept()
    with pytest.raises(Misuse, match="serve with `hubbub run`"):
        await socket.send(message)
    with pytest.raises(Misuse, match="serve with `hubbub run`"):
        await socket.ping()


async def test_no_heartbeat_is_tried(server: Server) -> None:
    with testing.manual_clock() as clock:
        socket = await server.accept()
        await clock.advance(200)
    assert (server.sent, socket.close_code) == ([], None)


async def test_a_cut_is_the_end_for_us_at_once(server: Server) -> None:
    socket = await server.accept()
    await socket.send("maybe")
    socket.abort()
    with pytest.raises(ConnectionLost):
        await socket.receive()


async def test_that_it_is_slower_is_said_once(server: Server, advice: list[str]) -> None:
    for _ in range(3):
        await Server().accept()
    assert advice == [module.SLOWER]
    assert "hubbub run" in module.SLOWER


async def test_that_it_does_not_compress_is_said_once_where_that_was_asked_for(
    server: Server, advice: list[str]
) -> None:
    for _ in range(3):
        socket = await Server().accept(compression=Deflate())
        assert socket.extensions == ""
    assert advice == [module.SLOWER, module.COMPRESSION]
