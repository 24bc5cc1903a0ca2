"""The response: what it refuses, what it says first, and where values come from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from starlette.background import BackgroundTask

from hubbub import Binary, Broadcast, Closed, ConnectionLost, Counts, Event, EventStream, Lagged, Limits, Misuse, Text
from hubbub.sockets.sse import as_event
from tests.events.doubles import Call, settle
from tests.events.ears import Ears, listening
from tests.events.parser import Dispatched


@pytest.fixture
def values() -> Broadcast[Any]:
    return Broadcast(5)


class Answering:
    """A response on its way."""

    def __init__(self, response: EventStream, **headers: str) -> None:
        self.call = Call(**headers)
        self.task = asyncio.create_task(response(self.call.scope, self.call.receive, self.call.send))

    async def end(self) -> None:
        """The client leaves."""
        self.call.gone.set()
        await asyncio.wait_for(self.task, 5)

    @property
    def data(self) -> list[str]:
        """Of the events so far."""
        return [event.data for event in self.call.parsed().events]


async def numbers(count: int) -> AsyncIterator[str]:
    for n in range(count):
        yield str(n)


# What becomes of values


@pytest.mark.parametrize(
    ("value", "event"),
    [
        ("text", "text"),
        (Text("text"), "text"),
        (b"bytes", "bytes"),
        (Binary(b"bytes"), "bytes"),
        (Event("e"), Event("e")),
        (Lagged(2), Event('{"missed":2}', event="lagged")),
        (Lagged(2, exact=False), Event('{"missed":2,"exact":false}', event="lagged")),
    ],
)
def test_values_that_are_events_by_themselves(value: object, event: object) -> None:
    assert as_event(value) == event


def test_others_need_a_function() -> None:
    with pytest.raises(Misuse, match=r"to_event=Event\.json"):
        as_event({"x": 1})


# The response


async def test_its_headers(values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values, headers={"X-Own": "1", "Cache-Control": "no-store"}))
    await settle()
    assert answering.call.status == 200
    assert answering.call.headers == {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
        "x-own": "1",
    }
    await answering.end()


@pytest.mark.parametrize("accept", ["text/event-stream", "text/html, TEXT/Event-Stream;q=0.5", "*/*", "text/*", ""])
async def test_what_it_answers(values: Broadcast[Any], accept: str) -> None:
    answering = Answering(EventStream(values), accept=accept)
    await settle()
    assert answering.call.status == 200
    await answering.end()


async def test_what_it_refuses(values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values), accept="text/html, application/json")
    await answering.end()
    assert answering.call.status == 406
    assert b"text/event-stream" in answering.call.bodies[0]


async def test_a_head_request_gets_a_head(values: Broadcast[Any]) -> None:
    call = Call("HEAD")
    await EventStream(values)(call.scope, call.receive, call.send)
    assert (call.status, call.bodies) == (200, [b""])
    assert values.receiver_count == 0


async def test_a_closed_broadcast_tells_browsers_not_to_come_back(values: Broadcast[Any]) -> None:
    values.send("last")
    before = values.id_at(0)
    values.close()
    answering = Answering(EventStream(values))
    await answering.end()
    assert (answering.call.status, answering.call.bodies) == (204, [b""])
    answering = Answering(EventStream(values), last_event_id=before)  # who missed something gets it first
    await asyncio.wait_for(answering.task, 5)
    assert (answering.data, answering.call.is_complete) == (["last"], True)


async def test_a_background_task_runs_behind_it(values: Broadcast[Any]) -> None:
    ran = asyncio.Event()

    async def note() -> None:
        ran.set()

    answering = Answering(EventStream(values, background=BackgroundTask(note)))
    await settle()
    assert not ran.is_set()
    await answering.end()
    assert ran.is_set()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"throttle": 0}, "throttle is in seconds"),
        ({"keep_alive": -1}, "keep_alive is in seconds"),
        ({"retry": float("nan")}, "retry is in seconds"),
        ({"on_lag": "wait"}, "on_lag is"),
        ({"to_event": "price"}, "to_event takes a plain function, .* not 'price'"),
        ({"to_event": asyncio.sleep}, "to_event takes a plain function, .* not an async function"),
    ],
)
def test_wrong_use_says_what_is_right(values: Broadcast[Any], options: dict[str, Any], told: str) -> None:
    with pytest.raises(Misuse, match=told):
        EventStream(values, **options)


def test_wrong_sources_too(values: Broadcast[Any]) -> None:
    with pytest.raises(Misuse, match="an async iterable, not \\['a'\\]"):
        EventStream(["a"])  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="throttle needs a Broadcast"):
        EventStream(numbers(1), throttle=1)


# From a broadcast


async def test_from_when_it_was_made_on(values: Broadcast[Any]) -> None:
    values.send("before")
    response = EventStream(values, Event.json)
    values.send({"n": 1})
    answering = Answering(response)
    await settle()
    values.send({"n": 2})
    await settle()
    assert answering.call.parsed().events == [
        Dispatched("message", '{"n":1}', values.id_at(2)),
        Dispatched("message", '{"n":2}', values.id_at(3)),
    ]
    assert answering.call.parsed().retry == 3000
    await answering.end()
    assert (values.receiver_count, values._audience.count) == (0, 0)


async def test_a_client_that_comes_back_gets_what_it_missed(values: Broadcast[Any]) -> None:
    first = Answering(EventStream(values))
    await settle()
    last_id = first.call.parsed().last_id  # known though there was no event
    await first.end()
    values.send("a")
    values.send("b")
    again = Answering(EventStream(values), last_event_id=last_id)
    await settle()
    values.send("c")
    await settle()
    assert again.data == ["a", "b", "c"]
    await again.end()


async def test_and_is_told_what_is_no_longer_kept(values: Broadcast[Any]) -> None:
    for n in range(8):
        values.send(str(n))
    answering = Answering(EventStream(values), last_event_id=values.id_at(1))
    await settle()
    assert answering.data == ['{"missed":2}', "3", "4", "5", "6", "7"]
    assert answering.call.parsed().events[0].type == "lagged"
    await answering.end()


@pytest.mark.parametrize(
    "last_id", ["0badcafe-3", "nonsense", "-", "{epoch}-999", "{epoch}--1", "{epoch}-1e3", "{epoch}-٣"]
)
async def test_an_id_of_another_process_is_recognized(values: Broadcast[Any], last_id: str) -> None:
    for n in range(7):
        values.send(str(n))
    epoch = values.last_id.partition("-")[0]
    response = EventStream(values)
    values.send("7")
    call = Call()
    call.scope["headers"] = [(b"last-event-id", last_id.format(epoch=epoch).encode())]
    task = asyncio.create_task(response(call.scope, call.receive, call.send))
    await settle()
    events = call.parsed().events
    assert [event.data for event in events] == ['{"missed":3,"exact":false}', "3", "4", "5", "6", "7"]
    call.gone.set()
    await asyncio.wait_for(task, 5)


async def test_how_lag_is_told_is_a_function_s_to_say(values: Broadcast[Any]) -> None:
    for n in range(8):
        values.send(n)
    response = EventStream(values, Event.json, on_lag=lambda lagged: f"sorry for {lagged.missed}")
    answering = Answering(response, last_event_id=values.id_at(1))
    await settle()
    assert answering.data == ["sorry for 2", "3", "4", "5", "6", "7"]
    await answering.end()


async def test_or_not_told(values: Broadcast[Any]) -> None:
    for n in range(8):
        values.send(str(n))
    answering = Answering(EventStream(values, on_lag="skip"), last_event_id=values.id_at(1))
    await settle()
    assert answering.data == ["3", "4", "5", "6", "7"]
    await answering.end()


@pytest.mark.parametrize("on_lag", ["report", "close"])
async def test_lag_while_it_runs(values: Broadcast[Any], on_lag: Any) -> None:
    answering = Answering(EventStream(values, on_lag=on_lag, limits=Limits(close_timeout=0.1)))
    await settle()
    answering.call.gate.clear()
    values.send("taken")
    await settle()
    values.send("x" * 100_000)
    await settle()  # the wire has enough
    for n in range(7):
        values.send(str(n))
        await settle()
    answering.call.gate.set()
    await settle()
    if on_lag == "report":
        assert answering.data == ["taken", "x" * 100_000, '{"missed":2}', "2", "3", "4", "5", "6"]
        await answering.end()
    else:
        await asyncio.wait_for(answering.task, 5)
        assert not answering.call.is_complete


async def test_events_with_ids_of_their_own(values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values, numbered=False, retry=None), last_event_id="order-17")
    await settle()
    assert answering.call.bodies == []
    values.send(Event("paid", id="order-18"))
    await settle()
    assert answering.call.bodies == [b"data: paid\nid: order-18\n\n"]
    await answering.end()


async def test_throttled(values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values, throttle=60))
    await settle()
    for n in range(3):
        values.send(str(n))
        await settle()
    assert answering.data == ["0"]
    values.close()
    await asyncio.wait_for(answering.task, 5)
    assert answering.data == ["0", "2"]


async def test_a_reader_goes_on_where_it_stands(values: Broadcast[Any]) -> None:
    reader = values.subscribe()
    values.send("a")
    values.send("b")
    assert await reader.receive() == "a"
    answering = Answering(EventStream(reader))
    await settle()
    assert answering.data == ["b"]
    await answering.end()


async def test_the_end_of_the_broadcast_is_the_end(values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values))
    await settle()
    values.send("last")
    values.close()
    await asyncio.wait_for(answering.task, 5)
    assert (answering.data, answering.call.is_complete) == (["last"], True)


# From an iterable


async def test_its_end_is_the_end() -> None:
    answering = Answering(EventStream(numbers(3)))
    await asyncio.wait_for(answering.task, 5)
    assert answering.data == ["0", "1", "2"]
    assert b"id:" not in b"".join(answering.call.bodies)
    assert answering.call.is_complete


async def test_it_is_closed_when_the_client_leaves() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[str]:
        try:
            yield "one"
            await asyncio.sleep(3600)
        finally:
            closed.set()

    answering = Answering(EventStream(endless()))
    await settle()
    await answering.end()
    assert closed.is_set()


async def test_it_is_asked_for_no_more_than_the_client_takes() -> None:
    asked = 0

    async def endless() -> AsyncIterator[str]:
        nonlocal asked
        while True:
            asked += 1
            yield "x" * 1000
            await asyncio.sleep(0)

    answering = Answering(EventStream(endless(), limits=Limits(outbox_messages=10)))
    await settle()
    answering.call.gate.clear()
    for _ in range(300):
        await asyncio.sleep(0)
    assert asked < 200
    await answering.end()


async def test_its_error_comes_out() -> None:
    async def broken() -> AsyncIterator[str]:
        yield "one"
        raise ValueError("broken")

    answering = Answering(EventStream(broken()))
    with pytest.raises(ValueError, match="broken"):
        await asyncio.wait_for(answering.task, 5)
    assert answering.data == ["one"]


async def test_an_iterator_without_an_end_to_call_will_do() -> None:
    class Countdown:
        def __init__(self) -> None:
            self.left = 2

        def __aiter__(self) -> Countdown:
            return self

        async def __anext__(self) -> str:
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return str(self.left)

    answering = Answering(EventStream(Countdown()))
    await asyncio.wait_for(answering.task, 5)
    assert answering.data == ["1", "0"]


async def test_a_server_that_cancels_ends_all(values: Broadcast[Any]) -> None:
    for source in (values, numbers(1)):
        answering = Answering(EventStream(source))
        await settle()
        answering.task.cancel()
        await asyncio.wait([answering.task])
    await settle()
    assert values.receiver_count == 0
    assert len(asyncio.all_tasks()) == 1


# What watchers hear


@pytest.fixture
def ears() -> Iterator[Ears]:
    with listening() as ears:
        yield ears


async def test_a_stream_is_told_of_from_its_head_to_its_end(ears: Ears, values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values))
    answering.call.gate.clear()
    await settle()
    assert not ears.told  # its head has not gone
    answering.call.gate.set()
    await settle()
    values.send("a")
    values.send("b")
    assert [(live.peer.transport, live.counts) for live in ears.live.values()] == [("sse", Counts())]
    await settle()
    assert [live.counts for live in ears.live.values()] == [Counts(sent=2)]
    await answering.end()
    assert ears.told == [("opened", "sse"), ("closed", "sse")]
    assert (ears.end, ears.counts) == ((ConnectionLost, 1006, "the connection was lost"), [Counts(sent=2)])


async def test_one_that_has_said_all_ends_well(ears: Ears) -> None:
    await asyncio.wait_for(Answering(EventStream(numbers(3))).task, 5)
    assert (ears.end, ears.counts) == ((Closed, 1000, ""), [Counts(sent=3)])


async def test_one_whose_source_fails_has_an_internal_error(ears: Ears) -> None:
    async def broken() -> AsyncIterator[str]:
        yield "one"
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await asyncio.wait_for(Answering(EventStream(broken())).task, 5)
    assert (ears.end, *map(str, ears.errors)) == ((Closed, 1011, "internal error"), "broken")


async def test_one_that_the_server_cancels_is_closed_too(ears: Ears, values: Broadcast[Any]) -> None:
    answering = Answering(EventStream(values))
    await settle()
    answering.task.cancel()
    await asyncio.wait([answering.task])
    assert ears.end == (Closed, 1001, "")


async def test_a_response_that_is_no_stream_is_none_to_watchers_either(ears: Ears, values: Broadcast[Any]) -> None:
    head = Call("HEAD")
    await EventStream(values)(head.scope, head.receive, head.send)
    await Answering(EventStream(values), accept="text/html").end()
    values.close()
    await Answering(EventStream(values)).end()
    assert not ears.told
