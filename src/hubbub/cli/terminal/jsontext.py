"""JSON laid out to be read, token by token: numbers, escapes and double keys stay as they came. Pure; knows no colours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

LONGEST = 100_000
"""Characters of a text that is laid out; what is longer is shown as it is."""

DEEPEST = 100
"""Levels: what is nested deeper is shown as it is."""

WIDTH = 80
"""Characters that an array or object may have to stay on one line."""

_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_OPENING = {"{": "}", "[": "]"}


def laid_out(text: str) -> str | None:
    """An object or array over as many lines as it needs; `None` where `text` is none, or too long.

    Example:
        >>> laid_out('{"a":[1,2.50]}')
        '{"a": [1, 2.50]}'
    """
    if len(text) > LONGEST or not text.lstrip().startswith(("{", "[")) or not is_json(text):
        return None
    tokens = [token for token in _TOKEN.findall(text) if not token.isspace()]
    return None if _depth(tokens) > DEEPEST else "".join(_lines(tokens))


def check_json(text: str) -> None:
    """Whether it is JSON, whatever numbers it holds.

    Raises:
        ValueError: it is none, and where.
        RecursionError: it is nested too deeply.
    """
    json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


def is_json(text: str) -> bool:
    """Whether `check_json` finds nothing wrong."""
    try:
        check_json(text)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(constant: str) -> None:
    """`NaN` and `Infinity` are Python's, not JSON's (RFC 8259 section 6)."""
    raise ValueError(f"{constant} is no number of JSON's")


def _depth(tokens: list[str]) -> int:
    depth = deepest = 0
    for token in tokens:
        depth += (token in _OPENING) - (token in "}]")
        deepest = max(deepest, depth)
    return deepest


def _lines(tokens: list[str]) -> Iterator[str]:
    """The tokens with the white space between them."""
    ends = _ends(tokens)
    depth, place = 0, 0
    while place < len(tokens):
        token = tokens[place]
        if token in _OPENING and (line := _on_one_line(tokens[place : ends[place] + 1], 2 * depth)) is not None:
            yield line
            place = ends[place]
        elif token in _OPENING:
            depth += 1
            yield token + _indent(depth)
        elif token in ("}", "]"):
            depth -= 1
            yield _indent(depth) + token
        elif token == ",":
            yield token + _indent(depth)
        else:
            yield ": " if token == ":" else token
        place += 1


def _ends(tokens: list[str]) -> dict[int, int]:
    """Where each bracket that opens is closed."""
    ends: dict[int, int] = {}
    open_at: list[int] = []
    for place, token in enumerate(tokens):
        if token in _OPENING:
            open_at.append(place)
        elif token in ("}", "]"):
            ends[open_at.pop()] = place
    return ends


def _on_one_line(tokens: list[str], indent: int) -> str | None:
    """The tokens of one value on a line, where they fit."""
    if len(tokens) > WIDTH or sum(map(len, tokens)) > WIDTH - indent:
        return None
    line = "".join(f"{token} " if token in (",", ":") else token for token in tokens)
    return line if len(line) <= WIDTH - indent else None


def _indent(depth: int) -> str:
    return "\n" + "  " * depth
