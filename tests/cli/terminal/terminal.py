"""A command at a terminal: its input typed, its screen read. Knows no WebSockets."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.serving import ROOT, environment

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[()][0-9A-B]|[=>78])")
"""What a prompt sends to a terminal beside text."""


class Terminal:
    """A process whose three descriptors are one terminal.

    Args:
        process: which.
        descriptor: the other side of its terminal.
    """

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.raw = b""
        self._descriptor = descriptor

    @property
    def text(self) -> str:
        """All that was written, without what moves the cursor or changes colours."""
        return ESCAPES.sub("", self.raw.decode(errors="replace")).replace("\r", "")

    def type(self, text: str) -> None:
        """Type, as keys."""
        os.write(self._descriptor, text.encode())

    def enter(self, line: str) -> None:
        """Type a line."""
        self.type(line + "\r")

    def wait_for(self, text: str, timeout: float = 10.0) -> str:
        """Read until `text` has appeared; gives all that was written so far."""
        deadline = time.monotonic() + timeout
        while text not in self.text:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {text!r} on the terminal, which shows:\n{self.text}")
        return self.text

    def wait_for_end(self, timeout: float = 10.0) -> int:
        """Read until the process ends; gives its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            self._read(0.05)
            assert time.monotonic() < deadline, f"it does not end; the terminal shows:\n{self.text}"
        while self._read(0.05):
            pass
        return self.process.returncode

    def is_echoing(self) -> bool:
        """Whether the terminal is as a shell leaves it: it shows what is typed, and knows lines."""
        flags = termios.tcgetattr(self._descriptor)[3]
        return bool(flags & termios.ECHO and flags & termios.ICANON)

    def _read(self, timeout: float) -> bool:
        if timeout <= 0 or not select.select([self._descriptor], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # Linux: nobody holds the other side any more
            return False
        self.raw += data
        return bool(data)


@contextmanager
def at_terminal(*args: str, env: Mapping[str, str] | None = None) -> Iterator[Terminal]:
    """Run `hubbub` with these arguments at a terminal of 100 columns, while the block runs."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "hubbub", *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**environment(), "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **(env or {})},
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    try:
        yield Terminal(process, ours)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(theirs)
        os.close(ours)


def _take_terminal() -> None:
    """In the new process: Ctrl-C at that terminal is a signal to us."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
