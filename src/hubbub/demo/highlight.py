"""Python source as HTML with its tokens marked, by the standard library's tokenizer alone. Pure; knows no pages.

Every character comes from the source itself and is escaped; tokens only say where a mark begins and ends. So whatever the
tokenizer makes of a line, the text is right.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator
from html import escape
from tokenize import TokenInfo
from typing import NamedTuple

_KINDS = {tokenize.COMMENT: "comment", tokenize.NUMBER: "number", tokenize.STRING: "string"} | {
    getattr(tokenize, name): "string" for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END") if hasattr(tokenize, name)
}  # fmt: skip
_BLANK = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_BEFORE_A_STATEMENT = {"", ":"}


class Mark(NamedTuple):
    """Columns of one line that are of a kind."""

    line: int
    start: int
    end: int
    kind: str


def highlight(source: str) -> str:
    """`source` as HTML: a `span.line` for each line, spans with the kind as their class in it.

    Example:
        >>> highlight("return 1")
        '<span class="line"><span class="keyword">return</span> <span class="number">1</span></span>'
    """
    lines = source.splitlines()
    marks: dict[int, list[Mark]] = {}
    for mark in _marks(source, lines):
        marks.setdefault(mark.line, []).append(mark)
    return "\n".join(_line(text, marks.get(number, [])) for number, text in enumerate(lines, 1))


def _line(text: str, marks: list[Mark]) -> str:
    parts, at = [], 0
    for mark in marks:
        parts.append(escape(text[at : mark.start]))
        parts.append(f'<span class="{mark.kind}">{escape(text[mark.start : mark.end])}</span>')
        at = mark.end
    return f'<span class="line">{"".join(parts)}{escape(text[at:])}</span>'


def _marks(source: str, lines: list[str]) -> Iterator[Mark]:
    """Marks in order; a token over several lines has one on each."""
    for token, kind in _kinds(source):
        (first, start), (last, end) = token.start, token.end
        for number in range(first, last + 1):
            length = len(lines[number - 1])
            yield Mark(number, start if number == first else 0, min(end, length) if number == last else length, kind)


def _kinds(source: str) -> Iterator[tuple[TokenInfo, str]]:
    """The tokens that are marked, each with its kind: what it is, or what the token before makes of it."""
    before, decorates = "", False
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        starts_line = not token.line[: token.start[1]].strip()
        decorates = starts_line if token.string == "@" else decorates and token.string not in ("(", "\n")
        kind = "decorator" if decorates else _kind(token, before, starts_line)
        if kind:
            yield token, kind
        if token.type not in _BLANK:
            before = token.string


def _kind(token: TokenInfo, before: str, starts_line: bool) -> str | None:
    if token.type != tokenize.NAME:
        is_docstring = token.type == tokenize.STRING and starts_line and before in _BEFORE_A_STATEMENT
        return "comment" if is_docstring else _KINDS.get(token.type)
    if before in ("def", "class"):
        return "name"
    is_soft = token.string in ("match", "case") and starts_line and token.line.rstrip().endswith(":")
    return "keyword" if keyword.iskeyword(token.string) or is_soft else None
