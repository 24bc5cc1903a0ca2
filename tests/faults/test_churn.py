"""Thousands of connections that come and go: what is left of them is nothing, no task, timer, descriptor, entry or memory.

HUBBUB_CHURN_SECONDS=60 makes the first test go on for a minute.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults.conftest import APP, HEAD_TIMEOUT
from tests.faults.witness import MIB, Monitor, memory
from tests.serving import ROOT, Server, serve

SECONDS = int(os.environ.get("HUBBUB_CHURN_SECONDS", "0"))
CONNECTIONS = 5000
SELECTED = 10_000
AT_ONCE = 100

LEAST_EACH = 300
"""Of ten ways to behave, each is taken by about 500 of 5,000."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that says little."""
    with serve(APP, "--log-level", "warning", env={"TEST_HEAD_TIMEOUT": str(HEAD_TIMEOUT)}) as server:
        yield server


def churn(port: int, connections: int, seed: int, seconds: int = 0, *deeds: str) -> dict[str, int]:
    """Have so many connections come and go; gives how often each deed was done."""
    command = [
        sys.executable,
        "-m",
        "tests.faults.churn",
        *map(str, (port, connections, AT_ONCE, seed, seconds)),
        *deeds,
    ]
    output = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=180).stdout
    done: dict[str, int] = json.loads(output)
    return done


@contextmanager
def nothing_is_left(server: Server) -> Iterator[Monitor]:
    """See that all is as it was, but for what an allocator keeps; what is made only once has been made before."""
    monitor = Monitor(server.port)
    empty = monitor.counts()
    churn(server.port, 1000, 0)
    churn(server.port, 1000, 0, 0, "chat")
    monitor.wait_until_back_at(empty)
    before, used = monitor.counts(), memory(server.pid)
    yield monitor
    monitor.wait_until_back_at(before)
    grown = memory(server.pid) - used
    assert grown < 8 * MIB, f"{grown / MIB:.1f} MiB are left"
    monitor.leave()


def test_nothing_is_left_of_thousands_that_come_and_go(server: Server) -> None:
    with nothing_is_left(server):
        done = churn(server.port, CONNECTIONS, 1, SECONDS)
    assert min(done.values()) > LEAST_EACH, "each way to behave was tried"


def test_nothing_is_left_of_ten_thousand_in_a_chat(server: Server) -> None:
    """Each of them a select of two forwardings over a broadcast, as in the README."""
    with nothing_is_left(server) as monitor:
        done = churn(server.port, SELECTED, 1, 0, "chat")
        assert monitor.counts()["listeners"] < AT_ONCE
    assert done["chat"] >= SELECTED
