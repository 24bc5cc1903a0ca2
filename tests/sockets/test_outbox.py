"""The outbox: one write a turn, bounds that hold, and what each policy does to a peer that does not read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub import Data, KeepNewest, Limits, Message, Overflow
from hubbub.sockets.outbox import Outbox, flushers, make_outbox

FEW = Limits(outbox_messages=3, outbox_bytes=100)

Policy: TypeAlias = Overflow | KeepNewest


@dataclass
class Wire:
    """A wire that keeps what is written, and takes no more once it is told so."""

    writes: list[list[bytes]] = field(default_factory=list)
    blocks: bool = False
    overflows: int = 0

    def encode(self, message: Data | Message) -> bytes:
        assert isinstance(message, bytes)
        return message

    def write(self, items: list[bytes]) -> bool:
        self.writes.append(items)
        return not self.blocks

    def write_behind(self, items: list[bytes]) -> None:
        self.writes.append(items)

    def overflow(self) -> None:
        self.overflows += 1

    @property
    def written(self) -> list[bytes]:
        return [item for items in self.writes for item in items]


def first_byte(message: Data | Message) -> int:
    assert isinstance(message, bytes)
    return message[0]


KEYED = KeepNewest(first_byte)
POLICIES: list[Policy] = [*Overflow, KEYED]


def outbox_of(policy: Policy = Overflow.WAIT, limits: Limits = FEW) -> tuple[Outbox[bytes], Wire]:
    wire = Wire()
    return make_outbox(limits, policy, wire, wire.overflow, asyncio.get_running_loop()), wire


def blocked(policy: Policy, *waiting: bytes, limits: Limits = FEW) -> tuple[Outbox[bytes], Wire]:
    """An outbox whose wire takes nothing, with messages that wait."""
    outbox, wire = outbox_of(policy, limits)
    outbox.block()
    for message in waiting:
        assert outbox.put(message)
    return outbox, wire


async def turn() -> None:
    """Let the loop turn."""
    await asyncio.sleep(0)


# A peer that reads


async def test_what_is_sent_in_one_turn_leaves_in_one_write() -> None:
    outbox, wire = outbox_of(limits=Limits())
    for message in (b"a", b"b", b"c"):
        assert outbox.put(message)
    assert (wire.writes, outbox.clear, len(outbox), outbox.size) == ([], False, 3, 3)
    await turn()
    assert (wire.writes, outbox.clear, len(outbox), outbox.size) == ([[b"a", b"b", b"c"]], True, 0, 0)
    outbox.put(b"d")
    await turn()
    assert wire.writes[1:] == [[b"d"]]


async def test_all_outboxes_of_a_loop_are_flushed_in_one_turn_in_order() -> None:
    order: list[int] = []
    flusher = flushers[asyncio.get_running_loop()]
    for number in range(3):
        flusher.add(lambda number=number: order.append(number))  # type: ignore[misc]
    await turn()
    assert order == [0, 1, 2]
    assert flushers[asyncio.get_running_loop()] is flusher


@pytest.mark.parametrize("policy", POLICIES)
async def test_a_burst_is_no_sign_of_slowness(policy: Policy) -> None:
    outbox, wire = outbox_of(policy)
    burst = [bytes([number % 5]) for number in range(20)]
    assert all(outbox.put(message) for message in burst)
    await turn()
    assert (wire.written, outbox.dropped, wire.overflows) == (burst, 0, 0)


@pytest.mark.parametrize("policy", POLICIES)
async def test_pushing_writes_what_is_too_much_at_once(policy: Policy) -> None:
    outbox, wire = outbox_of(policy)
    burst = [bytes([number]) for number in range(7)]
    assert all(outbox.push(message) for message in burst)
    await turn()
    assert wire.written == burst


async def test_pushing_says_when_the_wire_has_enough() -> None:
    outbox, wire = outbox_of()
    wire.blocks = True
    assert [outbox.push(bytes([number])) for number in range(3)] == [True, True, False]


@pytest.mark.parametrize("policy", POLICIES)
async def test_what_goes_to_many_is_bounded_like_the_rest(policy: Policy) -> None:
    outbox, wire = outbox_of(policy)
    burst = [bytes([number]) for number in range(7)]
    for message in burst:
        assert outbox.put_shared(message, message)
        assert len(outbox) <= FEW.outbox_messages
    await turn()
    assert (wire.written, outbox.dropped, wire.overflows) == (burst, 0, 0)


@pytest.mark.parametrize("policy", POLICIES)
async def test_nothing_is_written_behind_the_end(policy: Policy) -> None:
    """What goes to many may come to one who has just closed: behind a Close there is no data (RFC 6455 section 5.5.1)."""
    outbox, wire = outbox_of(policy)
    outbox.close()
    outbox.put_item(b"a")
    outbox.put_shared(b"b", b"b")
    await turn()
    assert (wire.written, outbox.dropped) == ([], 2)


# A peer that does not


@pytest.mark.parametrize(
    ("policy", "taken", "waiting"),
    [
        (Overflow.WAIT, [True, True, True, False], b"abc"),
        (Overflow.DROP_OLDEST, [True] * 4, b"bcd"),
        (Overflow.DROP_NEWEST, [True] * 4, b"abc"),
        (KEYED, [True] * 4, b"bcd"),
    ],
)
async def test_the_policy_decides_on_what_goes_to_many(policy: Policy, taken: list[bool], waiting: bytes) -> None:
    outbox, wire = blocked(policy)
    assert [outbox.put_shared(message, message) for message in (b"a", b"b", b"c", b"d")] == taken
    outbox.unblock()
    assert b"".join(wire.written) == waiting


@pytest.mark.parametrize("policy", POLICIES)
async def test_it_is_stuck_when_the_next_message_would_have_to_wait(policy: Policy) -> None:
    outbox, _ = blocked(policy, b"a", b"b")
    assert not outbox.is_stuck
    outbox.put(b"c")
    assert outbox.is_stuck == (policy is Overflow.WAIT)
    outbox.unblock()
    assert not outbox.is_stuck


async def test_nothing_is_written_while_the_wire_is_blocked() -> None:
    outbox, wire = blocked(Overflow.WAIT, b"a", b"b")
    await turn()
    assert (wire.writes, outbox.clear) == ([], False)
    outbox.unblock()
    assert (wire.writes, outbox.clear) == ([[b"a", b"b"]], True)


async def test_a_write_that_blocks_is_the_last() -> None:
    outbox, wire = outbox_of()
    wire.blocks = True
    outbox.put(b"a")
    await turn()
    assert outbox.is_blocked
    outbox.put(b"b")
    await turn()
    assert wire.writes == [[b"a"]]


@pytest.mark.parametrize(
    ("policy", "taken", "left", "dropped"),
    [
        (Overflow.WAIT, False, [b"a", b"b", b"c"], 0),
        (Overflow.DROP_OLDEST, True, [b"b", b"c", b"d"], 1),
        (Overflow.DROP_NEWEST, True, [b"a", b"b", b"c"], 1),
        (KEYED, True, [b"b", b"c", b"d"], 1),
    ],
)
async def test_each_policy_does_what_its_name_says(
    policy: Policy, taken: bool, left: list[bytes], dropped: int
) -> None:
    outbox, wire = blocked(policy, b"a", b"b", b"c")
    assert wire.overflows == 0
    assert outbox.put(b"d") is taken
    assert (outbox.dropped, wire.overflows) == (dropped, 1)
    outbox.unblock()
    assert wire.written == left


async def test_the_policy_that_closes_leaves_that_to_its_owner() -> None:
    outbox, wire = blocked(Overflow.CLOSE, b"a", b"b", b"c")
    assert outbox.put(b"d")
    assert wire.overflows == 1


async def test_bytes_are_a_bound_as_messages_are() -> None:
    outbox, _ = blocked(Overflow.WAIT, bytes(99))
    assert outbox.has_room
    assert outbox.put(bytes(50))
    assert not outbox.has_room
    assert not outbox.put(b"")


async def test_as_many_are_dropped_as_the_bound_in_bytes_asks_for() -> None:
    outbox, _ = blocked(Overflow.DROP_OLDEST, b"a", bytes(70), bytes(70), bytes(70), bytes(70))
    assert (len(outbox), outbox.size, outbox.dropped) == (2, 140, 3)


async def test_a_larger_message_in_a_smaller_ones_place_keeps_to_the_bound() -> None:
    outbox, wire = blocked(KEYED, b"a", b"b", b"c", b"a" * 99, b"b" * 99, b"c" * 99)
    assert outbox.size < FEW.outbox_bytes + 99
    outbox.unblock()
    assert b"c" * 99 in wire.written


async def test_an_overflow_is_told_once_until_the_peer_reads_again() -> None:
    outbox, wire = blocked(Overflow.DROP_OLDEST, *[b"a"] * 10)
    assert wire.overflows == 1
    outbox.unblock()
    outbox.block()
    for _ in range(10):
        outbox.put(b"a")
    assert wire.overflows == 2


@pytest.mark.parametrize("leave", ["unblock", "close"])
async def test_who_waits_for_room_is_woken(leave: str) -> None:
    outbox, _ = blocked(Overflow.WAIT, b"a", b"b", b"c")
    called: list[str] = []
    outbox.call_when_room(lambda: called.append("room"))
    waiting = asyncio.create_task(outbox.room())
    await turn()
    assert not waiting.done()
    getattr(outbox, leave)()
    await waiting
    assert called == ["room"]


async def test_a_wait_for_room_may_be_cancelled() -> None:
    outbox, _ = blocked(Overflow.WAIT, b"a", b"b", b"c")
    waiting = asyncio.create_task(outbox.room())
    await turn()
    waiting.cancel()
    await turn()
    outbox.unblock()
    assert outbox.clear


async def test_what_must_go_out_is_not_refused() -> None:
    outbox, wire = blocked(Overflow.WAIT, b"a", b"b", b"c")
    outbox.put_item(b"pong")
    outbox.unblock()
    assert wire.written == [b"a", b"b", b"c", b"pong"]


async def test_last_words_go_out_behind_what_blocks() -> None:
    outbox, wire = blocked(Overflow.WAIT, b"a", b"b")
    outbox.flush_all()
    assert (wire.writes, len(outbox), outbox.size) == ([[b"a", b"b"]], 0, 0)
    outbox.flush_all()
    assert len(wire.writes) == 1


async def test_a_closed_outbox_drops_what_waits() -> None:
    outbox, wire = blocked(Overflow.WAIT, b"a", b"b")
    outbox.close()
    assert outbox.dropped == 2
    outbox.unblock()
    await turn()
    assert (wire.writes, outbox.clear, outbox.is_open) == ([], False, False)


# The newest for each key


async def test_a_newer_message_takes_the_place_of_the_one_with_its_key() -> None:
    outbox, wire = blocked(KEYED, b"a1", b"b1", b"a2", b"a3")
    assert outbox.dropped == 2
    outbox.unblock()
    assert wire.written == [b"a3", b"b1"]


async def test_keys_count_only_while_the_peer_does_not_read() -> None:
    outbox, wire = outbox_of(KEYED)
    for message in (b"a1", b"a2"):
        outbox.put(message)
    await turn()
    outbox.block()
    outbox.put(b"a3")
    outbox.unblock()
    assert (wire.written, outbox.dropped) == ([b"a1", b"a2", b"a3"], 0)


async def test_a_key_whose_message_was_dropped_begins_anew() -> None:
    outbox, wire = blocked(KEYED, b"a1", b"b1", b"c1", b"d1", b"a2")
    outbox.unblock()
    assert (wire.written, outbox.dropped) == ([b"c1", b"d1", b"a2"], 2)


# Whatever happens

SIZES = (1, 20, 70)
SENT = st.builds(lambda key, size: bytes([key]) * size, st.integers(0, 3), st.sampled_from(SIZES))
ACTIONS = st.lists(SENT | st.sampled_from(["turn", "block", "unblock"]), max_size=40)


@settings(max_examples=200)
@given(ACTIONS, st.sampled_from([policy for policy in POLICIES if policy is not Overflow.WAIT]))
def test_bounds_hold_and_all_is_written_or_dropped_in_order(actions: list[bytes | str], policy: Policy) -> None:
    async def act() -> None:
        outbox, wire = outbox_of(policy)
        sent = []
        for action in actions:
            if isinstance(action, bytes):
                sent.append(action)
                outbox.put(action)
                assert len(outbox) <= FEW.outbox_messages
                assert outbox.size < FEW.outbox_bytes + max(SIZES)
            else:
                await do(outbox, wire, action)
        wire.blocks = False
        outbox.unblock()
        assert len(wire.written) + outbox.dropped == len(sent)
        if policy is not KEYED:
            assert is_subsequence(wire.written, sent)

    asyncio.run(act())


@given(ACTIONS)
def test_a_sender_that_waits_loses_nothing_whatever_happens(actions: list[bytes | str]) -> None:
    async def act() -> None:
        outbox, wire = outbox_of()
        sent = []
        for action in actions:
            if isinstance(action, str):
                await do(outbox, wire, action)
            elif outbox.put(action):
                sent.append(action)
        wire.blocks = False
        outbox.unblock()
        assert (wire.written, outbox.dropped) == (sent, 0)

    asyncio.run(act())


async def do(outbox: Outbox[bytes], wire: Wire, action: str) -> None:
    """The loop turns, or the wire's buffer fills up or empties."""
    wire.blocks = {"block": True, "unblock": False}.get(action, wire.blocks)
    doing: dict[str, Callable[[], None]] = {"block": outbox.block, "unblock": outbox.unblock}
    doing.get(action, lambda: None)()
    await turn()


def is_subsequence(part: list[bytes], whole: list[bytes]) -> bool:
    """Whether `part` is `whole` with some left out."""
    rest = iter(whole)
    return all(item in rest for item in part)
