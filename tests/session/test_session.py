"""A session's jobs: one at a time, in order, and its end behind them; what becomes of a failure."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from functools import partial

from hubbub import testing
from hubbub.session.hooks import Visit
from hubbub.session.session import BURST, Session
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house, talkers


async def _note(notes: list[str], word: str, gate: asyncio.Event | None = None) -> None:
    if gate is not None:
        await gate.wait()
    notes.append(word)


async def test_jobs_run_on_the_spot_while_none_waits_and_in_order_behind_one_that_does() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        notes: list[str] = []
        gate = asyncio.Event()
        ann.session.submit(partial(_note, notes, "at once"))
        assert notes == ["at once"]
        ann.session.submit(partial(_note, notes, "late", gate))
        ann.session.submit(partial(_note, notes, "behind it"))
        assert notes == ["at once"]
        gate.set()
        await ann.hear()
        assert notes == ["at once", "late", "behind it"]


async def test_a_job_that_a_job_asks_for_comes_behind_it() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        notes: list[str] = []

        async def outer() -> None:
            ann.session.submit(partial(_note, notes, "inner"))
            notes.append("outer")

        ann.session.submit(outer)
        assert notes == ["outer", "inner"]


async def test_a_job_that_fails_stops_no_other() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        notes: list[str] = []

        async def fail() -> None:
            raise ValueError("now")

        async def fail_late() -> None:
            await asyncio.sleep(0)
            raise ValueError("later")

        for job in (fail, fail_late, partial(_note, notes, "goes on")):
            ann.session.submit(job)
        await ann.hear()
        assert notes == ["goes on"]


async def test_behind_the_end_no_job_runs_and_an_end_counts_once() -> None:
    async with open_house() as shared:
        talker = await Talker(shared).connect("ann")
        talker.session.disconnect(3000, "one")
        talker.session.disconnect(3001, "two")
        talker.session.on_closed(3000, "three")
        notes: list[str] = []
        talker.session.submit(partial(_note, notes, "never"))
        await talker.hear()
        assert notes == []
        assert talker.link.closed == (3000, "one")
        assert shared.hooks.told == [("disconnected", 3000, "one")]  # type: ignore[attr-defined]


async def test_an_ended_session_is_freed_without_the_collector() -> None:
    async with open_house() as shared:
        talker = await Talker(shared).connect("ann")
        await talker.subscribe("chat:a")
        await talker.hear()
        alive: weakref.ref[Session] = weakref.ref(talker.session)
        gc.disable()
        try:
            talker.session.on_closed(3000, "connection closed")
            await talker.hear()
            del talker
            assert alive() is None
        finally:
            gc.enable()


def _many(count: int) -> str:
    commands = [{"id": n, "rpc": {"method": "echo", "data": n}} for n in range(2, count + 2)]
    return "\n".join(json.dumps(command) for command in commands)


async def test_a_frame_of_very_many_commands_lets_others_have_their_turn() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        many = 5 * BURST
        answered = []
        ann.session.receive([_many(many)])
        assert ann.link.is_paused
        while len(ann.link.sent) < many:
            answered.append(len(ann.link.sent))
            await asyncio.sleep(0)
        answered.append(many)
        assert answered == [*range(BURST, many, BURST), many]
        assert [message["id"] for message in await ann.hear()] == [*range(2, many + 2)]
        assert not ann.link.is_paused


async def test_what_is_left_of_a_frame_when_the_client_is_gone_is_not_done() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive([_many(5 * BURST)])
        ann.session.on_closed(3000, "connection closed")
        assert len(await ann.hear()) == BURST


class _SlowRefresh(OpenHooks):
    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def refresh(self, client: Visit, token: str) -> float:
        await self.gate.wait()
        return 1e12


async def test_who_ends_while_the_app_is_asked_how_long_it_may_stay_leaves_no_timer() -> None:
    with testing.manual_clock() as clock:
        hooks = _SlowRefresh()
        async with open_house(hooks) as shared:
            before = len(clock)
            talker = await Talker(shared).connect("ann")
            talker.session.refreshes_itself = True
            talker.session.live_until(1.0)
            await clock.advance(0.2)
            talker.session.on_closed(3000, "connection closed")
            hooks.gate.set()
            await talker.hear()
            assert len(clock) == before


async def test_one_whose_end_comes_in_the_middle_of_something_ends_behind_it() -> None:
    hooks = OpenHooks()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.session.on_closed(3008, "slow")
        assert (ann.session.is_closed, hooks.told) == (True, [])
        await ann.hear()
        assert hooks.told == [("disconnected", 3008, "slow")]


async def test_what_stands_behind_the_end_in_a_frame_is_dropped() -> None:
    async with open_house() as shared:
        ann = await Talker(shared).connect()
        lines = ["{}", *(BURST - 1) * ['{"id":1,"rpc":{}}']]  # a pong that nobody has asked for
        ann.session.receive(["\n".join(lines)])
        assert await ann.hear() == []
        assert ann.link.closed == (3501, "bad request")
        assert not ann.link.is_paused


async def test_a_job_that_is_cancelled_before_it_waits_stops_no_other() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        notes: list[str] = []

        async def cancel() -> None:
            raise asyncio.CancelledError

        ann.session.submit(cancel)
        ann.session.submit(partial(_note, notes, "behind it"))
        assert notes == ["behind it"]
