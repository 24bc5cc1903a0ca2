"""Conversations as files: recorded from a client, compared, played again. One JSON object a line, made to be read and kept.

Knows a client by what it has: `send`, and `receive` or `recv`; so one of any library will do.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any, Literal, Protocol

from ..errors import Misuse
from ..sockets.message import Data
from .waits import TIMEOUT, bound

UPDATE = "HUBBUB_RECORD"
"""The variable that makes recordings be written anew, where it is set to anything."""

Who = Literal["client", "server"]


class Sender(Protocol):
    """A client of any library."""

    async def send(self, message: Any, /) -> Any:
        """Send a message."""


@dataclass(frozen=True)
class Said:
    """One message.

    Args:
        who: said it.
        data: what.
    """

    who: Who
    data: Data

    def __str__(self) -> str:
        return json.dumps({"from": self.who, **_encoded(self.data)}, ensure_ascii=False)

    @classmethod
    def parse(cls, line: str) -> Said:
        """From its line.

        Raises:
            ValueError: it is none.
        """
        fields = json.loads(line)
        who, data = fields.pop("from"), _decoded(fields)
        if who not in ("client", "server"):
            raise ValueError(f"'from' is client or server, not {who!r}")
        return cls(who, data)


@dataclass(frozen=True)
class Conversation:
    """What was said, in order.

    Args:
        said: all of it.
    """

    said: tuple[Said, ...] = ()

    @classmethod
    def load(cls, path: Path | str) -> Conversation:
        """From its file.

        Raises:
            Misuse: it is none; the text names the line.
        """
        said = []
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            try:
                said.append(Said.parse(line))
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                raise Misuse(f"{path}, line {number}, is nothing that was recorded: {error}") from None
        return cls(tuple(said))

    def save(self, path: Path | str) -> None:
        """Into a file."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text("".join(f"{said}\n" for said in self.said), encoding="utf-8")

    def compare(self, other: Conversation, what: str = "the recording") -> None:
        """See that another is the same.

        Raises:
            AssertionError: it is not; the text shows where they part.
        """
        if other != self:
            lines = unified_diff([*map(str, self.said)], [*map(str, other.said)], what, "now", lineterm="", n=2)
            raise AssertionError("\n".join(["the conversation is not the one that was recorded", *lines]))


class Recorder:
    """A client whose every message, sent or received, is noted; `record` makes it.

    Args:
        client: whose.
        clean: what is noted in place of a message: without what differs each time.
        timeout: seconds that a wait may take.
    """

    def __init__(self, client: Sender, clean: Callable[[Data], Data], timeout: float) -> None:
        self._client = client
        self._clean = clean
        self._timeout = timeout
        self._said: list[Said] = []

    @property
    def conversation(self) -> Conversation:
        """What was said so far."""
        return Conversation(tuple(self._said))

    async def send(self, message: Data) -> None:
        """As the client's."""
        async with bound(self._timeout, "the other end to read what it is sent"):
            await self._client.send(message)
        self._said.append(Said("client", self._clean(message)))

    async def receive(self) -> Data:
        """As the client's `receive` or `recv`."""
        async with bound(self._timeout, "a message"):
            data: Data = await receive_of(self._client)()
        self._said.append(Said("server", self._clean(data)))
        return data


@asynccontextmanager
async def record(
    client: Sender,
    path: Path | str,
    *,
    clean: Callable[[Data], Data] = lambda data: data,
    timeout: float = TIMEOUT,
) -> AsyncIterator[Recorder]:
    """Talk, and see that all was said as it was the last time: the first time writes the file, later ones compare with it.

    With `HUBBUB_RECORD` set in the environment it is written anew.

    Args:
        client: a `ClientSocket`, or any library's client with `send` and `receive` or `recv`.
        path: of the file, one JSON object a line; keep it beside the test.
        clean: gives what is noted in place of a message, where times or numbers differ each time.
        timeout: seconds that a wait may take.

    Raises:
        AssertionError: something else was said; the text shows what.

    Example:
        ```python
        async with testing.record(client, "tests/hello.jsonl") as talk:
            await talk.send("hello")
            await talk.receive()
        ```
    """
    recorder = Recorder(client, clean, timeout)
    yield recorder
    if os.environ.get(UPDATE) or not await asyncio.to_thread(Path(path).exists):
        recorder.conversation.save(path)
    else:
        Conversation.load(path).compare(recorder.conversation, str(path))


async def replay(
    client: Sender,
    conversation: Conversation | Path | str,
    *,
    as_server: bool = False,
    clean: Callable[[Data], Data] = lambda data: data,
    timeout: float = TIMEOUT,
) -> None:
    """Say again what one side said, and see that the other says what it did.

    Args:
        client: as for `record`; or with `as_server` the server's end, to be what a client is tested against.
        conversation: or the file that it is in.
        as_server: say what the server said.
        clean: as for `record`; used for what is heard.
        timeout: seconds that each message may take.

    Raises:
        AssertionError: the other side says something else.
        TimeoutError: it says nothing.
    """
    recorded = conversation if isinstance(conversation, Conversation) else Conversation.load(conversation)
    ours: Who = "server" if as_server else "client"
    heard: list[Said] = []
    for said in recorded.said:
        if said.who == ours:
            async with bound(timeout, f"the other end to read {said}"):
                await client.send(said.data)
            heard.append(said)
        else:
            async with bound(timeout, f"{said}"):
                heard.append(Said(said.who, clean(await receive_of(client)())))
            Conversation(recorded.said[: len(heard)]).compare(Conversation(tuple(heard)))


def receive_of(client: Any) -> Callable[[], Awaitable[Any]]:
    """How a client receives: `receive`, or `recv` in libraries that call it so."""
    found = getattr(client, "receive", None) or getattr(client, "recv", None)
    if found is None:
        raise Misuse(f"{type(client).__name__} has neither receive() nor recv()")
    receive: Callable[[], Awaitable[Any]] = found
    return receive


def _encoded(data: Data) -> dict[str, Any]:
    """JSON as JSON where that loses nothing, other text as text, bytes in hex."""
    if isinstance(data, bytes):
        return {"hex": data.hex()}
    try:
        value = json.loads(data, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return {"text": data}
    is_same = isinstance(value, (dict, list)) and any(data == _dumped(value, **form) for form in _FORMS)
    return {"json": value, **_form_of(data, value)} if is_same else {"text": data}


def _refuse(constant: str) -> None:
    """`NaN` and `Infinity` are Python's, not JSON's (RFC 8259 section 6)."""
    raise ValueError(constant)


_FORMS: tuple[dict[str, Any], ...] = (
    {"separators": (",", ":"), "ensure_ascii": False},
    {"separators": (", ", ": "), "ensure_ascii": False},
)
"""How JSON is written: close, as JavaScript and msgspec do, or wide, as Python does."""


def _dumped(value: Any, **form: Any) -> str:
    return json.dumps(value, **form)


def _form_of(data: str, value: Any) -> dict[str, bool]:
    return {} if data == _dumped(value, **_FORMS[0]) else {"wide": True}


def _decoded(fields: dict[str, Any]) -> Data:
    match fields:
        case {"text": str(text)}:
            return text
        case {"hex": str(digits)}:
            return bytes.fromhex(digits)
        case {"json": value}:
            return _dumped(value, **_FORMS[bool(fields.get("wide"))])
    raise ValueError("there is no 'text', 'json' or 'hex'")
