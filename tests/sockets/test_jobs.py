"""A timer of an actor, against an owner that writes down what it is told; whole actors are in `test_context.py`."""

from __future__ import annotations

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest

from hubbub import testing
from hubbub.sockets.jobs import Job
from hubbub.testing import ManualClock


class Owner:
    """Writes down."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.tasks: list[Task[Any]] = []

    def forget(self, job: Job) -> None:
        self.told.append("over")

    def fail(self, error: Exception) -> None:
        self.told.append(type(error))

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> Task[Any]:
        self.tasks.append(asyncio.create_task(coroutine))
        return self.tasks[-1]


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


async def test_once_is_once_and_over(clock: ManualClock) -> None:
    owner = Owner()
    Job(owner, None, owner.told.append, ("fired",)).arm(1)
    await clock.advance(0.9)
    assert owner.told == []
    await clock.advance(5)
    assert owner.told == ["over", "fired"]


async def test_again_and_again_until_it_is_cancelled(clock: ManualClock) -> None:
    owner = Owner()
    job = Job(owner, 1, owner.told.append, ("fired",))
    job.arm(1)
    await clock.advance(3.5)
    job.cancel()
    await clock.advance(3.5)
    assert owner.told == ["fired"] * 3 + ["over"]
    assert len(clock) == 0


async def test_what_it_raises_is_its_owners(clock: ManualClock) -> None:
    owner = Owner()
    Job(owner, 1, lambda: 1 / 0, ()).arm(1)
    await clock.advance(1.5)
    assert owner.told == [ZeroDivisionError]


async def test_an_async_one_is_spawned_and_not_while_the_last_still_waits(clock: ManualClock) -> None:
    owner, gate = Owner(), asyncio.Event()
    Job(owner, 1, gate.wait, ()).arm(1)
    await clock.advance(3.5)
    assert len(owner.tasks) == 1
    gate.set()
    await clock.advance(2)
    assert len(owner.tasks) == 3
