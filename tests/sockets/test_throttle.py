"""At most one event in an interval, the newest."""

from __future__ import annotations

from hubbub import Broadcast, testing
from hubbub.sockets.body import Body
from hubbub.sockets.sse import as_event
from hubbub.sockets.stream import shared_kind
from hubbub.sockets.throttle import Throttle
from tests.events.doubles import ListWire, make_stream, settle


def data(wire: ListWire) -> list[str]:
    return [event.data for event in wire.parsed().events]


async def test_the_first_goes_at_once_and_then_the_newest_of_each_interval() -> None:
    values: Broadcast[str] = Broadcast(3)
    with testing.manual_clock() as clock:
        wire = ListWire(shared_kind(Body, values, True, as_event))
        stream = make_stream(wire)
        flow = Throttle(values.subscribe(), stream, 1.0)
        flow.open(stream.end)
        values.send("a")
        await settle()
        assert data(wire) == ["a"]
        for value in "bcdefgh":  # more than are kept: that is no lag
            values.send(value)
        await clock.advance(0.9)
        assert data(wire) == ["a"]
        await clock.advance(0.2)
        assert data(wire) == ["a", "h"]
        assert wire.parsed().last_id == values.last_id
        await clock.advance(5)
        values.send("i")
        await settle()
        assert data(wire) == ["a", "h", "i"]
        flow.close()
        flow.close()
        assert (len(clock), values._waiters) == (0, {})


async def test_a_client_that_does_not_read_gets_the_newest_when_it_does() -> None:
    values: Broadcast[str] = Broadcast(3)
    with testing.manual_clock() as clock:
        wire = ListWire()
        stream = make_stream(wire)
        flow = Throttle(values.subscribe(), stream, 1.0)
        flow.open(stream.end)
        stream.on_blocked()
        values.send("a")
        await clock.advance(1.2)
        values.send("b")
        stream.on_unblocked()
        await clock.advance(1.2)
        assert data(wire) == ["b"]
        flow.close()


async def test_who_waits_is_forgotten_at_the_end() -> None:
    values: Broadcast[str] = Broadcast(3)
    stream = make_stream(ListWire())
    flow = Throttle(values.subscribe(), stream, 1.0)
    flow.open(stream.end)
    assert len(values._waiters) == 1
    stream.on_lost()
    assert stream.is_over
    flow.close()
    assert values._waiters == {}


async def test_the_last_value_does_not_wait_for_the_interval() -> None:
    values: Broadcast[str] = Broadcast(3)
    wire = ListWire()
    stream = make_stream(wire)
    flow = Throttle(values.subscribe(), stream, 60.0)
    flow.open(stream.end)
    values.send("a")
    await settle()
    values.send("b")
    values.close()
    await settle()
    assert (data(wire), stream.is_over) == (["a", "b"], True)
    flow.close()
