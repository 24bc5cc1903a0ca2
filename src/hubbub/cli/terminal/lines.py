"""What is typed at the prompt, understood: messages, and commands that begin with a slash. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ...codes import CloseCode, is_sendable
from ...errors import Misuse

COMMANDS = {
    "/ping": "[TEXT]  ping, and tell the round trip",
    "/hex": "BYTES   send a binary message: /hex 00 ff 1b",
    "/file": "PATH    send a file as a binary message",
    "/text": "PATH    send a file as a text message",
    "/close": "[CODE [REASON]]  close",
    "/info": "        tell what was agreed on, and what went through",
    "/help": "        this",
}
"""All commands, as `/help` lists them. Any other line is a message; `//help` sends `/help`."""


@dataclass(frozen=True)
class Say:
    """Send a message."""

    data: str | bytes


@dataclass(frozen=True)
class SendFile:
    """Send what a file holds."""

    path: Path
    is_text: bool = False


@dataclass(frozen=True)
class Ping:
    """Ping; wait for the pong."""

    data: bytes | None = None


@dataclass(frozen=True)
class Close:
    """Close, and do not come back."""

    code: int = CloseCode.NORMAL
    reason: str = ""


@dataclass(frozen=True)
class Info:
    """Tell about the connection."""


@dataclass(frozen=True)
class Help:
    """List the commands."""


Order: TypeAlias = Say | SendFile | Ping | Close | Info | Help
"""What is to be done."""


def parse(line: str, *, binary: bool = False) -> Order:
    """What a line means.

    Args:
        line: as typed.
        binary: messages go as binary.

    Raises:
        Misuse: a command's argument makes no sense; the text says what would.

    Example:
        >>> parse("/hex 48 69"), parse("/list"), parse("//help")
        (Say(data=b'Hi'), Say(data='/list'), Say(data='/help'))
    """
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    match word:
        case "/ping":
            return Ping(_ping_data(rest))
        case "/hex":
            return Say(parse_hex(rest))
        case "/file" | "/text":
            return _file(word, rest)
        case "/close":
            return _close(rest)
        case "/info":
            return Info()
        case "/help":
            return Help()
    text = line[1:] if line.startswith("//") else line
    return Say(text.encode() if binary else text)


def parse_hex(text: str) -> bytes:
    """Bytes from hex digits, with or without spaces, `0x` or colons between."""
    digits = text.lower().replace("0x", " ").replace(":", " ").replace(",", " ")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise Misuse("/hex needs pairs of hex digits, as in /hex 00 ff 1b") from None


def help_text() -> str:
    """All commands, one a line."""
    return "\n".join(f"{word} {text}" for word, text in COMMANDS.items())


def _ping_data(text: str) -> bytes | None:
    data = text.encode()
    if len(data) > 125:  # RFC 6455 section 5.5
        raise Misuse(f"a ping carries at most 125 bytes, not {len(data)}")
    return data or None


def _file(word: str, rest: str) -> SendFile:
    if not rest:
        raise Misuse(f"{word} needs a file, as in {word} picture.png")
    try:
        path = Path(rest).expanduser()
    except (RuntimeError, ValueError):  # of nobody, or of a name that can be none
        raise Misuse(f"{word}: there is no such home as in {rest!a}") from None
    return SendFile(path, word == "/text")


def _close(rest: str) -> Close:
    code, _, reason = rest.partition(" ")
    if not code:
        return Close()
    if not (code.isascii() and code.isdigit()) or not is_sendable(int(code[:6])):
        raise Misuse(f"{code} may not be sent as a close code: use 1000-1003, 1007-1014 or 3000-4999")
    if len(reason.encode()) > 123:  # RFC 6455 section 5.5
        raise Misuse("a reason has at most 123 bytes")
    return Close(int(code), reason.strip())
