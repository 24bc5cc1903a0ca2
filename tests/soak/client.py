"""One client of the soak: it connects, talks, is cut, and comes back for what it has missed. By a foreign WebSocket library."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from random import Random
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.soak.ledger import Ledger, Place

PATIENCE = 20.0
"""Seconds in which a reply must come."""

CHANNELS = [f"room:soak{number}" for number in range(8)]

Message = dict[str, Any]
Take = Callable[[Message], None]


class Client:
    """One client.

    Args:
        name: its user, and what stands in all that it publishes.
        url: of the hub.
        ledger: what all have heard.
        random: its chance.
        tally: how often everything was done.
    """

    def __init__(self, name: str, url: str, ledger: Ledger, random: Random, tally: Counter[str]) -> None:
        self._name = name
        self._url = url
        self._ledger = ledger
        self._random = random
        self._tally = tally
        self._numbers = count(1)
        self._ids = count(1)
        self._left: dict[str, Place] = {}  # where it stood, in channels that it will come back to
        self._places: dict[str, Place] = {}  # where it stands, in those that it is subscribed to
        self._asked: dict[int, tuple[asyncio.Future[Message], Take | None]] = {}
        self._socket: ClientConnection
        self._is_going = False

    async def live(self, until: float) -> None:
        """Come and go, until it is time."""
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            with suppress(ConnectionClosed, OSError):
                await self._visit(until)
            self._left |= self._places
            self._places = {}
            await asyncio.sleep(self._random.uniform(0, 0.2))

    async def listen(self, ready: asyncio.Event, end: asyncio.Event) -> None:
        """Stay in all channels, and do nothing."""
        async with connect(self._url, proxy=None, compression=None) as socket:
            reading = self._begin(socket)
            await self._ask(connect={"token": self._name})
            for channel in CHANNELS:
                await self._subscribe(channel)
            ready.set()
            await end.wait()
            await self._ask(rpc={"method": "none"})  # what was told before the reply has been heard
            self._is_going = True
        await reading

    # Inside

    async def _visit(self, until: float) -> None:
        async with connect(self._url, proxy=None, compression=None) as socket:
            reading = self._begin(socket)
            try:
                await self._ask(connect={"token": self._name})
                self._tally["connect"] += 1
                for channel in list(self._left):
                    await self._subscribe(channel)
                await self._stay(until)
                await self._go(socket)
            finally:
                await reading

    async def _stay(self, until: float) -> None:
        loop = asyncio.get_running_loop()
        deeds = [self._come, self._leave, self._look, *5 * [self._publish]]
        for _ in range(self._random.randrange(40)):
            if loop.time() > until:
                return
            await self._random.choice(deeds)()
            await asyncio.sleep(self._random.choice([0, 0, 0.01, 0.05]))

    async def _go(self, socket: ClientConnection) -> None:
        self._is_going = True
        if self._random.random() < 0.5:
            self._tally["cut"] += 1
            socket.transport.abort()
        else:
            self._tally["close"] += 1
            await socket.close()

    async def _come(self) -> None:
        free = [channel for channel in CHANNELS if channel not in self._places]
        if free:
            await self._subscribe(self._random.choice(free))

    async def _leave(self) -> None:
        if self._places:
            channel = self._random.choice(list(self._places))
            await self._wait(await self._send(partial(self._unsubscribed, channel), unsubscribe={"channel": channel}))

    async def _look(self) -> None:
        channel = self._random.choice(CHANNELS)
        reply = await self._ask(presence={"channel": channel})
        users = [info["user"] for info in reply["presence"]["presence"].values()]
        if (self._name in users) != (channel in self._places):
            self._fault(f"is {'not ' if channel in self._places else ''}present in {channel}")
        await self._ask(history={"channel": channel, "limit": 10})
        self._tally["look"] += 1

    async def _publish(self) -> None:
        """Some at once, which are acknowledged in turn."""
        channel = self._random.choice(CHANNELS)
        said = [f"{self._name}.{next(self._numbers)}" for _ in range(self._random.choice([1, 1, 1, 5]))]
        replies = [await self._send(publish={"channel": channel, "data": data}) for data in said]
        for data, reply in zip(said, replies, strict=True):
            if "error" in await self._wait(reply):
                self._fault(f"may not publish to {channel}")
            self._ledger.acknowledged.add(data)
            self._tally["publish"] += 1

    async def _subscribe(self, channel: str) -> None:
        before = self._left.get(channel)
        wish = {"recover": True, "epoch": before.epoch, "offset": before.offset} if before else {}
        take = partial(self._subscribed, channel, before)
        await self._wait(await self._send(take, subscribe={"channel": channel, **wish}))

    def _subscribed(self, channel: str, before: Place | None, reply: Message) -> None:
        result = reply["subscribe"]
        place = Place(result["epoch"], result.get("offset", 0))
        if before is not None:
            recovered = result.get("recovered", False)
            self._ledger.recover(self._name, channel, before, place, is_recovered=recovered)
            self._tally["recovered" if recovered else "not recovered"] += 1
        self._left.pop(channel, None)
        self._places[channel] = place
        self._tally["subscribe"] += 1
        for publication in result.get("publications", []):
            self._ledger.hear(self._name, channel, place, publication["offset"], publication["data"])
            self._tally["recovered publications"] += 1

    def _unsubscribed(self, channel: str, reply: Message) -> None:
        place = self._places.pop(channel)
        self._tally["unsubscribe"] += 1
        if self._random.random() < 0.5:
            self._left[channel] = place  # and comes back to it

    # The wire

    def _begin(self, socket: ClientConnection) -> asyncio.Task[None]:
        self._socket, self._asked, self._is_going = socket, {}, False
        return asyncio.create_task(self._read(socket))

    async def _ask(self, **command: Any) -> Message:
        return await self._wait(await self._send(**command))

    async def _send(self, take: Take | None = None, **command: Any) -> asyncio.Future[Message]:
        id, reply = next(self._ids), asyncio.get_running_loop().create_future()
        self._asked[id] = reply, take
        await self._socket.send(json.dumps({"id": id, **command}))
        return reply

    async def _wait(self, reply: asyncio.Future[Message]) -> Message:
        return await asyncio.wait_for(reply, PATIENCE)

    async def _read(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in socket:
                for line in str(frame).split("\n"):
                    await self._take(json.loads(line))
        if not self._is_going:
            self._fault(f"was closed with {socket.close_code} {socket.close_reason}")
        for reply, _ in self._asked.values():
            reply.cancel()

    async def _take(self, message: Message) -> None:
        """At once and in order: what stands behind a reply in its frame counts on it."""
        if "push" in message:
            self._told(message["push"])
        elif message:
            reply, take = self._asked.pop(message["id"])
            if take is not None:
                take(message)
            if not reply.done():
                reply.set_result(message)
        else:
            await self._socket.send("{}")

    def _told(self, push: Message) -> None:
        channel = push["channel"]
        place = self._places.get(channel)
        if place is None or "unsubscribe" in push:
            self._fault(f"was told {push} of {channel}")
        elif "pub" in push:
            self._ledger.hear(self._name, channel, place, push["pub"]["offset"], push["pub"]["data"])
            self._tally["told"] += 1

    def _fault(self, what: str) -> None:
        self._ledger.faults.append(f"{self._name} {what}")
