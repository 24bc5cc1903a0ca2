"""A room's place in the stream: gaps, other epochs, doubles, and newcomers who know more than the room."""

from __future__ import annotations

import asyncio

from hubbub.channels.room import MAX_BUFFER, Buffer, Room
from hubbub.publication import ClientInfo, Position
from tests.channels.listeners import Ear, PatchingKind, publication


def _tell(room: Room, *offsets: int, epoch: str = "e") -> None:
    for offset in offsets:
        room.publish(publication(offset, offset), epoch, None, "")


async def test_what_was_told_is_not_told_again() -> None:
    room, ear = Room("a"), Ear()
    room.admit(ear, Position(0, "e"))
    _tell(room, 1, 2, 2, 1, 3)
    await asyncio.sleep(0)
    assert ear.heard == ["1 2 3"]
    assert not ear.losses


def _tell_all(room: Room, *offsets: int, epoch: str = "e") -> None:
    room.publish_all([publication(offset, offset) for offset in offsets], epoch)


async def test_several_at_once_are_told_as_one_by_one() -> None:
    room, ear, ahead = Room("a"), Ear(), Ear()
    patched = Ear(kind=PatchingKind())
    room.admit(ear, Position(0, "e"))
    room.admit(ahead, Position(2, "e"))
    room.admit(patched, Position(0, "e"))
    buffer = room.open_buffer()
    _tell_all(room, 1, 2, 3)
    room.close_buffer(buffer)
    _tell_all(room, 4, 5)
    _tell_all(room, 5, 6)
    room.publish_all([publication(0), publication(0)], "")
    await asyncio.sleep(0)
    assert " ".join(ear.heard) == "1 2 3 4 5 6 0 0" == " ".join(patched.heard)
    assert " ".join(ahead.heard) == "3 4 5 6 0 0"
    assert [each.offset for each in buffer.publications] == [1, 2, 3]
    assert room.position == Position(6, "e")
    _tell_all(room, 8, 9)
    assert [len(each.losses) for each in (ear, ahead, patched)] == [1, 1, 1]


async def test_who_minds_is_told_of_a_gap_once_and_nothing_behind_it() -> None:
    room, minds, does_not = Room("a"), Ear(), Ear()
    room.admit(minds, Position(0, "e"))
    room.admit(does_not)
    _tell(room, 1, 3, 4)
    await asyncio.sleep(0)
    assert (len(minds.losses), len(does_not.losses)) == (1, 0)
    assert minds.heard == ["1"]
    assert " ".join(does_not.heard) == "1 3 4"
    room.dismiss(minds)


async def test_another_epoch_is_another_stream() -> None:
    room, ear = Room("a"), Ear()
    room.admit(ear, Position(1, "e"))
    _tell(room, 2, epoch="f")
    assert len(ear.losses) == 1
    newcomer = Ear()
    room.admit(newcomer, Position(2, "f"))
    _tell(room, 3, epoch="f")
    await asyncio.sleep(0)
    assert newcomer.heard == ["3"]
    assert not newcomer.losses


async def test_who_knows_more_than_was_told_waits_until_the_room_is_there() -> None:
    room, stays, knows = Room("a"), Ear("1"), Ear("2")
    room.admit(stays, Position(0, "e"))
    _tell(room, 1)
    room.admit(knows, Position(3, "e"))
    _tell(room, 2, 3)
    room.publish(publication(99), "", None, "")  # in no stream
    room.audience.join(ClientInfo("ann", "x"))
    _tell(room, 4)
    await asyncio.sleep(0)
    assert " ".join(stays.heard) == "1 2 3 99 +ann 4"
    assert " ".join(knows.heard) == "99 +ann 4"
    assert not knows.losses
    room.dismiss(knows)
    _tell(room, 5)
    await asyncio.sleep(0)
    assert " ".join(knows.heard) == "99 +ann 4"


async def test_who_knows_more_and_misses_the_next_is_told_so() -> None:
    room, stays, knows = Room("a"), Ear("1"), Ear("2")
    room.admit(stays)
    room.admit(knows, Position(3, "e"))
    _tell(room, 5)
    await asyncio.sleep(0)
    assert (len(knows.losses), knows.heard, stays.heard) == (1, [], ["5"])


