"""What a socket carries, as frozen values for `match`. Pure; knows no frames and no sockets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Text:
    """A text message, whole and valid UTF-8 (RFC 6455 section 5.6)."""

    data: str


@dataclass(frozen=True, slots=True)
class Binary:
    """A binary message, whole."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Ping:
    """A ping; it has been answered already. At most 125 bytes (RFC 6455 section 5.5.2)."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Pong:
    """A pong, asked for or not (RFC 6455 section 5.5.3)."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Close:
    """The peer's Close, always the last message; 1005 where it carried no code, 1006 where there was none."""

    code: int = 1005
    reason: str = ""


Message: TypeAlias = Text | Binary | Ping | Pong | Close
"""Every kind of message."""

Data: TypeAlias = str | bytes
"""A data message without its wrapping: what `async for` yields and `send` takes."""


FORWARDED = (str, bytes, Text, Binary, Ping, Pong)
"""What one sender may give to many sockets: all but a Close, which is each socket's own."""


def as_message(item: Data | Message) -> Message:
    """`item` in its wrapping.

    Example:
        >>> as_message("hello")
        Text(data='hello')
    """
    if isinstance(item, str):
        return Text(item)
    if isinstance(item, bytes):
        return Binary(item)
    return item
