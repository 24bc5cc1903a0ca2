"""A stream above its wire: one encoding for many, its bound, its keep-alive, its end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubbub import (
    Broadcast,
    Closed,
    ConnectionLost,
    Counts,
    Event,
    Lagged,
    Misuse,
    Peer,
    TooSlow,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.sockets.body import Body
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import Made, Stream, check_seconds, shared_kind
from tests.events.doubles import ListWire, make_stream, settle
from tests.events.ears import Ears, listening


@pytest.fixture
def values() -> Broadcast[Any]:
    return Broadcast(5)


@pytest.fixture
def lags() -> Iterator[list[int]]:
    heard: list[int] = []

    class Listener(Watcher):
        def lagged(self, peer: Peer, missed: int) -> None:
            heard.append(missed)

    listener = Listener()
    watch(listener)
    yield heard
    unwatch(listener)


# Kinds


def test_streams_that_make_the_same_of_one_source_share_a_kind(values: Broadcast[Any]) -> None:
    kind = shared_kind(Body, values, True, as_event)
    assert shared_kind(Body, values, True, as_event) is kind
    assert shared_kind(Body, values, False, as_event) is not kind
    assert shared_kind(Body, values, True, Event.json) is not kind
    assert shared_kind(Body, Broadcast(), True, as_event) is not kind
    assert shared_kind(Body, None, False, as_event) is not shared_kind(Body, None, False, as_event)


def test_a_kind_goes_with_its_last_stream(values: Broadcast[Any]) -> None:
    made: list[object] = []

    def to_event(value: object) -> str:
        made.append(value)
        return ""

    shared_kind(Body, values, True, to_event)
    gc.collect()
    assert shared_kind(Body, values, True, to_event)._newest == (-1, 0, b"")


async def test_a_value_is_made_an_event_once_for_all_who_keep_up(values: Broadcast[Any]) -> None:
    made: list[object] = []

    def to_event(value: int) -> str:
        made.append(value)
        return f"no. {value}"

    kind = shared_kind(Body, values, True, to_event)
    wires = [ListWire(kind) for _ in range(3)]
    flows = [values.subscribe().forward(make_stream(wire)) for wire in wires]
    for flow in flows:
        flow.open(lambda: None)
    values.send(7)
    values.send(8)
    await settle()
    assert made == [7, 8]
    expected = f"data: no. 7\nid: {values.id_at(1)}\n\ndata: no. 8\nid: {values.id_at(2)}\n\n".encode()
    assert [b"".join(wire.blocks) for wire in wires] == [expected] * 3
    for flow in flows:
        flow.close()


async def test_what_cannot_be_an_event_is_reported_and_costs_nobody_else(values: Broadcast[Any]) -> None:
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    wire = ListWire(shared_kind(Body, values, True, as_event))
    flow = values.subscribe().forward(make_stream(wire))
    flow.open(lambda: None)
    for value in ("a", {"x": 1}, "b", "\ud800", b"\xff", b"bytes"):
        values.send(value)
    await settle()
    assert [(event.data, event.last_id) for event in wire.parsed().events] == [
        ("a", values.id_at(1)),
        ("b", values.id_at(3)),
        ("bytes", values.id_at(6)),
    ]
    assert [type(context["exception"]).__name__ for context in told] == [
        "Misuse", "UnicodeEncodeError", "UnicodeDecodeError"
    ]  # fmt: skip
    flow.close()


async def test_values_can_be_left_out(values: Broadcast[Any]) -> None:
    wire = ListWire(Body(lambda value: str(value) if value % 2 else None, values, True))
    flow = values.subscribe().forward(make_stream(wire))
    flow.open(lambda: None)
    for value in range(4):
        values.send(value)
    await settle()
    assert [event.data for event in wire.parsed().events] == ["1", "3"]
    flow.close()


async def test_a_broadcast_of_events_cannot_go_to_sockets_too(values: Broadcast[Any]) -> None:
    socket, _ = testing.pair()
    to_stream = values.subscribe().forward(make_stream(ListWire()))
    to_stream.open(lambda: None)
    values.send(Event("fine"))
    to_socket = values.subscribe().forward(socket)
    to_socket.open(lambda: None)
    with pytest.raises(Misuse, match="not Event"):
        values.send(Event("not so"))
    to_stream.close()
    to_socket.close()


# A slow reader


async def test_a_slow_reader_is_told_in_the_place_of_what_it_missed(values: Broadcast[Any], lags: list[int]) -> None:
    wire = ListWire(shared_kind(Body, values, True, as_event))
    stream = make_stream(wire)
    flow = values.subscribe().forward(stream, lambda lagged: Made(as_event(lagged)))
    flow.open(lambda: None)
    stream.on_blocked()
    for n in range(8):
        values.send(str(n))
        await settle()
    assert wire.blocks == []
    stream.on_unblocked()
    await settle()
    assert [event.data for event in wire.parsed().events] == ['{"missed":3}', "3", "4", "5", "6", "7"]
    assert lags == [3]
    flow.close()


async def test_or_is_closed(values: Broadcast[Any], lags: list[int]) -> None:
    wire = ListWire()
    stream = make_stream(wire)
    flow = values.subscribe().forward(stream, "close")
    flow.open(stream.end)
    stream.on_blocked()
    for n in range(6):
        values.send(str(n))
        await settle()
    assert (stream.is_over, stream.is_lost, wire.is_aborted, lags) == (True, True, True, [1])
    flow.close()


async def test_sending_waits_while_the_outbox_is_full() -> None:
    wire = ListWire()
    stream = make_stream(wire, outbox_messages=2)
    stream.on_blocked()
    sending = asyncio.create_task(_send(stream, 3))
    await settle()
    assert not sending.done()
    stream.on_unblocked()
    await asyncio.wait_for(sending, 5)
    await settle()
    assert [event.data for event in wire.parsed().events] == ["0", "1", "2"]


async def _send(stream: Any, count: int) -> None:
    for n in range(count):
        await stream.send(str(n))


# Keep-alive


async def test_a_comment_is_written_after_so_much_silence() -> None:
    with testing.manual_clock() as clock:
        wire = ListWire()
        stream = make_stream(wire, keep_alive=15)
        await clock.advance(14.9)
        assert wire.blocks == []
        await clock.advance(15.2)
        assert wire.blocks == [b":\n\n"]
        await clock.advance(15.2)
        assert wire.blocks == [b":\n\n"] * 2
        stream.close()
        assert len(clock) == 0


async def test_an_event_puts_it_off(values: Broadcast[Any]) -> None:
    with testing.manual_clock() as clock:
        wire = ListWire(shared_kind(Body, values, False, as_event))
        stream = make_stream(wire, keep_alive=15)
        flow = values.subscribe().forward(stream)
        flow.open(lambda: None)
        for _ in range(4):
            await clock.advance(8)
            values.send("x")
        await clock.advance(8)
        await stream.send("y")
        await clock.advance(14.5)
        assert b":\n\n" not in wire.blocks
        await clock.advance(1)
        assert wire.blocks[-1] == b":\n\n"
        flow.close()
        stream.close()


async def test_what_another_stream_is_sent_does_not(values: Broadcast[Any]) -> None:
    with testing.manual_clock() as clock:
        kind = shared_kind(Body, values, True, as_event)
        wire, throttled = ListWire(kind), ListWire(kind)
        streams = make_stream(wire, keep_alive=15), make_stream(throttled)
        await clock.advance(10)
        values.send("x")
        streams[1].write_block(0, "x")
        await clock.advance(5.2)
        assert wire.blocks == [b":\n\n"]
        for stream in streams:
            stream.close()


async def test_nobody_is_written_to_who_does_not_read() -> None:
    with testing.manual_clock() as clock:
        wire = ListWire()
        stream = make_stream(wire, keep_alive=15)
        stream.on_blocked()
        await clock.advance(100)
        assert (wire.blocks, len(stream.outbox)) == ([], 0)
        stream.close()


# The end


async def test_a_drain_tells_each_another_time_to_come_back_and_ends() -> None:
    times = set()
    for _ in range(20):
        wire = ListWire()
        stream = make_stream(wire, retry=2)
        ended: list[bool] = []
        stream.add_end_callback(lambda ended=ended: ended.append(True))  # type: ignore[misc]
        stream.drain()
        assert (stream.is_over, stream.is_lost, ended) == (True, False, [True])
        retry = wire.parsed().retry
        assert retry is not None
        assert 2000 <= retry <= 4000
        times.add(retry)
    assert len(times) > 10


async def test_a_client_that_is_gone_ends_all_and_nothing_more_is_written() -> None:
    wire = ListWire()
    stream = make_stream(wire, retry=2)
    ended: list[bool] = []
    stream.add_end_callback(lambda: ended.append(True))
    stream.on_lost()
    stream.on_lost()
    stream.drain()
    stream.add_end_callback(lambda: ended.append(False))
    assert (stream.is_over, stream.is_lost, ended, wire.blocks) == (True, True, [True, False], [])


async def test_an_end_callback_can_be_taken_back() -> None:
    stream = make_stream(ListWire())
    ended: list[bool] = []

    def callback() -> None:
        ended.append(True)

    stream.add_end_callback(callback)
    stream.remove_end_callback(callback)
    stream.remove_end_callback(callback)
    stream.on_lost()
    assert ended == []


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_what_is_no_span_of_time_is_refused(seconds: float) -> None:
    with pytest.raises(Misuse, match="retry is in seconds"):
        check_seconds(keep_alive=None, retry=seconds)


async def test_lag_is_a_value_that_streams_tell() -> None:
    wire = ListWire()
    await make_stream(wire).send(Lagged(2, exact=False))
    await settle()
    assert wire.blocks == [b'event: lagged\ndata: {"missed":2,"exact":false}\n\n']


# What watchers hear


@pytest.fixture
def ears() -> Iterator[Ears]:
    with listening() as ears:
        yield ears


@pytest.mark.parametrize(
    ("finish", "end"),
    [
        (lambda stream: stream.end(), (Closed, 1000, "")),
        (lambda stream: stream.drain(), (Closed, 1012, "the server is going down")),
        (lambda stream: stream.on_lost(), (ConnectionLost, 1006, "the connection was lost")),
        (lambda stream: stream.on_lag(7, close=True), (TooSlow, 3008, "too slow: missed 7 messages")),
    ],
)
async def test_how_it_ended(ears: Ears, values: Broadcast[Any], finish: Callable[[Stream], None], end: object) -> None:
    flow = values.subscribe().forward(stream := make_stream(ListWire()))
    with stream:
        flow.open(stream.end)  # which is called in the middle of each of them
        finish(stream)
        flow.close()
        stream.close()
    assert ears.end == end


async def test_what_is_sent_is_counted_however_it_comes(ears: Ears, values: Broadcast[Any]) -> None:
    wire = ListWire(shared_kind(Body, values, True, as_event))
    flow = values.subscribe().forward(stream := make_stream(wire))
    with stream:
        flow.open(stream.end)
        await stream.send("by itself")
        stream.write_block(0, "throttled")
        stream.say(Made(Event(retry=3.0)))  # is ours, and no value
        for n in range(3):
            values.send(str(n))
        await settle()
        assert stream.counts == Counts(sent=5)
        flow.close()
        assert stream.counts == Counts(sent=5)
        stream.close()
    assert ears.counts == [Counts(sent=5)]


async def test_what_a_client_that_left_was_not_sent_is_counted_too(ears: Ears, values: Broadcast[Any]) -> None:
    with make_stream(ListWire()) as stream:
        stream.on_blocked()
        await stream.send("a")
        stream.on_lost()
        stream.close()
    assert ears.counts == [Counts(sent=1, dropped=1)]