async def test_a_newcomers_buffer_holds_what_comes_until_it_is_closed() -> None:
    room = Room("a")
    buffer = room.open_buffer()
    _tell(room, 1, 2)
    room.close_buffer(buffer)
    room.close_buffer(buffer)
    _tell(room, 3)
    assert [kept.offset for kept in buffer.publications] == [1, 2]
    assert buffer.epoch == "e"
    assert not buffer.has_missed


def test_a_buffer_has_a_bound_and_one_epoch() -> None:
    full, mixed = Buffer(), Buffer()
    for offset in range(1, MAX_BUFFER + 2):
        full.add(publication(0, offset), "e")
    mixed.add(publication(0, 1), "e")
    mixed.add(publication(0, 1), "f")
    assert full.has_missed
    assert len(full.publications) == MAX_BUFFER
    assert mixed.has_missed


async def test_a_room_lags_when_the_stream_has_gone_on_without_it() -> None:
    room, ear = Room("a"), Ear()
    room.admit(ear, Position(2, "e"))
    assert not room.lags_behind(Position(2, "e"))
    assert room.lags_behind(Position(3, "e"))
    assert room.lags_behind(Position(2, "f"))
    room.lose_unless_at(Position(2, "e"))
    assert not ear.losses
    room.lose_unless_at(Position(3, "e"))
    assert len(ear.losses) == 1
    assert not room.is_positioned


def _tell_patch(room: Room, *offsets: int, excluded: str = "") -> None:
    for offset in offsets:
        room.publish(publication(offset, offset), "e", publication(0, offset - 1), excluded)


async def _heard(*ears: Ear) -> list[str]:
    await asyncio.sleep(0)
    return [" ".join(ear.heard) for ear in ears]


async def test_who_takes_patches_is_told_the_first_whole_and_then_joins_the_others() -> None:
    kind = PatchingKind()
    room, first, second = Room("a"), Ear("1", kind), Ear("2", kind)
    room.admit(first, Position(0, "e"))
    _tell_patch(room, 1, 2)
    room.admit(second, Position(2, "e"))
    _tell_patch(room, 3, 4, 5)
    assert await _heard(first, second) == ["1 1>2 2>3 3>4 4>5", "3 3>4 4>5"]
    encoded = kind.encoded
    _tell_patch(room, 6)
    assert kind.encoded == encoded + 1
    for ear in (first, second):
        room.dismiss(ear)
    assert len(room.audience) == 0


async def test_who_is_ahead_and_takes_patches_is_told_its_first_whole() -> None:
    kind = PatchingKind()
    room, stays, knows = Room("a"), Ear("1", kind), Ear("2", kind)
    room.admit(stays, Position(0, "e"))
    _tell_patch(room, 1)
    room.admit(knows, Position(3, "e"))
    _tell_patch(room, 2, 3, 4, 5)
    assert await _heard(stays, knows) == ["1 1>2 2>3 3>4 4>5", "4 4>5"]


async def test_a_patch_is_against_what_is_in_no_stream_too() -> None:
    room, ear = Room("a"), Ear("1", PatchingKind())
    room.admit(ear, Position(0, "e"))
    _tell_patch(room, 1, 2)
    room.publish(publication(99), "", None, "")
    _tell_patch(room, 3)
    assert await _heard(ear) == ["1 1>2 99 99>3"]


async def test_who_was_left_out_is_told_the_next_whole() -> None:
    kind = PatchingKind()
    room, says, hears = Room("a"), Ear("1", kind), Ear("2", kind)
    for ear in (says, hears):
        room.admit(ear, Position(0, "e"))
    _tell_patch(room, 1, 2)
    _tell_patch(room, 3, excluded="1")
    _tell_patch(room, 4, 5)
    room.publish(publication(99), "", None, "1")
    _tell_patch(room, 6, 7)
    assert await _heard(says, hears) == ["1 1>2 4 4>5 6 6>7", "1 1>2 2>3 3>4 4>5 99 99>6 6>7"]
    _tell_patch(room, 8, excluded="nobody")
    for ear in (says, hears):
        room.dismiss(ear)
    assert len(room.audience) == 0


async def test_who_ends_while_it_is_moved_is_told_nothing_more() -> None:
    class Ending(PatchingKind):
        def write(self, channel: str, news: list[object], subscribers: object) -> None:
            room.dismiss(ear)

    room = Room("a")
    ear, other = Ear("1", Ending()), Ear("2")
    room.admit(ear, Position(0, "e"))
    room.admit(other, Position(0, "e"))
    _tell_patch(room, 1, 2)
    assert len(room.audience) == 1
    assert await _heard(other) == ["1 2"]
