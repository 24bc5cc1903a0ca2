"""Peers that are still connected and no longer there: a stopped process takes bytes in, up to a point, and answers nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Victim
from tests.serving import ROOT, wait_until

INTERVAL, TIMEOUT = 1.0, 0.5
"""Of the heartbeat of the path `/beat`."""

CLIENT = """
import sys
from tests.faults.wire import Wire
wire = Wire(int(sys.argv[1]), receive_buffer=4096, deadline=60).open(sys.argv[2])
print(wire.port, flush=True)
while True:
    wire.message()
"""


class Stopped:
    """A client in a process of its own.

    Args:
        victim: what it connects to.
        path: which way to use the socket.
    """

    def __init__(self, victim: Victim, path: str) -> None:
        command = [sys.executable, "-c", CLIENT, str(victim.server.port), path]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

    def stop(self) -> None:
        """It does nothing any more, and is not gone."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def end(self) -> None:
        """Let it go."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def idle(victim: Victim) -> Iterator[Stopped]:
    """A client that is sent pings."""
    client = Stopped(victim, "/beat")
    yield client
    client.end()


@pytest.fixture
def fed(victim: Victim) -> Iterator[Stopped]:
    """A client that is sent more than it takes."""
    client = Stopped(victim, "/flood")
    yield client
    client.end()


def end_of(victim: Victim, port: int) -> int | None:
    """With which code the socket of that client ended."""
    end = victim.monitor.ask(f"end of {port}")
    return int(end[0]) if end else None


def connection_exists(port: int) -> bool:
    """Whether the kernel holds a connection of the server's to that port, in whatever state."""
    remote = f":{port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return any(line.split()[2].endswith(remote) for line in lines)


def test_a_stopped_peer_is_found_by_its_silence(victim: Victim, idle: Stopped) -> None:
    idle.stop()
    began = time.monotonic()
    wait_until(lambda: end_of(victim, idle.port) is not None)
    assert time.monotonic() - began < INTERVAL + TIMEOUT + 3
    assert end_of(victim, idle.port) == 3012


def test_a_peer_that_answers_is_left_alone(victim: Victim, idle: Stopped) -> None:
    time.sleep(2 * (INTERVAL + TIMEOUT))  # nothing happens: that is what is tested
    assert end_of(victim, idle.port) is None


def test_what_a_stopped_peer_was_sent_is_not_kept_by_the_kernel(victim: Victim, fed: Stopped) -> None:
    """A close would leave the bytes to the kernel, which goes on trying to deliver them for many minutes."""
    fed.stop()
    wait_until(lambda: end_of(victim, fed.port) is not None)
    assert end_of(victim, fed.port) == 3012
    wait_until(lambda: not connection_exists(fed.port), 10, "end of the connection in the kernel")
