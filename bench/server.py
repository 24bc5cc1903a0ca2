"""A peer's life: started on a free port and its own core, waited for, and ended (with its children) by its id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.machine import HOST, free_port, pinned_to
from bench.roster import ROOT, Peer

START_SECONDS = 20.0
STOP_SECONDS = 5.0
POLL_SECONDS = 0.002
REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


class NotServingError(Exception):
    """The peer ended, or never answered; the text says which and what it last printed."""


@dataclass(frozen=True)
class Server:
    """A running peer. Its id is also that of its process group."""

    pid: int
    port: int
    seconds_to_answer: float


def environment() -> dict[str, str]:
    """Ours, with this checkout's packages before any that are installed."""
    paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


@contextmanager
def serving(peer: Peer, core: int, log: Path) -> Iterator[Server]:
    """Runs a peer for as long as the block lasts."""
    port = free_port()
    began = time.perf_counter()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*peer.command, "--port", str(port)],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=pinned_to(core),
            start_new_session=True,
        )
    try:
        wait_until_it_answers(process, port, log)
        yield Server(process.pid, port, time.perf_counter() - began)
    finally:
        stop(process)


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """A port that is open is not enough: a program must have read from it."""
    deadline = time.monotonic() + START_SECONDS
    while not answers(port):
        if process.poll() is not None:
            raise NotServingError(f"ended with status {process.returncode}: {tail(log)}")
        if time.monotonic() > deadline:
            raise NotServingError(f"no answer within {START_SECONDS:.0f} s: {tail(log)}")
        time.sleep(POLL_SECONDS)


def answers(port: int) -> bool:
    """Does it say anything to a plain request, or at least hang up?"""
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(REQUEST)
            connection.recv(1)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return True


def tail(log: Path) -> str:
    """The last line that it printed."""
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Politely, then not; then whatever is left of its group."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
