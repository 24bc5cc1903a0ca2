"""Services by name: started when asked for, begun anew when they fail, given up when they fail too often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from hubbub import Actor, ActorStopped, Misuse, Peer, Supervisor, Watcher, handles, testing, unwatch, watch
from hubbub.testing import ManualClock


class Ears(Watcher):
    """Keeps the failures that it is told of."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.told.append(f"{peer}: {error!r}")


@pytest.fixture
def told() -> Iterator[list[str]]:
    ears = Ears()
    watch(ears)
    yield ears.told
    unwatch(ears)


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


log: list[str] = []


@pytest.fixture(autouse=True)
def _new_log() -> None:
    log.clear()


class Counter(Actor):
    """Counts, and fails at zero."""

    refuses = False

    def __init__(self, number: int = 0) -> None:
        self.number = number
        log.append("made")

    def started(self) -> None:
        log.append("started")
        self.run_interval(1, log.append, "tick")

    def restarting(self) -> None:
        log.append("restarting")
        self.number = 0

    def stopping(self) -> bool:
        return not self.refuses

    async def stopped(self) -> None:
        log.append("stopped")

    @handles(int)
    async def divide(self, by: int) -> int:
        self.number += 1
        await asyncio.sleep(0)
        1 / by
        return self.number

    @handles(str)
    def refuse(self, message: str) -> None:
        self.refuses = True


async def fail(address: object) -> None:
    with pytest.raises(ActorStopped, match="Counter stopped or failed before it replied"):
        await address.send(0)  # type: ignore[attr-defined]


async def test_it_is_started_when_it_is_asked_for_and_once() -> None:
    services = Supervisor()
    assert (Counter in services, len(services)) == (False, 0)
    address = services.get(Counter)
    assert services.get(Counter) == address
    assert [await address.send(1), await services.get(Counter).send(1)] == [1, 2]
    assert (Counter in services, len(services), log) == (True, 1, ["made", "started"])
    await services.stop()
    assert (Counter in services, len(services), log) == (False, 0, ["made", "started", "stopped"])


async def test_several_of_one_class_have_names() -> None:
    services = Supervisor()
    first, second = services.get(Counter, "first"), services.get(lambda: Counter(40), "second")
    assert (await first.send(1), await second.send(1)) == (1, 41)
    assert services.get(Counter, "first") == first != second
    await services.stop()


async def test_one_that_fails_begins_anew_and_what_waits_waits_on(told: list[str], clock: ManualClock) -> None:
    services = Supervisor()
    address = services.get(Counter)
    await address.send(1)
    asking = [asyncio.create_task(address.send(by)) for by in (0, 1, 2)]
    await clock.advance(1.5)
    with pytest.raises(ActorStopped):
        await asking[0]
    assert [await asking[1], await asking[2]] == [1, 2]
    assert log == ["made", "started", "restarting", "started", "tick"]
    assert told == ["Counter: ZeroDivisionError('division by zero')"]
    assert (services.get(Counter), address.is_open) == (address, True)
    await services.stop()
    assert log[-1] == "stopped"


async def test_one_that_fails_too_often_is_given_up_and_asking_makes_a_new_one(
    told: list[str], clock: ManualClock
) -> None:
    services = Supervisor(restarts=2, within=10)
    address = services.get(Counter)
    for _ in range(2):
        await fail(address)
    await clock.advance(10.1)
    for _ in range(3):
        assert address.is_open
        await fail(address)
    await settle()
    assert (address.is_open, Counter in services, len(told)) == (False, False, 5)
    assert log[-1] == "stopped"
    assert await services.get(Counter).send(1) == 1
    assert log.count("made") == 2
    await services.stop()


async def test_one_that_fails_when_it_begins_anew_is_given_up(told: list[str]) -> None:
    class Hopeless(Counter):
        def restarting(self) -> None:
            raise LookupError("no")

    services = Supervisor()
    address = services.get(Hopeless)
    with pytest.raises(ActorStopped):
        await address.send(0)
    await settle()
    assert (address.is_open, len(services), log) == (False, 0, ["made", "started", "stopped"])
    assert told == [
        "Hopeless: ZeroDivisionError('division by zero')", "Hopeless: LookupError('no')"
    ]  # fmt: skip


async def test_one_that_is_stopped_while_it_begins_anew_is_over(clock: ManualClock) -> None:
    class Slow(Counter):
        async def restarting(self) -> None:  # type: ignore[override]
            await asyncio.Event().wait()

    services = Supervisor()
    address = services.get(Slow)
    with pytest.raises(ActorStopped):
        await address.send(0)
    await settle()
    address.stop()
    await clock.advance(6)
    assert (address.is_open, log) == (False, ["made", "started", "stopped"])


async def test_one_that_stops_stays_stopped() -> None:
    services = Supervisor()
    address = services.get(Counter)
    await address.send(1)
    address.stop()
    await settle()
    assert (len(services), address.is_open, log) == (0, False, ["made", "started", "stopped"])


async def test_one_that_is_stopped_before_its_task_begins_never_ran(told: list[str]) -> None:
    services = Supervisor()
    services.get(Counter).stop()
    await settle()
    assert (len(services), log, told) == (0, ["made"], [])


class Slow(Actor):
    """Takes its time to end."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def stopped(self) -> None:
        await self.may_end.wait()
        log.append("ended")


async def test_one_that_is_still_ending_is_waited_for_though_another_has_its_name() -> None:
    services = Supervisor()
    first = Slow()
    address = services.get(lambda: first, "slow")
    await settle()
    address.stop()
    await settle()
    second = services.get(Counter, "slow")
    stopping = asyncio.create_task(services.stop())
    await settle()
    assert (second.is_open, stopping.done()) == (False, False)
    first.may_end.set()
    await stopping
    assert (log[-1], len(services)) == ("ended", 0)


async def test_those_that_refuse_to_stop_are_cancelled_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.sockets.supervisor.GRACE", 0.01)
    services = Supervisor()
    async with services.lifespan(None):
        await services.get(Counter).send("refuse")
        await services.get(Counter, "other").send(1)
    assert (len(services), log.count("stopped")) == (0, 2)
    await services.stop()


@pytest.mark.parametrize(("restarts", "within"), [(-1, 60), (1, 0)])
def test_bounds_that_make_no_sense_are_a_misuse(restarts: int, within: float) -> None:
    with pytest.raises(Misuse, match="restarts must be"):
        Supervisor(restarts, within)


def test_without_an_event_loop_it_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="start Counter on the event loop"):
        Supervisor().get(Counter)
