"""A client of the client protocol with nothing hidden: commands out, replies and pushes in, as JSON. Asserts nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.server.clients import closed
from tests.serving import Server

PATH = "/connection/websocket"


class Wire:
    """One connection.

    Args:
        connection: the socket.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._lines: list[dict[str, Any]] = []
        self._pushes: list[dict[str, Any]] = []
        self._id = 0

    def ask(self, method: str, /, **request: Any) -> Any:
        """Do a command: its result, or its error as `(code, message)`."""
        self.say(method, **request)
        while (reply := self._line()).get("id") != self._id:
            self._keep(reply)
        if "error" in reply:
            return reply["error"]["code"], reply["error"]["message"]
        return reply[method]

    def say(self, method: str, /, **request: Any) -> None:
        """Do a command, and do not wait for its answer."""
        self._id += 1
        self._connection.send(json.dumps({"id": self._id, method: request}))

    def tell(self, data: Any) -> None:
        """Send a message."""
        self._connection.send(json.dumps({"send": {"data": data}}))

    def push(self) -> dict[str, Any]:
        """The next push."""
        while not self._pushes:
            self._keep(self._line())
        return self._pushes.pop(0)

    def data(self, count: int) -> list[Any]:
        """What the next publications carry."""
        return [self.push()["pub"]["data"] for _ in range(count)]

    def closed(self) -> tuple[int, str]:
        """How the server has ended it."""
        return closed(self._connection)

    def _line(self) -> dict[str, Any]:
        while not self._lines:
            self._lines = [json.loads(line) for line in str(self._connection.recv(10)).splitlines()]
        return self._lines.pop(0)

    def _keep(self, line: dict[str, Any]) -> None:
        if "push" in line:
            self._pushes.append(line["push"])


@contextmanager
def wire(server: Server, **options: Any) -> Iterator[Wire]:
    """A connection that has said nothing yet; `options` are those of the upgrade."""
    with connect(server.url(PATH), **options) as connection:
        yield Wire(connection)


@contextmanager
def client(server: Server, *channels: str, **request: Any) -> Iterator[Wire]:
    """One that has connected and subscribed."""
    with wire(server) as opened:
        result = opened.ask("connect", **request)
        assert isinstance(result, dict), result
        for channel in channels:
            result = opened.ask("subscribe", channel=channel)
            assert isinstance(result, dict), result
        yield opened
