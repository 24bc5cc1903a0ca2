"""How messages and notices look. Pure text in, text out: nothing that a server sends reaches a terminal as a control code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from .jsontext import laid_out

LONGEST = 100_000
"""Characters of a text, and bytes of a binary message, that a terminal is shown; pipes get all."""

DUMPED = 4096
"""Bytes of a binary message that are dumped."""

_HARMLESS = frozenset("\n\t\u200c\u200d")
"""What is not printable and does no harm: line ends, tabs, and the joiners that emoji and some scripts need."""

_STYLES = {"mark": "36", "notice": "2", "error": "31", "time": "2"}


def safe(text: str) -> str:
    """`text` without anything that could move a cursor, change colours, titles or directions, or answer for the keyboard.

    Example:
        >>> safe("a\\x1b[2Jb")
        'a\\\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in _HARMLESS else ascii(c)[1:-1] for c in text)


def safe_line(text: str, limit: int = 500) -> str:
    """`text` as one line of at most so many characters."""
    cut = text if len(text) <= limit else text[:limit] + "..."
    return safe(cut).replace("\n", "\\n").replace("\t", " ")


def hex_dump(data: bytes) -> str:
    """Sixteen bytes a line: where, in hex, as ASCII.

    Example:
        >>> hex_dump(b"Hi\\x00")
        '00000000  48 69 00                                          |Hi.|'
    """
    return "\n".join(_dump_lines(data))


def _dump_lines(data: bytes) -> Iterator[str]:
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        halves = f"{row[:8].hex(' ')}  {row[8:].hex(' ')}"
        yield f"{at:08x}  {halves:<49} |{''.join(chr(b) if 32 <= b < 127 else '.' for b in row)}|"


@dataclass(frozen=True)
class Look:
    """How things are shown.

    Args:
        is_terminal: made for eyes, and safe; else exactly what came, for programs.
        has_colour: whether to colour.
        is_raw: on a terminal: JSON as it came.
        has_hex: in a pipe: binary messages as a dump, too.
        has_time: with the time before each message.
    """

    is_terminal: bool = False
    has_colour: bool = False
    is_raw: bool = False
    has_hex: bool = False
    has_time: bool = False

    def message(self, data: str | bytes, mark: str, now: datetime) -> bytes:
        """A message as it is written: `mark` begins with `<` where it came, `>` where it went."""
        if self.is_terminal:
            return self._for_eyes(data, mark, now)
        time = f"{clock_time(now)} ".encode() if self.has_time else b""
        if isinstance(data, str):
            return time + data.encode() + b"\n"
        return time + (hex_dump(data).encode() + b"\n" if self.has_hex else data)

    def notice(self, text: str, *, is_error: bool = False) -> bytes:
        """A line about the connection."""
        return (self._styled(f"* {safe_line(text)}", "error" if is_error else "notice") + "\n").encode()

    def block(self, text: str) -> bytes:
        """Text of a server's own, below a notice: what it refused with."""
        return (_indented(self.body(text), "  ", "  ") + "\n").encode()

    def _for_eyes(self, data: str | bytes, mark: str, now: datetime) -> bytes:
        time = self._styled(clock_time(now), "time") + " " if self.has_time else ""
        body = self.body(data) if isinstance(data, str) else _binary(data)
        mark = safe_line(mark)
        margin = " " * (2 + (len(clock_time(now)) + 1 if self.has_time else 0))
        return (_indented(body, f"{time}{self._styled(mark, 'mark')} ", margin) + "\n").encode("utf-8", "replace")

    def body(self, text: str) -> str:
        """A text as eyes are shown it: JSON laid out, nothing that could do harm, and no more than is read."""
        if len(text) > LONGEST:
            return safe(text[:LONGEST]) + f"\n... and {len(text) - LONGEST} characters more (a pipe gets all)"
        pretty = None if self.is_raw else laid_out(text)
        if pretty is None:
            return safe(text)
        return coloured_json(safe(pretty)) if self.has_colour else safe(pretty)

    def _styled(self, text: str, style: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.has_colour else text


def coloured_json(text: str) -> str:
    """JSON with colours for a terminal. Whatever was a control code must be gone by then."""
    from pygments import highlight  # type: ignore[import-untyped]  # the library has no types
    from pygments.formatters.terminal import TerminalFormatter  # type: ignore[import-untyped]  # the library has no types
    from pygments.lexers.data import JsonLexer  # type: ignore[import-untyped]  # the library has no types

    return str(highlight(text, JsonLexer(stripnl=False, ensurenl=False), TerminalFormatter()))


def has_colour(wanted: str, environ: Mapping[str, str]) -> Callable[[bool], bool]:
    """Whether to colour what goes to a terminal, or to none: `NO_COLOR` and a dumb terminal say no, unless told."""
    says_no = bool(environ.get("NO_COLOR")) or environ.get("TERM") == "dumb"
    return lambda is_terminal: wanted == "always" or (wanted == "auto" and is_terminal and not says_no)


def clock_time(now: datetime) -> str:
    """The time of day, to the millisecond."""
    return f"{now:%H:%M:%S}.{now.microsecond // 1000:03}"


def _binary(data: bytes) -> str:
    more = f"\n... and {len(data) - DUMPED} bytes more (a pipe gets all)" if len(data) > DUMPED else ""
    return f"{len(data)} bytes\n{hex_dump(data[:DUMPED])}{more}".rstrip("\n")


def _indented(body: str, first: str, margin: str) -> str:
    """Lines that all begin with the margin: a message cannot pass its second line off as another message, or a notice."""
    return first + body.replace("\n", "\n" + margin)
