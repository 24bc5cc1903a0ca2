"""What the connections of one server share: one drain with uvicorn's deadline, one monitor of the loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from hubbub import Watcher, unwatch, watch
from hubbub.server.drain import DEADLINE
from hubbub.server.shared import Shared, bound_silence, shared
from tests.server.doubles import Time, Told


class Heard(Watcher):
    """A listener for a loop that is held up."""

    def __init__(self) -> None:
        self.blocks: list[float] = []

    def blocked(self, seconds: float) -> None:
        """Keep it."""
        self.blocks.append(seconds)


@pytest.fixture
def heard() -> Iterator[Heard]:
    """A listener, for the length of a test."""
    listener = Heard()
    watch(listener)
    yield listener
    unwatch(listener)


def make(**options: Any) -> Shared:
    """What the connections of a new server share."""
    return Shared(Config("app", log_config=None, **options), ServerState())


def test_connections_of_one_server_share_and_those_of_two_do_not() -> None:
    config = Config("app", log_config=None)
    one, other = ServerState(), ServerState()
    assert shared(config, one) is shared(config, one)
    assert shared(config, one) is not shared(config, other)
    assert shared(config, one).drain() is shared(config, one).drain()


@pytest.mark.parametrize(("limit", "deadline"), [(None, DEADLINE), (3, 3.0), (0, DEADLINE)])
async def test_the_drain_has_the_deadline_that_uvicorn_was_told(
    passing: Time, limit: int | None, deadline: float
) -> None:
    told = Told()
    make(timeout_graceful_shutdown=limit).drain().tell(cast(Any, told), None)
    passing.move(deadline - 0.05)
    assert "abort" not in told.heard
    passing.move(0.2)
    assert "abort" in told.heard


class TestMonitor:
    async def test_tells_of_a_loop_that_was_held_up(self, passing: Time, heard: Heard) -> None:
        watched = make()
        watched._state.connections.add(cast(Any, object()))
        watched.monitor()
        passing.move(1.1)
        assert not heard.blocks
        passing.move(4.0)
        assert heard.blocks == [pytest.approx(3.0, abs=0.2)]

    async def test_is_one_however_often_it_is_asked_for(self, passing: Time) -> None:
        watched = make()
        watched.monitor()
        watched.monitor()
        assert len(passing.timers) == 1

    async def test_shortcuts_are_forgotten_whatever_a_watcher_does(self, passing: Time, monkeypatch: Any) -> None:
        class Raising(Watcher):
            def blocked(self, seconds: float) -> None:
                raise RuntimeError

        watched, raising, told = make(), Raising(), list[str]()
        monkeypatch.setattr(watched.shortcuts, "forget", lambda: told.append("forget"))
        watched._state.connections.add(cast(Any, object()))
        watch(raising)
        try:
            watched.monitor()
            passing.move(3)
            passing.move(1.3)
        finally:
            unwatch(raising)
        assert told == ["forget", "forget"]

    async def test_ends_with_the_last_connection(self, passing: Time) -> None:
        watched = make()
        connection = cast(Any, object())
        watched._state.connections.add(connection)
        watched.monitor()
        passing.move(1.1)
        assert len(passing.timers) == 1
        watched._state.connections.discard(connection)
        passing.move(1.1)
        assert len(passing.timers) == 0


class TestSilence:
    def test_is_bounded_by_the_kernel_on_tcp(self) -> None:
        option = getattr(socket, "TCP_USER_TIMEOUT", None)
        with socket.socket() as connection:
            bound_silence(connection)
            assert option is None or connection.getsockopt(socket.IPPROTO_TCP, option) == 35_000

    def test_means_nothing_on_a_unix_socket(self) -> None:
        with socket.socket(socket.AF_UNIX) as connection:
            bound_silence(connection)

    def test_is_asked_once_where_listeners_pass_it_on(self) -> None:
        asked: list[int] = []

        def getsockopt(level: int, option: int) -> int:
            asked.append(option)
            return 35_000

        connection = SimpleNamespace(family=socket.AF_INET, getsockopt=getsockopt)
        transport = cast(Any, SimpleNamespace(get_extra_info=lambda name: connection))
        watched = make()
        watched.bound_silence(transport)
        watched.bound_silence(transport)
        assert len(asked) == (1 if hasattr(socket, "TCP_USER_TIMEOUT") else 0)
