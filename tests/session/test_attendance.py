"""When others are told of who comes and goes. Through a hub it is tested in `tests/test_hub.py`; here what must not be left."""

from __future__ import annotations

from hubbub import testing
from hubbub.brokers.memory import MemoryBroker, MemoryPresence
from hubbub.channels.namespace import Namespace
from hubbub.channels.node import Node
from hubbub.eager import Eager
from hubbub.publication import ClientInfo
from hubbub.session.attendance import Attendance

DELAYED = Namespace("aa", join_leave=True, leave_delay=5.0)
ANN = ClientInfo("ann", "1")


async def test_nothing_is_kept_of_who_is_gone_for_good() -> None:
    with testing.manual_clock() as clock:
        attendance = Attendance(Node(MemoryBroker(), MemoryPresence()))
        attendance.eager = Eager()
        told = await attendance.come("aa:1", ANN, DELAYED)
        await attendance.go("aa:1", told, "1", ANN)
        assert attendance._users
        await clock.advance(6)
        assert not attendance._users
        assert not len(clock)
        await attendance.eager.close()


async def test_a_connection_that_comes_back_by_itself_is_still_present() -> None:
    with testing.manual_clock():
        presence = MemoryPresence()
        attendance = Attendance(Node(MemoryBroker(), presence))
        for _ in range(2):
            await presence.add("aa:1", "1", ANN, 60.0)
            told = await attendance.come("aa:1", ANN, DELAYED)
            assert await presence.members("aa:1") == {"1": ANN}
            await attendance.go("aa:1", told, "1", ANN)
        attendance.close()


async def test_closing_waits_for_nobody() -> None:
    with testing.manual_clock() as clock:
        attendance = Attendance(Node(MemoryBroker(), MemoryPresence()))
        told = await attendance.come("aa:1", ANN, DELAYED)
        await attendance.go("aa:1", told, "1", ANN)
        attendance.close()
        assert not len(clock)


async def test_those_without_a_user_are_each_by_themselves() -> None:
    attendance = Attendance(Node(MemoryBroker(), MemoryPresence()))
    nobody = ClientInfo("", "1")
    told = await attendance.come("aa:1", nobody, DELAYED)
    await attendance.go("aa:1", told, "1", nobody)
    assert not attendance._users
