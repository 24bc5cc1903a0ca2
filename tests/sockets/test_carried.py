"""A response that does not end: its life as watchers are told it, and each way to end."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hubbub import Closed, ConnectionLost, Counts, Limits, Peer
from hubbub.sockets.carried import Carried, lost
from hubbub.sockets.options import Overflow
from tests.events.doubles import ListWire
from tests.events.ears import Ears, listening

BYE = Closed(4000, "bye")


class Saying(Carried):
    """The least there is."""

    policy = Overflow.DROP_NEWEST

    def __init__(self, **bounds: int) -> None:
        super().__init__(ListWire(), Peer(transport="sse"), Limits(**bounds))

    def say(self, text: str) -> None:
        self._sent += 1
        self.outbox.put(text)

    def end(self, ended: Closed = BYE) -> None:
        self._drop_rest()
        self._finish(ended)

    def on_lost(self) -> None:
        self.is_lost = True
        self.end(lost())

    def drain(self) -> None: ...


def fail_behind(call: Callable[[], None]) -> KeyError:
    """The error of a handler that goes on when this has happened."""
    call()
    return KeyError()


@pytest.fixture
def ears() -> Iterator[Ears]:
    with listening() as ears:
        yield ears


async def test_watchers_hear_of_its_life_as_of_a_sockets(ears: Ears) -> None:
    with Saying() as saying:
        assert ears.told == [("opened", "sse")]
        saying.say("a")
        assert ears.live[saying.peer.number].counts == Counts(sent=1)
        saying.end()
        assert saying.is_over
        assert len(ears.told) == 1
    assert ears.told == [("opened", "sse"), ("closed", "sse")]
    assert ears.end == (Closed, 4000, "bye")


async def test_nobody_hears_of_one_that_never_began(ears: Ears) -> None:
    Saying().on_lost()
    assert not ears.told


async def test_of_several_reasons_the_first_is_told(ears: Ears) -> None:
    with Saying() as saying:
        saying.end()
        saying.on_lost()
    assert ears.end == (Closed, 4000, "bye")


async def test_who_leaves_is_a_lost_connection_whatever_fails_then(ears: Ears) -> None:
    saying = Saying()
    with pytest.raises(KeyError), saying:
        raise fail_behind(saying.on_lost)
    assert (ears.end, ears.errors) == ((ConnectionLost, 1006, "the connection was lost"), [])


@pytest.mark.parametrize("ends_first", [False, True])
async def test_an_error_is_told_as_of_a_handler(ears: Ears, ends_first: bool) -> None:
    saying = Saying()
    with pytest.raises(KeyError) as raised, saying:
        raise fail_behind(saying.end if ends_first else lambda: None)
    assert (ears.end, ears.errors) == ((Closed, 1011, "internal error"), [raised.value])


async def test_so_is_a_server_that_cancels_it(ears: Ears) -> None:
    with pytest.raises(asyncio.CancelledError), Saying():
        raise asyncio.CancelledError
    assert (ears.end, ears.errors) == ((Closed, 1001, ""), [])


async def test_what_waited_when_it_ended_was_dropped(ears: Ears) -> None:
    with Saying(outbox_messages=2) as saying:
        saying.on_blocked()
        for text in "abcd":
            saying.say(text)
        assert ears.overflows == ["drop newest"]
        saying.on_lost()
    assert ears.counts == [Counts(sent=4, dropped=4)]


async def test_a_wire_that_takes_more_gets_what_waited() -> None:
    saying = Saying()
    saying.on_blocked()
    saying.say("a")
    saying.on_unblocked()
    wire: Any = saying.wire
    assert wire.blocks == [b"data: a\n\n"]


async def test_it_goes_without_the_garbage_collector() -> None:
    gc.disable()
    try:
        with Saying() as saying:
            saying.end()
        gone = weakref.ref(saying)
        saying.wire.stream = None  # as wires do
        del saying
        assert gone() is None
    finally:
        gc.enable()
