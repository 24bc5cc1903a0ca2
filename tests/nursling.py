"""A server that the nursery forked, to be held as `subprocess.Popen` is. The nursery starts with the first."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path


class Nursling:
    """A process that is not our child.

    Args:
        line: the module and its arguments.
        env: its whole environment.
        cwd: where it runs.
        output: the descriptor that takes what it writes.
    """

    def __init__(self, line: Sequence[str], env: Mapping[str, str], cwd: Path, output: int) -> None:
        self._line = line
        self._exit_code: int | None = None
        self._answers, answers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with answers:
            order = json.dumps({"line": line, "env": dict(env), "cwd": str(cwd)}).encode()
            socket.send_fds(_nursery(env["PYTHONPATH"]), [order], [output, answers.fileno()])
        self.pid = int(self._answers.recv(64))

    def poll(self) -> int | None:
        """Its exit code; `None` where it has not ended."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; gives its exit code."""
        if self._exit_code is None:
            self._answers.settimeout(timeout)
            try:
                self._exit_code = int(self._answers.recv(64))
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired(self._line, timeout or 0) from None
            self._answers.close()
        return self._exit_code

    def send_signal(self, number: int) -> None:
        """Send it a signal, where it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


@cache
def _nursery(python_path: str) -> socket.socket:
    """Where orders go. It ends when we do, for nobody else has this end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        theirs.set_inheritable(True)
        line = [sys.executable, str(Path(__file__).with_name("nursery.py")), str(theirs.fileno())]
        atexit.register(ours.close)
        os.posix_spawn(line[0], line, {**os.environ, "PYTHONPATH": python_path, "PYTHONUNBUFFERED": "1"})
    return ours
