"""One server for all that is done to it; and after each harm the look: it lives, nobody else noticed, nothing is left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.faults import talker
from tests.faults.wire import Wire
from tests.faults.witness import MIB, Bystander, Monitor, memory
from tests.serving import Server, pytest_runtest_makereport, serve
from tests.tokens.making import claims, token

__all__ = ["pytest_runtest_makereport"]

APP = "tests.faults.app:app"
HUBS = "tests.faults.channels_app:app"
EXPECTED_ERRORS = ("RuntimeError: this hook is broken", "hubbub.hooks.call.HookTimeout: ")
"""All that a hub's log tells of failures: of hooks that were made to fail, and of one that was cut."""
HEAD_TIMEOUT = 1.0

LEFTOVER = 24 * MIB
"""What a harm may leave in the memory of a process that lives on: the allocator's, not ours."""


@dataclass(frozen=True)
class Victim:
    """A server with its witnesses."""

    server: Server
    bystander: Bystander
    monitor: Monitor

    @property
    def pid(self) -> int:
        """The process."""
        return self.server.pid

    def connect(self, *, receive_buffer: int | None = None, deadline: float = 5.0) -> Wire:
        """A new connection, with nothing sent yet."""
        return Wire(self.server.port, receive_buffer=receive_buffer, deadline=deadline)

    def open(self, path: str = "/echo", *more: str | bytes, receive_buffer: int | None = None) -> Wire:
        """A new WebSocket."""
        return self.connect(receive_buffer=receive_buffer).open(path, *more)


@pytest.fixture(scope="session")
def standing() -> Iterator[Victim]:
    """The server, which stands through all the tests of this folder."""
    with serve(APP, "--log-level", "info", env={"TEST_HEAD_TIMEOUT": str(HEAD_TIMEOUT)}) as server:
        victim = Victim(server, Bystander(server.port), Monitor(server.port))
        yield victim
        victim.bystander.leave()
        victim.monitor.leave()


@pytest.fixture
def victim(standing: Victim) -> Iterator[Victim]:
    """The server, for one harm; afterwards it is as it was."""
    before, used = standing.monitor.counts(), memory(standing.pid)
    standing.bystander.check()
    yield standing
    assert standing.server.is_running
    standing.bystander.check()
    standing.monitor.wait_until_back_at(before)
    assert memory(standing.pid) < used + LEFTOVER


@pytest.fixture(scope="session")
def standing_hub() -> Iterator[tuple[Server, talker.Bystander]]:
    """A server of hubs, which stands through all the tests of clients."""
    with serve(HUBS, "--log-level", "info") as server:
        bystander = talker.Bystander(server.port)
        for path, who in ((talker.HASTY, "ann"), (talker.TOKENS, token(claims()))):  # what is made once is made now
            with talker.Talker(server.port, who, path) as first:
                first.ask(subscribe={"channel": "room:first"})
                first.ask(publish={"channel": "room:first", "data": 1})
        yield server, bystander
        bystander.leave()


@pytest.fixture
def server(standing_hub: tuple[Server, talker.Bystander]) -> Iterator[Server]:
    """The server, for one harm; afterwards it is as it was."""
    server, bystander = standing_hub
    bystander.check()
    before, used = talker.counts(server.port), memory(server.pid)
    yield server
    assert server.is_running
    bystander.check()
    talker.wait_until_back_at(before, server.port)
    assert memory(server.pid) < used + LEFTOVER
    log = server.log()
    assert log.count("handler failed") == sum(map(log.count, EXPECTED_ERRORS))
