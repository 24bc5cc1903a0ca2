"""The kinds of values that options have beside plain ones: durations as Go writes them, and secrets that nothing shows."""

from __future__ import annotations

import re
from hmac import compare_digest

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
"""Seconds in each unit (Go's `time.ParseDuration`)."""

LONGEST = 100 * 365 * 24 * 3600.0
"""A century of seconds: whoever says more has made a mistake."""

KIB = 1024
"""Bytes."""

MASK = "***"
"""What is shown of a secret."""

_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_WHOLE = re.compile(rf"[-+]?(?:{_PART.pattern})+", re.ASCII)


class Duration(float):
    """Seconds, which are read and shown as `25s`, `1h30m` or `300ms`."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Duration:
        """A duration as it stands in a file: numbers, each with its unit.

        Raises:
            ValueError: it is none; the text says what one looks like.

        Example:
            >>> Duration.parse("1m30s"), float(Duration.parse("300ms"))
            (1m30s, 0.3)
        """
        if text in ("0", "+0", "-0"):
            return cls(0.0)
        if not _WHOLE.fullmatch(text):
            raise ValueError('a duration is numbers with their units: "25s", "1h30m", "300ms"')
        seconds = sum(float(number) * UNITS[unit] for number, unit in _PART.findall(text))
        if not seconds <= LONGEST:
            raise ValueError("a duration that long is none")
        return cls(-seconds if text.startswith("-") else seconds)

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        if self != self // 1 or self < 0:
            return f"{float(self) * 1000:.15g}ms" if abs(self) < 1 else f"{float(self):.15g}s"
        hours, rest = divmod(int(self), 3600)
        minutes, seconds = divmod(rest, 60)
        parts = [(hours, "h"), (minutes, "m"), (seconds, "s")]
        return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


class Secret:
    """A text that is used and never shown: no log, no error and no `repr` has it.

    Args:
        text: what it is.

    Example:
        >>> Secret("hunter2"), bool(Secret("")), len(Secret("hunter2").reveal())
        (***, False, 7)
    """

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return MASK if self._text else "''"

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not written anywhere")
