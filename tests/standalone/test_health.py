"""Two endpoints that ask, and tell by name what is not well."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from starlette.applications import Starlette

from hubbub.errors import BrokerError
from hubbub.settings.options import Health
from hubbub.standalone import health


async def well() -> None:
    """It is."""


async def not_well() -> None:
    raise BrokerError("out of reach")


async def not_ready() -> bool:
    return False


async def silent() -> None:
    await asyncio.Event().wait()


async def ask(path: str, alive: dict[str, health.Question], ready: dict[str, health.Question]) -> httpx2.Response:
    app = Starlette(routes=health.routes(Health(), alive, ready))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://testserver") as client:
        return await client.get(path)


async def test_all_is_well() -> None:
    for path in ("/health", "/ready"):
        answer = await ask(path, {"engine": well}, {"keys": well})
        assert (answer.status_code, answer.json(), answer.headers["cache-control"]) == (200, {}, "no-store")


async def test_what_is_not_is_named() -> None:
    answer = await ask("/health", {"engine": not_well, "other": well}, {})
    assert (answer.status_code, answer.json()) == (503, {"failing": ["engine"]})


async def test_what_is_not_ready_lives() -> None:
    assert (await ask("/health", {"engine": well}, {"keys": not_ready})).status_code == 200
    answer = await ask("/ready", {"engine": well}, {"keys": not_ready})
    assert (answer.status_code, answer.json()) == (503, {"failing": ["keys"]})


async def test_what_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "TIMEOUT", 0.01)
    assert (await ask("/health", {"engine": silent}, {})).json() == {"failing": ["engine"]}
