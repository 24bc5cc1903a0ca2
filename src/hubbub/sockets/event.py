"""One server-sent event and its bytes, as the HTML standard has them (section 9.2.5, "Parsing an event stream"). Pure.

Knows no streams and no HTTP: what carries events is `stream.py`'s.
"""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass
from typing import Any

from ..errors import Misuse
from .views import encode_json

CONTENT_TYPE = "text/event-stream"

_LINE_END = re.compile(r"\r\n|\r|\n")
_SPLITS = re.compile(r"[\r\n\0]")


@dataclass(frozen=True, slots=True)
class Event:
    """A server-sent event.

    Args:
        data: the text; a browser joins its lines with LF, whether CR, LF or CRLF stood between them. Without it a browser
            tells its page nothing.
        event: the name that a page listens for; browsers take `message` where there is none.
        id: what a browser gives back as `Last-Event-ID` when it reconnects. `EventStream` numbers the values of a
            `Broadcast` by itself: leave it out there.
        retry: seconds after which a client that lost the connection comes back; on the wire in milliseconds.
        comment: told to nobody; proxies see that the connection is alive.

    Raises:
        Misuse: `event` or `id` has a CR, LF or NUL in it, which would begin another field or be ignored by the client.

    Example:
        >>> Event("hello", event="greeting", id="7").encode()
        b'event: greeting\\ndata: hello\\nid: 7\\n\\n'
    """

    data: str | None = None
    _: KW_ONLY
    event: str | None = None
    id: str | None = None
    retry: float | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("data", self.data), ("comment", self.comment), ("event", self.event), ("id", self.id)):
            if value is not None and not isinstance(value, str):
                raise Misuse(
                    f"an event's {name} is str, not {type(value).__name__}: Event.json encodes any value as data"
                )
        for name, value in (("event", self.event), ("id", self.id)):
            if value is not None and _SPLITS.search(value):
                raise Misuse(f"an event's {name} must not contain CR, LF or NUL, as {value[:80]!r} does: take them out")
        if self.retry is not None and not 0 <= self.retry < float("inf"):
            raise Misuse(f"an event's retry is in seconds, 0 or more, not {self.retry!r}")

    @classmethod
    def json(
        cls,
        value: Any,
        *,
        event: str | None = None,
        id: str | None = None,
        retry: float | None = None,
        comment: str | None = None,
    ) -> Event:
        """An event whose data is `value` as JSON; pydantic models encode themselves, msgspec the rest.

        Example:
            >>> Event.json({"n": 1}).data
            '{"n":1}'
        """
        return cls(encode_json(value).decode(), event=event, id=id, retry=retry, comment=comment)

    def encode(self, default_id: str | None = None) -> bytes:
        """The event as it stands in a stream.

        Args:
            default_id: the id of an event that has none of its own.
        """
        lines = [f": {line}\n" if line else ":\n" for line in _split(self.comment)]
        if self.event is not None:
            lines.append(f"event: {self.event}\n")
        lines += [f"data: {line}\n" for line in _split(self.data)]
        own_id = self.id if self.id is not None else default_id
        if own_id is not None:
            lines.append(f"id: {own_id}\n")
        if self.retry is not None:
            lines.append(f"retry: {round(self.retry * 1000)}\n")
        return "".join([*lines, "\n"]).encode()

    def __len__(self) -> int:
        """About what it takes in a stream, in characters: by this a `Broadcast` bounds what it keeps."""
        return 8 + sum(len(text) for text in (self.data, self.comment, self.event, self.id) if text)


def _split(text: str | None) -> list[str]:
    return [] if text is None else _LINE_END.split(text)
