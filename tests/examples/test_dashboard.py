"""The dashboard: real figures, the last minute for who comes late, and no sample twice or too few."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from typing import Any

import psutil
from websockets.asyncio.client import ClientConnection, connect

from tests.serving import Server

TIMEOUT = 10.0
KEYS = {"at", "cpu", "memory", "sent", "received", "viewers"}


async def hear(client: ClientConnection) -> list[dict[str, Any]]:
    """The samples of the next message."""
    samples: list[dict[str, Any]] = json.loads(await asyncio.wait_for(client.recv(), TIMEOUT))
    return samples


async def test_the_figures_are_this_machines(dashboard: Server) -> None:
    async with connect(dashboard.url("/figures")) as client:
        await hear(client)
        [sample] = await hear(client)
    assert sample.keys() == KEYS
    assert abs(sample["at"] - time.time()) < 5
    assert abs(sample["memory"] - psutil.virtual_memory().percent) < 20
    assert 0 <= sample["cpu"] <= 100
    assert sample["sent"] >= 0
    assert sample["viewers"] >= 1


async def test_who_comes_late_gets_what_was_at_once_and_then_what_comes(dashboard: Server) -> None:
    async with connect(dashboard.url("/figures")) as first:
        seen = await hear(first)
        for _ in range(3):
            seen += await hear(first)
        async with connect(dashboard.url("/figures")) as late:
            caught_up = await hear(late)
            for _ in range(2):
                caught_up += await hear(late)
        for _ in range(2):
            seen += await hear(first)
    assert len({sample["at"] for sample in caught_up}) == len(caught_up)
    assert caught_up == seen[: len(caught_up)]
    assert len(caught_up) >= 5
    spans = [b["at"] - a["at"] for a, b in pairwise(caught_up)]
    assert all(0 < span < 5 for span in spans)


async def test_one_sampler_serves_all(dashboard: Server) -> None:
    async with connect(dashboard.url("/figures")) as one, connect(dashboard.url("/figures")) as other:
        await hear(one)
        await hear(other)
        assert await hear(one) == await hear(other)
