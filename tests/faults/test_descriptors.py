"""A process that has no descriptors left: it does not spin, those whom it serves do not notice, and it recovers."""

from __future__ import annotations

import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.faults.conftest import APP
from tests.faults.wire import Gone, Wire
from tests.faults.witness import cpu_grows_by_less_than
from tests.serving import Server, serve, wait_until

ROOM = 30
"""Connections for which there are descriptors."""

CALLERS = 100


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server with few descriptors."""
    with serve(APP) as server:
        most = descriptors(server) + ROOM
        resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (most, most))
        yield server


def test_it_neither_spins_nor_forgets_those_it_serves(server: Server) -> None:
    with ExitStack() as stack:
        served = [stack.enter_context(Wire(server.port)).open() for _ in range(ROOM // 2)]
        waiting = [call(stack, server.port) for _ in range(CALLERS)]
        wait_until(lambda: descriptors(server) >= limit(server) - 1, what="end of the descriptors")
        lines = server.log().count("\n")
        with cpu_grows_by_less_than(0.3, server.pid):
            until = time.monotonic() + 2
            while time.monotonic() < until:
                for wire in served:
                    wire.echo()
                time.sleep(0.05)
        assert server.log().count("\n") < lines + 20
        assert len(waiting) == CALLERS


def descriptors(server: Server) -> int:
    """How many it has in use."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def limit(server: Server) -> int:
    """How many it may have."""
    return resource.prlimit(server.pid, resource.RLIMIT_NOFILE)[0]


def call(stack: ExitStack, port: int) -> socket.socket:
    """A connection that the kernel takes, and the server perhaps not."""
    caller = stack.enter_context(socket.socket())
    caller.settimeout(5)
    caller.connect(("127.0.0.1", port))
    return caller


def test_it_recovers_when_they_are_given_back(server: Server) -> None:
    with ExitStack() as stack:
        for _ in range(CALLERS):
            call(stack, server.port)
    wait_until(lambda: serves(server.port), 10, "answer to a new connection")


def serves(port: int) -> bool:
    """Whether a new connection is served."""
    try:
        with Wire(port, deadline=1) as wire:
            wire.open().echo()
            return True
    except (OSError, Gone):
        return False
