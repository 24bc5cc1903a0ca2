"""The app that is hurt: a path for each way to use a socket, and one to look inside by. Served in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from starlette.types import Receive, Scope, Send

from hubbub import (
    Actor,
    Broadcast,
    Caps,
    Closed,
    ConnectLimit,
    Deflate,
    Drop,
    Excess,
    Heartbeat,
    KeepNewest,
    Limits,
    Overflow,
    Rate,
    RateLimit,
    Refused,
    Upgrade,
    Watcher,
    clock,
    handles,
    select,
    watch,
)
from hubbub.server import shared
from hubbub.watch import Counts, Peer
from tests.faults.garbage import give_back

shared.HEAD_TIMEOUT = float(os.environ.get("TEST_HEAD_TIMEOUT", shared.HEAD_TIMEOUT))

MAX = 1024 * 1024
LIMITS = Limits(message=MAX)

SMALL = Limits(outbox_messages=64, outbox_bytes=64 * 1024, inbox_messages=16, inbox_bytes=64 * 1024)
POLICIES: dict[str, Overflow | KeepNewest] = {
    "wait": Overflow.WAIT,
    "drop-oldest": Overflow.DROP_OLDEST,
    "drop-newest": Overflow.DROP_NEWEST,
    "close": Overflow.CLOSE,
    "keep-newest": KeepNewest(key=lambda message: message[:1] if isinstance(message, (str, bytes)) else None),
}

RATES = {
    "delay": RateLimit(Rate(100), bytes=Rate(256 * 1024)),
    "drop": RateLimit(Rate(100), over=Drop(lambda dropped: f"{dropped.messages} dropped")),
    "close": RateLimit(Rate(100), over=Excess.CLOSE),
    "pings": RateLimit(control=Rate(100), over=Drop(lambda dropped: None)),
}
door = ConnectLimit(Rate(100, per=3600))
places = Caps(total=50)

chat: Broadcast[str | bytes] = Broadcast(capacity=100)
feed: Broadcast[str | bytes] = Broadcast(capacity=100)
received: list[str | bytes] = []
ends: dict[int, tuple[int, str, int]] = {}
progress = {"written": 0}
gate = asyncio.Event()


class Ends(Watcher):
    """Keeps how each socket ended: by the client's port its close code, the reason, and how many messages were dropped."""

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """The kernel gives a port again: what an earlier socket of that port came to is forgotten."""
        if peer.client is not None:
            ends.pop(peer.client[1], None)

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """One more."""
        if peer.client is not None:
            ends[peer.client[1]] = (ended.code, ended.reason, counts.dropped)
            while len(ends) > 2000:
                del ends[next(iter(ends))]


watch(Ends())


async def echo(upgrade: Upgrade) -> None:
    """Echo by a task."""
    async with upgrade.accept(limits=LIMITS) as socket:
        async for message in socket:
            await socket.send(message)


async def forward(upgrade: Upgrade) -> None:
    """Echo without one."""
    async with upgrade.accept(limits=LIMITS) as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


async def deflate(upgrade: Upgrade) -> None:
    """Echo, compressed."""
    async with upgrade.accept(limits=LIMITS, compression=Deflate()) as socket:
        async for message in socket:
            await socket.send(message)


async def deflate_little(upgrade: Upgrade) -> None:
    """Echo of little."""
    async with upgrade.accept(limits=Limits(message=128), compression=Deflate(min_size=1000)) as socket:
        async for message in socket:
            await socket.send(message)


async def deflate_pile(upgrade: Upgrade) -> None:
    """Take one message, and no more until the gate opens; then tell how many there were."""
    async with upgrade.accept(limits=LIMITS, compression=Deflate()) as socket:
        await socket.send(f"{len(await socket.receive())}")
        await gate.wait()
        sizes = [len(message) async for message in socket]
        received[:] = [f"{len(sizes)} of {sum(sizes)}"]


async def talk(upgrade: Upgrade) -> None:
    """A chat, as the README has it."""
    async with upgrade.accept(limits=LIMITS) as socket:
        sender, receiver = socket.split()
        async with chat.subscribe() as updates:
            await select(updates.forward(sender), receiver.forward(chat))


async def listen(upgrade: Upgrade) -> None:
    """Everything that `feed` carries."""
    async with upgrade.accept(limits=LIMITS) as socket, feed.subscribe() as updates:
        await updates.forward(socket)


async def record(upgrade: Upgrade) -> None:
    """Keep what comes, until the next who is recorded."""
    async with upgrade.accept(limits=LIMITS) as socket:
        received.clear()
        async for message in socket:
            received.append(message)


async def subprotocols(upgrade: Upgrade) -> None:
    """Two subprotocols."""
    async with upgrade.accept(subprotocols=["chat", "superchat"]) as socket:
        async for message in socket:
            await socket.send(message)


async def listed(upgrade: Upgrade) -> None:
    """Origins besides the app's own."""
    async with upgrade.accept(origins=["https://*.example.com", "https://ally.org:8443", "http://localhost:3000"]):
        pass


async def anyone(upgrade: Upgrade) -> None:
    """Every origin."""
    async with upgrade.accept(origins=["*"]):
        pass


async def hosts(upgrade: Upgrade) -> None:
    """A list of hosts."""
    async with upgrade.accept(
        hosts=["app.example.com", "*.example.org", "127.0.0.1", "strict.example.com:8443"], origins=["*"]
    ):
        pass


async def pending(upgrade: Upgrade) -> None:
    """Accept only when the gate opens."""
    await gate.wait()
    async with upgrade.accept() as socket:
        await socket.receive()


async def crash(upgrade: Upgrade) -> None:
    """Fail."""
    async with upgrade.accept():
        raise RuntimeError("this handler is broken")


