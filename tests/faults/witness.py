"""Who sees whether a server was hurt: a bystander who echoes all the while, a monitor who asks within, the kernel's books.

They use the wire like everybody else; nothing here does harm.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.faults.wire import TEXT, Wire, frame
from tests.serving import wait_until

MIB = 1024 * 1024
TICKS = os.sysconf("SC_CLK_TCK")

PATIENCE = 5.0
"""Seconds within which a bystander's echo must come while others are hurt, on a machine that has other work too."""


class Bystander:
    """A connection that has done nothing wrong: an echo every few milliseconds, in a thread of its own.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._wire = Wire(port, deadline=30).open("/echo")
        self._slowest = 0.0
        self._count = 0
        self._error: Exception | None = None
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """See that all its echoes came since it was last asked, and soon enough; and that one comes now."""
        assert self._error is None, f"the bystander was disturbed: {self._error!r}"
        count = self._count
        wait_until(lambda: self._count > count + 1 or self._error is not None, 10, "echo for the bystander")
        assert self._error is None, f"the bystander was disturbed: {self._error!r}"
        slowest, self._slowest = self._slowest, 0.0
        assert slowest < PATIENCE, f"the bystander waited {slowest:.2f} s for an echo"

    def leave(self) -> None:
        """End its connection."""
        self._is_done.set()
        self._thread.join()
        self._wire.close()

    def _run(self) -> None:
        while not self._is_done.wait(0.005):
            began = time.perf_counter()
            try:
                self._wire.echo(b"%d" % self._count)
            except Exception as error:
                self._error = error
                return
            self._slowest = max(self._slowest, time.perf_counter() - began)
            self._count += 1


class Monitor:
    """Asks the app what is there within.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._wire = Wire(port, deadline=30).open("/monitor")

    def ask(self, question: str) -> Any:
        """The answer to one question."""
        return json.loads(self._wire.send(frame(TEXT, question.encode())).message())

    def counts(self) -> dict[str, int]:
        """Tasks, timers, descriptors, connections and listeners."""
        found: dict[str, int] = self.ask("counts")
        return found

    def wait_for_end(self, wire: Wire) -> list[Any]:
        """How the app saw `wire` end: code, reason, and how many messages were dropped."""
        question = f"end of {wire.port}"
        wait_until(lambda: self.ask(question) is not None, 10, "end for the handler")
        found: list[Any] = self.ask(question)
        return found

    def wait_until_back_at(self, before: dict[str, int], timeout: float = 12) -> None:
        """Wait until nothing is left of what came after `before`."""
        more: dict[str, int] = {}

        def is_back() -> bool:
            more.clear()
            more.update({name: n - before[name] for name, n in self.counts().items() if n > before[name]})
            return not more

        try:
            wait_until(is_back, timeout)
        except TimeoutError:
            raise AssertionError(f"something is left behind: {more}") from None

    def leave(self) -> None:
        """End its connection."""
        self._wire.close()


def memory(pid: int) -> int:
    """Bytes of memory that the process has in use."""
    return _status(pid, "VmRSS")


def cpu(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def memory_grows_by_less_than(size: int, pid: int) -> Iterator[None]:
    """See that the process never has `size` bytes more than now, not for a moment: the kernel remembers the peak."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    before = memory(pid)
    yield
    grown = _status(pid, "VmHWM") - before
    assert grown < size, f"memory grew by {grown / MIB:.1f} MiB, more than {size / MIB:.1f}"


@contextmanager
def cpu_grows_by_less_than(seconds: float, pid: int) -> Iterator[None]:
    """See that the process does not work longer for what happens meanwhile."""
    before = cpu(pid)
    yield
    used = cpu(pid) - before
    assert used < seconds, f"{used:.2f} s of processor time were used, more than {seconds:.2f}"


def _status(pid: int, name: str) -> int:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024
