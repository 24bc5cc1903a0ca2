"""Which hook a channel's name belongs to: patterns, the most specific first, and a bounded memory of what was found. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar

from ..errors import Misuse

T = TypeVar("T")

LONGEST = 1024
"""Characters of a name that is looked at; what is longer matches nothing."""

MAX_REMEMBERED = 4096
"""Channels whose hook is remembered, and the most characters of such a name."""

_LONGEST_REMEMBERED = 255
_PARAMETER = re.compile(r"\{([^{}]*)\}")


class Pattern:
    """The names that a hook is for: text, and parameters in braces.

    A parameter stands for one character or more, but no `:`; `{name:path}` for any at all.

    Args:
        text: for example `chat:{room}`.

    Attributes:
        parts: in order, each a literal and `""`, or `""` and a parameter's name, with its `:path`.
        names: the parameters'.

    Raises:
        Misuse: the text is no pattern; the error says why.

    Example:
        >>> Pattern("chat:{room}").match("chat:lobby")
        {'room': 'lobby'}
    """

    def __init__(self, text: str) -> None:
        if not isinstance(text, str):
            raise Misuse(f"a hook for channels needs their pattern: @hub.on_subscribe('chat:{{room}}'), not {text!r}")
        self.text = text
        self.parts = tuple(_parse(text))
        self.names = tuple(name.removesuffix(":path") for literal, name in self.parts if not literal)
        if len(set(self.names)) < len(self.names):
            raise Misuse(f"the pattern {text!r} has a parameter twice: give each a name of its own")
        self._regex = re.compile("".join(_regex(literal, name) for literal, name in self.parts), re.DOTALL)
        self.shape = re.sub(r"\(\?P<\w+>", "(", self._regex.pattern)
        self.rank = (*map(_rank, self.parts), _END)

    def match(self, channel: str) -> dict[str, str] | None:
        """The parameters' values, or `None` for a channel that it is not for."""
        found = self._regex.fullmatch(channel)
        return None if found is None else found.groupdict()


class Router(Generic[T]):
    """Patterns, and what each leads to. Of several that match the most specific counts: the longer fixed beginning."""

    def __init__(self) -> None:
        self._routes: list[tuple[Pattern, T]] = []
        self._found: dict[str, tuple[T, dict[str, str]] | None] = {}

    def __iter__(self) -> Iterator[tuple[Pattern, T]]:
        return iter(self._routes)

    def __len__(self) -> int:
        return len(self._routes)

    def add(self, pattern: Pattern, target: T) -> None:
        """Lead the pattern's channels to `target`.

        Raises:
            Misuse: another is there for the same names.
        """
        for other, _ in self._routes:
            if other.shape == pattern.shape:
                raise Misuse(
                    f"there is a hook for {other.text!r} already, and {pattern.text!r} means the same channels"
                )
        self._routes.append((pattern, target))
        self._routes.sort(key=lambda route: route[0].rank)
        self._found.clear()

    def find(self, channel: str) -> tuple[T, dict[str, str]] | None:
        """What the channel leads to, and its parameters' values."""
        try:
            return self._found[channel]
        except KeyError:
            found = self._look(channel)
            if len(channel) <= _LONGEST_REMEMBERED:
                if len(self._found) >= MAX_REMEMBERED:
                    self._found.clear()
                self._found[channel] = found
            return found

    def _look(self, channel: str) -> tuple[T, dict[str, str]] | None:
        if len(channel) <= LONGEST:
            for pattern, target in self._routes:
                values = pattern.match(channel)
                if values is not None:
                    return target, values
        return None


_END = (3, 0)
"""Of what goes on, more is fixed."""


def _rank(part: tuple[str, str]) -> tuple[int, int]:
    """Lower is more specific: text, the longer the better; a parameter; a path."""
    literal, name = part
    return (0, -len(literal)) if literal else (1 + name.endswith(":path"), 0)


def _parse(text: str) -> Iterator[tuple[str, str]]:
    """Its parts: a literal, or the name of a parameter."""
    at, last = 0, ""
    for found in _PARAMETER.finditer(text):
        literal = text[at : found.start()]
        if not literal and last:
            raise Misuse(f"the pattern {text!r} has parameters without anything between them: where would one end?")
        if literal:
            yield _checked(literal, text), ""
        last = found[1]
        name = last.removesuffix(":path")
        if not name.isidentifier():
            raise Misuse(f"the pattern {text!r} has {{{last}}}: a parameter's name is one of Python's, as in {{room}}")
        yield "", last
        at = found.end()
    if text[at:] or not text:
        yield _checked(text[at:], text), ""


def _checked(literal: str, text: str) -> str:
    if not literal:
        raise Misuse("a pattern cannot be empty; for all channels say '{channel:path}'")
    if "{" in literal or "}" in literal:
        raise Misuse(f"the pattern {text!r} has a brace without its other: a parameter is written {{room}}")
    return literal


def _regex(literal: str, name: str) -> str:
    if literal:
        return re.escape(literal)
    return f"(?P<{name.removesuffix(':path')}>{'.+' if name.endswith(':path') else '[^:]+'})"
