"""A reader of event streams, written from the HTML standard alone (section 9.2.6, "Interpreting an event stream").

Takes bytes in any pieces. Knows nothing of what writes them.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True)
class Dispatched:
    """An event as a page would get it."""

    type: str
    data: str
    last_id: str


class Parser:
    """The state of one stream."""

    def __init__(self, last_id: str = "") -> None:
        self.events: list[Dispatched] = []
        self.comments: list[str] = []
        self.retry: int | None = None
        self.last_id = last_id
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._text = ""
        self._data = self._type = ""
        self._id = last_id

    def feed(self, data: bytes) -> list[Dispatched]:
        """What these bytes complete."""
        before = len(self.events)
        self._text += self._decoder.decode(data)
        while (line := self._take_line()) is not None:
            self._process(line)
        return self.events[before:]

    def _take_line(self) -> str | None:
        for i, character in enumerate(self._text):
            if character == "\n":
                line, self._text = self._text[:i], self._text[i + 1 :]
                return line
            if character == "\r":
                if i + 1 == len(self._text):
                    return None  # an LF may follow
                skip = 2 if self._text[i + 1] == "\n" else 1
                line, self._text = self._text[:i], self._text[i + skip :]
                return line
        return None

    def _process(self, line: str) -> None:
        if line == "":
            self._dispatch()
        elif line[0] == ":":
            self.comments.append(line[1:])
        elif ":" in line:
            name, value = line.split(":", 1)
            self._field(name, value[1:] if value[:1] == " " else value)
        else:
            self._field(line, "")

    def _field(self, name: str, value: str) -> None:
        if name == "event":
            self._type = value
        elif name == "data":
            self._data += value + "\n"
        elif name == "id":
            if "\0" not in value:
                self._id = value
        elif name == "retry" and value and all(c in "0123456789" for c in value):
            self.retry = int(value)

    def _dispatch(self) -> None:
        self.last_id = self._id
        if self._data == "":
            self._type = ""
            return
        data = self._data[:-1] if self._data[-1] == "\n" else self._data
        self.events.append(Dispatched(self._type or "message", data, self.last_id))
        self._data = self._type = ""
