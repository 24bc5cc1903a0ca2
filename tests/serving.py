"""Servers as users start them: in a process of their own, on a free port of loopback, ended with the test that needed them.

Asserts nothing, and knows no app. Whatever it starts it ends, and nothing else.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.nursling import Nursling

ROOT = Path(__file__).parents[1]

HUBBUB = ("hubbub", "run")
UVICORN = ("uvicorn",)
NATIVE_UVICORN = ("uvicorn", "--ws", "hubbub.uvicorn:Protocol", "--http", "hubbub.uvicorn:FrontDoor")
HYPERCORN = ("hypercorn",)
GRANIAN = ("granian", "--interface", "asgi")

FORKED = (HUBBUB[0], UVICORN[0])
"""Modules that run in a process that was forked: all of others' that they import is there already."""

START = 30.0
"""Seconds in which a server must accept."""

END = 15.0
"""Seconds that a server has to go after SIGTERM, before it is killed."""

_PORTS = range(10_000, 32_000)  # below those that the kernel gives away for outgoing connections

_running: list[Server] = []


class Server:
    """A server in a process of its own.

    Args:
        process: which.
        host: where it listens.
        port: there; 0 where it listens on no port.
        output: the file that takes its output.
    """

    def __init__(self, process: subprocess.Popen[bytes] | Nursling, host: str, port: int, output: IO[bytes]) -> None:
        self._process = process
        self._output = output
        self._last_log: str | None = None
        self.host = host
        self.port = port
        self.pid = process.pid

    def url(self, path: str = "/", scheme: str = "ws") -> str:
        """The address of `path`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{path}"

    def log(self) -> str:
        """All that it has written so far, to stdout and stderr; still known when it has ended."""
        return self._last_log if self._last_log is not None else Path(self._output.name).read_text(errors="replace")

    def wait_for_log(self, text: str, timeout: float = 10.0) -> str:
        """Wait until `text` is in the log; gives the log."""
        wait_until(lambda: text in self.log(), timeout, f"{text!r} in the log")
        return self.log()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def wait(self, timeout: float = END) -> int:
        """Wait for its end; gives its exit code."""
        return self._process.wait(timeout)

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def end(self) -> None:
        """End it, politely at first."""
        if self.is_running:
            self.signal(signal.SIGTERM)
        try:
            self.wait()
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)  # its workers too: the group was made for it
            self.wait()
        self._last_log = self.log()


@contextmanager
def serve(
    app: str,
    *args: str,
    command: Sequence[str] = HUBBUB,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    host: str = "127.0.0.1",
    port: int | None = None,
    pass_fds: Sequence[int] = (),
) -> Iterator[Server]:
    """Serve `app` while the block runs.

    Args:
        app: `module:attribute`.
        args: options of the server; `--uds` and `--fd` take the place of the port.
        command: the module that is run, and what stands before `app`.
        env: variables besides those of the test.
        cwd: where it runs.
        host: where it listens.
        port: on which port, where `args` say so; by default on a free one.
        pass_fds: descriptors that it inherits.

    Example:
        ```python
        with serve("tests.server.apps.plain:app") as server, connect(server.url("/echo")) as client: ...
        ```
    """
    with tempfile.NamedTemporaryFile(prefix="server-", suffix=".log") as output:
        address: tuple[str, ...] = ()
        if port is None:
            port = 0 if _has_address(args) else free_port(host)
            address = _address(command, host, port) if port else ()
        line = command_line(app, *address, *args, command=command)
        server = Server(_start(line, env, cwd, output, pass_fds), host, port, output)
        _running.append(server)
        try:
            _wait_until_it_accepts(server, args)
            yield server
        except BaseException as error:
            error.add_note(f"The server, {' '.join(line[1:])}, wrote:\n{server.log()}")
            raise
        finally:
            _running.remove(server)
            server.end()


def command_line(app: str, *args: str, command: Sequence[str] = HUBBUB) -> list[str]:
    """What starts `command` for `app`, with this Python."""
    return [sys.executable, "-m", *command, app, *args]


def environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The test's environment, with the sources in the path, and `env`."""
    path = os.pathsep.join(filter(None, [str(ROOT / "src"), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **(env or {})}


def free_port(host: str = "127.0.0.1") -> int:
    """A port on which nobody listens."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port


def wait_until(condition: Callable[[], bool], timeout: float = 10.0, what: str = "the condition") -> None:
    """Ask again and again, until `condition` holds.

    Raises:
        TimeoutError: it does not, for too long.
    """
    deadline, pause = time.monotonic() + timeout, 0.001
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {what} after {timeout} s")
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers wrote that a fixture keeps running. A `conftest.py` imports this to have it."""
    report = yield
    if report.failed:
        for server in _running:
            report.sections.append((f"log of the server on port {server.port}", server.log()))
    return report


def _start(
    line: list[str], env: Mapping[str, str] | None, cwd: Path, output: IO[bytes], pass_fds: Sequence[int]
) -> subprocess.Popen[bytes] | Nursling:
    if line[2] in FORKED and not pass_fds and not any(name.startswith("PYTHON") for name in env or {}):
        return Nursling(line[2:], environment(env), cwd, output.fileno())
    return subprocess.Popen(
        line,
        env=environment(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )


def _has_address(args: Sequence[str]) -> bool:
    return "--uds" in args or "--fd" in args


def _address(command: Sequence[str], host: str, port: int) -> tuple[str, ...]:
    if command[0] == "hypercorn":
        return ("--bind", f"{host}:{port}")
    return ("--host", host, "--port", str(port))


def _wait_until_it_accepts(server: Server, args: Sequence[str]) -> None:
    def accepts_or_ended() -> bool:
        return not server.is_running or _accepts(server, args)

    wait_until(accepts_or_ended, START, "server that accepts")
    if not server.is_running:
        raise RuntimeError(f"the server ended with {server.wait()} before it accepted")


def _accepts(server: Server, args: Sequence[str]) -> bool:
    if "--fd" in args:
        return True  # the descriptor listens already
    family: int = socket.AF_UNIX if "--uds" in args else socket.AF_INET6 if ":" in server.host else socket.AF_INET
    address = args[args.index("--uds") + 1] if "--uds" in args else (server.host, server.port)
    with socket.socket(family) as probe:
        return probe.connect_ex(address) == 0