async def refuse(upgrade: Upgrade) -> None:
    """Refuse."""
    raise Refused(403, "not today")


async def beat(upgrade: Upgrade) -> None:
    """A short heartbeat."""
    async with upgrade.accept(heartbeat=Heartbeat(interval=1.0, timeout=0.5)) as socket:
        async for message in socket:
            await socket.send(message)


async def flood(upgrade: Upgrade) -> None:
    """A short heartbeat, and more than the peer may take."""
    async with upgrade.accept(heartbeat=Heartbeat(interval=1.0, timeout=0.5)) as socket:
        while True:
            await socket.send(4096 * "x")
            await asyncio.sleep(0)


async def write(upgrade: Upgrade) -> None:
    """Send as many messages as asked for, `A...`, `B...` in turn, to a peer that may be slow; then wait for its end."""
    policy = POLICIES[upgrade.query["policy"]]
    count, size = int(upgrade.query["count"]), int(upgrade.query["size"])
    progress["written"] = 0
    async with upgrade.accept(limits=SMALL, slow_reader=policy, heartbeat=None) as socket:
        for number in range(count):
            progress["written"] = number
            await socket.send(f"{'AB'[number % 2]}{number:07}".ljust(size, "."))
            if not number % 16:
                await asyncio.sleep(0)
        progress["written"] = count
        async for _ in socket:
            pass


class Chatterbox(Actor):
    """Tells itself more than it can say to a peer that does not read, and ends after ten ticks of its clock."""

    def started(self) -> None:
        """Begin to talk."""
        progress["written"] = 0
        self.run_interval(0.1, self.tick)

    def tick(self) -> None:
        """A flood of messages."""
        progress["written"] += 1
        for _ in range(2000):
            self.notify(4096 * "x")
        if progress["written"] == 10:
            self.stop()

    async def on_text(self, text: str) -> None:
        """Answer at length."""
        for _ in range(100):
            await self.socket.send(text)

    @handles(str)
    async def say(self, text: str) -> None:
        """What it tells itself."""
        await self.socket.send(text)


async def chatterbox(upgrade: Upgrade) -> None:
    """An actor whose peer may be slow."""
    await Chatterbox().serve(upgrade, limits=replace(SMALL, close_timeout=1.0), heartbeat=None)


async def splitting(upgrade: Upgrade) -> None:
    """Try to smuggle a header of the attacker's into the response, in the way that the query names."""
    evil = "good\r\nx-evil: yes"
    match upgrade.query["by"]:
        case "header value":
            await upgrade.accept(headers={"x-name": evil}).__aenter__()
        case "header name":
            await upgrade.accept(headers={evil: "value"}).__aenter__()
        case "refusal":
            raise Refused(403, evil, {"x-name": evil})
        case "detail":
            raise Refused(403, evil)
        case "subprotocol":
            await upgrade.websocket.accept(evil)


async def limited(upgrade: Upgrade) -> None:
    """Echo what a rate lets in."""
    async with upgrade.accept(limits=LIMITS, rate=RATES[upgrade.query["over"]], heartbeat=None) as socket:
        async for message in socket:
            await socket.send(message)


async def rarely(upgrade: Upgrade) -> None:
    """Let in few of an address."""
    door.check(upgrade.address, upgrade.peer)
    async with upgrade.accept():
        pass


async def capped(upgrade: Upgrade) -> None:
    """Let in few at once."""
    async with upgrade.accept(caps=places) as socket:
        async for message in socket:
            await socket.send(message)


async def monitor(upgrade: Upgrade) -> None:
    """Answer questions about the process."""
    async with upgrade.accept(heartbeat=None) as socket:
        async for message in socket:
            await socket.send(json.dumps(answer(str(message), upgrade)))


def answer(question: str, upgrade: Upgrade) -> Any:
    """What the monitor is asked."""
    if question == "counts":
        return counts(upgrade)
    if question == "received":
        return [item if isinstance(item, str) else item.decode("latin-1") for item in received]
    if question.startswith("end of "):
        return ends.get(int(question.removeprefix("end of ")))
    if question.startswith("feed "):
        return publish(*map(int, question.removeprefix("feed ").split()))
    if question == "written":
        return progress["written"]
    if question == "open the gate":
        return gate.set()
    if question == "close the gate":
        return gate.clear()
    return None


def counts(upgrade: Upgrade) -> dict[str, int]:
    """What is there at this moment; memory that the allocator merely keeps is given back first."""
    give_back()
    return {
        "tasks": len(asyncio.all_tasks()),
        "timers": len(clock.timers()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "connections": len(upgrade.websocket.scope["extensions"]["hubbub"]._server.connections),
        "listeners": chat.receiver_count + feed.receiver_count,
    }


def publish(first: int, last: int, size: int) -> int:
    """Messages of the feed, numbered."""
    for number in range(first, last):
        feed.send(f"{number:08}".ljust(size, "."))
    return feed.receiver_count


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    """What HTTP gets."""
    body = b"a page"
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


PATHS: dict[str, Callable[[Upgrade], Awaitable[None]]] = {
    f"/{handler.__name__}": handler
    for handler in (
        echo, forward, deflate, deflate_little, deflate_pile,
        talk, listen, record, subprotocols, listed, anyone, hosts, pending, crash, refuse, beat, flood, write,
        splitting, limited, rarely, capped, monitor, chatterbox,
    )
}  # fmt: skip


async def _by_path(upgrade: Upgrade) -> None:
    handler = PATHS.get(upgrade.path)
    if handler is None:
        raise Refused(404, "no such path")
    await handler(upgrade)


_sockets = Upgrade.app(_by_path)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Everything by its path."""
    await (_sockets if scope["type"] == "websocket" else page)(scope, receive, send)
