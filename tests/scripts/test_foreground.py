"""scripts/foreground lets Ctrl-C end a command under `make` without an error; without a terminal it does nothing."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

POLITE = """\
import signal, sys, threading
stopped = threading.Event()
signal.signal(signal.SIGINT, lambda *_: stopped.set())
signal.signal(signal.SIGTERM, lambda *_: stopped.set())
print("ready", flush=True)
while not stopped.wait(0.05): pass
print("goodbye", flush=True)
"""

OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


@pytest.fixture
def make(repository: Path, tmp_path: Path) -> list[str]:
    """A `make` whose one target runs a polite server in the foreground."""
    (tmp_path / "server.py").write_text(POLITE)
    recipe = f"@exec {sys.executable} {repository / 'scripts' / 'foreground'} {sys.executable} server.py"
    (tmp_path / "Makefile").write_text(f"serve:\n\t{recipe}\n")
    return [shutil.which("make") or "make", "-C", str(tmp_path), "--no-print-directory", "serve"]


def read_until(terminal: int, word: bytes) -> bytes:
    """What the terminal shows, up to a word or to its end."""
    shown = b""
    while word not in shown:
        try:
            shown += os.read(terminal, 1024)
        except OSError:  # the last one at the other end has gone
            break
    return shown


def test_ctrl_c_ends_it_cleanly(make: list[str]) -> None:
    terminal, theirs = pty.openpty()
    login = [sys.executable, "-c", OWN_TERMINAL, *make]
    with subprocess.Popen(login, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        read_until(terminal, b"ready")
        os.write(terminal, b"\x03")
        shown = read_until(terminal, b"\0")
    os.close(terminal)
    assert process.returncode == 0
    assert b"goodbye" in shown
    assert b"***" not in shown


def test_without_a_terminal_an_end_of_make_ends_it_too(make: list[str]) -> None:
    with subprocess.Popen(make, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == b"goodbye\n"
