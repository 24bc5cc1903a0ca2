"""A client of the client protocol by raw bytes, and one that sees whether others are disturbed. JSON and Protobuf.

Knows the protocol's frames, and nothing of the library's.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from typing import Any
from urllib.request import urlopen

from tests.faults.wire import BINARY, CLOSE, TEXT, Frame, Wire, frame
from tests.faults.witness import PATIENCE
from tests.serving import wait_until

PATH = "/connection/websocket"
HASTY = "/hasty" + PATH
TOKENS = "/tokens" + PATH

Message = dict[str, Any]


class Talker:
    """One client.

    Args:
        port: of the server.
        user: who it says it is; it connects at once, unless this is empty.
        path: of the hub.
        receive_buffer: bytes that the kernel may hold for it.
    """

    def __init__(self, port: int, user: str = "eve", path: str = PATH, *, receive_buffer: int | None = None) -> None:
        self.wire = Wire(port, receive_buffer=receive_buffer, deadline=10).open(path)
        self.pushes: deque[Message] = deque()
        self._lines: deque[str] = deque()
        self._id = 0
        if user:
            assert "connect" in self.ask(connect={"token": user})

    def __enter__(self) -> Talker:
        return self

    def __exit__(self, *error: object) -> None:
        self.wire.close()

    def say(self, *lines: str | bytes, opcode: int = TEXT) -> Talker:
        """A frame of these lines, as they are."""
        encoded = [line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line for line in lines]
        self.wire.send(frame(opcode, b"\n".join(encoded)))
        return self

    def begin(self, **command: Any) -> int:
        """A command with the next id, which is returned."""
        self._id += 1
        self.say(json.dumps({"id": self._id, **command}))
        return self._id

    def ask(self, **command: Any) -> Message:
        """A command, and its reply; pushes before it are kept in `pushes`."""
        id = self.begin(**command)
        while (message := self.hear()).get("id") != id:
            self.pushes.append(message["push"])
        return message

    def hear(self) -> Message:
        """The next message; pings are answered."""
        while True:
            while not self._lines:
                self._lines.extend(self._frame().payload.decode().split("\n"))
            message: Message = json.loads(self._lines.popleft())
            if message:
                return message
            self.say("{}")

    def push(self) -> Message:
        """What the next push says."""
        if self.pushes:
            return self.pushes.popleft()
        message: Message = self.hear()["push"]
        return message

    def closed(self) -> tuple[int | None, str]:
        """How the server ends it; what comes before is passed over."""
        while (found := self.wire.frame()).opcode != CLOSE:
            pass
        return found.code, found.payload[2:].decode()

    def _frame(self) -> Frame:
        found = self.wire.frame()
        assert found.opcode in (TEXT, BINARY), (found.opcode, found.code, found.payload)
        return found


class Bystander:
    """A client that has done nothing wrong: what it publishes comes back to it, in order, all the while.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._talker = Talker(port, "bystander")
        self._talker.ask(subscribe={"channel": "room:bystander"})
        self._count = 0
        self._slowest = 0.0
        self._error: BaseException | None = None
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """See that all went well since it was last asked, and soon enough; and that it goes on now."""
        count = self._count
        wait_until(lambda: self._count > count + 1 or self._error is not None, 10, "publication for the bystander")
        assert self._error is None, f"the bystander was disturbed: {self._error!r}"
        slowest, self._slowest = self._slowest, 0.0
        assert slowest < PATIENCE, f"the bystander waited {slowest:.2f} s"

    def leave(self) -> None:
        """End its connection."""
        self._is_done.set()
        self._thread.join()
        self._talker.wire.close()

    def _run(self) -> None:
        try:
            while not self._is_done.wait(0.005):
                began = time.perf_counter()
                self._publish()
                self._slowest = max(self._slowest, time.perf_counter() - began)
        except BaseException as error:
            self._error = error

    def _publish(self) -> None:
        self._count += 1
        reply = self._talker.ask(publish={"channel": "room:bystander", "data": self._count})
        assert "error" not in reply, reply
        while "pub" not in (push := self._talker.push()):  # its own join
            pass
        assert (push["pub"]["data"], push["pub"]["offset"]) == (self._count, self._count)


def counts(port: int) -> dict[str, int]:
    """What is there within the server: tasks, timers, descriptors, and what its hubs hold."""
    with urlopen(f"http://127.0.0.1:{port}/counts", timeout=30) as response:
        found: dict[str, int] = json.load(response)
    return found


def wait_until_back_at(before: dict[str, int], port: int, timeout: float = 15) -> None:
    """Wait until nothing is left of what came after `before`, and nothing is gone that was there."""
    other: dict[str, int] = {}

    def is_back() -> bool:
        other.clear()
        other.update({name: n - before[name] for name, n in counts(port).items() if n != before[name]})
        return not other

    try:
        wait_until(is_back, timeout)
    except TimeoutError:
        raise AssertionError(f"something is left behind, or gone: {other}") from None
