"""A server that is ended and started again and again, at one port, while clients talk; and the look at what they were told."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from tests.restarts.client import MAX_DELAY, Talker
from tests.restarts.ledger import Ledger, Standing
from tests.serving import Server, free_port
from tests.standalone.conftest import KEY, SECRET, standalone, token, write

ROOMS = [f"room:{number}" for number in range(8)]
EVERYBODY = "room:everybody"
OPTIONS: dict[str, Any] = {
    "client": {"token": {"hmac_secret_key": SECRET}},
    "http_api": {"key": KEY},
    "log": {"level": "warn"},
    "channel": {
        "namespaces": [
            {
                "name": "room",
                "history_size": 1000,
                "history_ttl": "300s",
                "force_recovery": True,
                "allow_subscribe_for_client": True,
                "allow_publish_for_subscriber": True,
            }
        ]
    },
}
BY_TURNS = (signal.SIGTERM, signal.SIGKILL)
PATIENCE = 30.0
"""Seconds for what must come, on a machine that has other work too."""


@dataclass(frozen=True)
class Plan:
    """What is done.

    Args:
        restarts: how many.
        clients: how many.
        seed: of all chance.
        talk: seconds that a life lasts at most when all are back.
        pause: seconds between two publications of a client, in the mean.
        early: the share of lives that end while clients are still coming back.
        max_delay: seconds of the clients' back-off at most.
        work: seconds that the server may take to let all in, besides.
    """

    restarts: int = 24
    clients: int = 200
    seed: int = 1
    talk: float = 3.0
    pause: float = 6.0
    early: float = 0.25
    max_delay: float = MAX_DELAY
    work: float = 10.0


@dataclass
class Outcome:
    """What came of it: faults in words, how often everything was done, and seconds."""

    faults: list[str]
    tally: Counter[str] = field(default_factory=Counter)
    starts: list[float] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    beyond: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """For people."""
        return {
            "seconds until a server accepts": spread(self.starts),
            "seconds from then until a client is back": spread(self.returns),
            "of these, beyond the longest back-off that the client can have had": spread(self.beyond),
            "how often": dict(sorted(self.tally.items())),
            "faults": len(self.faults),
        }


def spread(values: Iterable[float]) -> dict[str, float]:
    """How they lie."""
    ordered = sorted(values)
    at = {"least": 0.0, "median": 0.5, "95 of 100": 0.95, "greatest": 1.0}
    return {name: round(ordered[round(share * (len(ordered) - 1))], 2) for name, share in at.items() if ordered}


async def restart(plan: Plan, folder: Path) -> Outcome:
    """Do it, within a bound of time.

    Args:
        plan: what.
        folder: for the file of settings.
    """
    async with asyncio.timeout((plan.restarts + 2) * 2 * PATIENCE):
        lives = _Lives(plan, write(folder / "config.json", OPTIONS))
        await lives.all()
        return lives.outcome


class _Lives:
    def __init__(self, plan: Plan, file: Path) -> None:
        self._plan = plan
        self._file = file
        self._port = free_port()
        self._random = Random(plan.seed)
        self._ledger = Ledger()
        self.outcome = Outcome(self._ledger.faults)
        self._talkers = [self._talker(number) for number in range(plan.clients)]
        self._end = asyncio.Event()

    async def all(self) -> None:
        """One life after the other; in the last one the load ends before the server."""
        async with AsyncExitStack() as stack:
            api = await stack.enter_async_context(
                httpx2.AsyncClient(
                    base_url=f"http://127.0.0.1:{self._port}", headers={"X-API-Key": KEY}, trust_env=False
                )
            )
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            stack.callback(self._end.set)
            for number in range(self._plan.restarts):
                await self._life(api, BY_TURNS[number % len(BY_TURNS)], tasks if number == 0 else None)
            await self._last_life(api)
        self._ledger.finish()

    def _talker(self, number: int) -> Talker:
        name = f"client{number}"
        return Talker(
            name,
            f"ws://127.0.0.1:{self._port}/connection/websocket",
            token(name),
            is_protobuf=number % 2 == 1,
            channels=[ROOMS[number // 2 % len(ROOMS)], EVERYBODY],
            ledger=self._ledger,
            random=Random(f"{self._plan.seed} {name}"),
            tally=self.outcome.tally,
            max_delay=self._plan.max_delay,
        )

    # A life

    async def _life(self, api: httpx2.AsyncClient, end: signal.Signals, tasks: asyncio.TaskGroup | None) -> None:
        async with self._serving() as server:
            began = time.monotonic()
            if tasks is not None:
                await self._begin(api, tasks)
            if tasks is None and self._random.random() < self._plan.early:
                self.outcome.tally["lives that ended while clients came back"] += 1
                await asyncio.sleep(self._random.uniform(0, 1))
            else:
                await self._all_back(api, began, is_first=tasks is not None)
                await asyncio.sleep(self._random.uniform(0, self._plan.talk))
                await self._all_told()
            listening = [talker for talker in self._talkers if talker.places]
            server.signal(end)
            await self._ended(server, end)
            for talker in listening:
                self.outcome.tally[f"{end.name}: told {talker.ended_with}"] += 1

    async def _last_life(self, api: httpx2.AsyncClient) -> None:
        async with self._serving():
            await self._all_back(api, time.monotonic())
            await asyncio.sleep(self._random.uniform(0, self._plan.talk))
            self._end.set()
            await self._all_told()
            for talker in self._talkers:
                await talker.end()
            async with asyncio.timeout(PATIENCE):
                await _until_nobody_is_left(api)

    async def _begin(self, api: httpx2.AsyncClient, tasks: asyncio.TaskGroup) -> None:
        for talker in self._talkers:
            await talker.begin()
            tasks.create_task(talker.talk(self._end, self._plan.pause))
        tasks.create_task(self._publish(api))

    @asynccontextmanager
    async def _serving(self) -> AsyncIterator[Server]:
        with ExitStack() as stack:
            began = time.monotonic()
            server = await asyncio.to_thread(stack.enter_context, standalone(self._file, self._port))
            self.outcome.starts.append(time.monotonic() - began)
            try:
                yield server
            finally:
                await asyncio.to_thread(server.end)
                if "Traceback" in (log := server.log()):
                    self._ledger.faults.append(f"a server wrote: {log[-5000:]}")

    async def _ended(self, server: Server, end: signal.Signals) -> None:
        """It has gone as it was told, and every client has noticed."""
        status, name = await asyncio.to_thread(server.wait), end.name
        if status not in (0, -end):
            self._ledger.faults.append(f"a server ended with {status} at {name}")
        await self._until(lambda: not any(talker.places for talker in self._talkers), "client that notices the end")
        self.outcome.tally[f"{name}: restarts"] += 1
        self.outcome.tally[f"{name}: acknowledged in the last moment, told nobody"] += self._ledger.end_life()

    # What is looked at

    async def _all_back(self, api: httpx2.AsyncClient, began: float, *, is_first: bool = False) -> None:
        """Each within its back-off, in the epochs that the server tells."""
        epochs = {channel: (await _ask(api, "history", channel=channel))["epoch"] for channel in (*ROOMS, EVERYBODY)}
        longest = max(talker.back_off for talker in self._talkers) + PATIENCE
        await self._until(lambda: all(each.is_in(epochs) for each in self._talkers), "client that is back", longest)
        for talker in () if is_first else self._talkers:
            waited = max(0.0, talker.came - began)
            self.outcome.returns.append(waited)
            self.outcome.beyond.append(max(0.0, waited - talker.back_off))
            if waited > talker.back_off + self._plan.work:
                talker.fault(f"was back after {waited:.1f} s, with a back-off of {talker.back_off:.1f} s")

    async def _all_told(self) -> None:
        """What has been acknowledged by now reaches all who listened, while everybody talks on."""
        wanted = left = list(self._ledger.acknowledged)

        def is_told() -> bool:
            nonlocal left
            left = self._ledger.missing(left, self._standing())
            return not left

        await self._until(is_told, "publication at every subscriber")
        self._ledger.acknowledged.difference_update(wanted)
        self.outcome.tally["acknowledged, and told every subscriber"] += len(wanted)

    def _standing(self) -> Standing:
        standing: Standing = {}
        for talker in self._talkers:
            for channel, place in talker.places.items():
                standing.setdefault(channel, []).append(place)
        return standing

    async def _until(self, condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
        """Wait until it holds; where it does not, that is a fault, and all goes on."""
        deadline = time.monotonic() + patience
        while not condition():
            if time.monotonic() > deadline:
                self._ledger.faults.append(f"no {what} after {patience:.0f} s")
                return
            await asyncio.sleep(0.02)

    # What a backend does

    async def _publish(self, api: httpx2.AsyncClient) -> None:
        for number in count(1):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), self._random.uniform(0, self._plan.pause / 15))
                return
            channel, data = self._random.choice([*ROOMS, EVERYBODY]), f"backend.{number}"
            try:
                place = await _ask(api, "publish", channel=channel, data=data)
            except httpx2.HTTPError as error:
                self.outcome.tally[f"API: {type(error).__name__}"] += 1
            else:
                self.outcome.tally["API: publish"] += 1
                self._ledger.acknowledge(data, (channel, place["epoch"], place["offset"]))


async def _ask(api: httpx2.AsyncClient, method: str, **params: Any) -> Any:
    response = await api.post(f"/api/{method}", json=params)
    return response.raise_for_status().json()["result"]


async def _until_nobody_is_left(api: httpx2.AsyncClient) -> None:
    while True:
        (node,) = (await _ask(api, "info"))["nodes"]
        if not node.get("num_clients"):
            return
        await asyncio.sleep(0.05)
