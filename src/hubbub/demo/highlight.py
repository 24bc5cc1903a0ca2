"""Source as HTML with its tokens marked. Pygments reads the languages; which kinds are marked is decided here. Knows no pages.

Every character comes from the source itself and is escaped; tokens only say where a mark begins and ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import groupby
from operator import itemgetter

from pygments.lexers import get_lexer_for_filename  # type: ignore[import-untyped]  # its types are another package
from pygments.token import Comment, Keyword, Literal, Name, Number, Operator, String, Token, _TokenType  # type: ignore[import-untyped]

_KINDS: dict[_TokenType, str] = {
    Comment: "comment",
    String.Doc: "comment",
    Keyword: "keyword",
    Operator.Word: "keyword",
    Number: "number",
    String: "string",
    Literal: "string",
    Name.Decorator: "decorator",
    Name.Function: "name",
    Name.Class: "name",
    Name.Tag: "name",
    Name.Attribute: "decorator",
}
"""Which tokens are marked, and how; one that is not in here is as its parent."""


def highlight(source: str, filename: str) -> str:
    """`source` as HTML: a `span.line` for each line, spans with the kind as their class in it.

    Args:
        source: the text.
        filename: tells the language.

    Example:
        >>> highlight("return 1", "app.py")
        '<span class="line"><span class="keyword">return</span> <span class="number">1</span></span>'
    """
    lexer = get_lexer_for_filename(filename, stripnl=False, ensurenl=False)
    tokens = ((_kind(token), text) for token, text in lexer.get_tokens(source.rstrip("\n")))
    lines = [""]
    for kind, group in groupby(tokens, key=itemgetter(0)):
        first, *others = (_mark(text, kind) for text in "".join(text for _, text in group).split("\n"))
        lines[-1] += first
        lines.extend(others)
    return "\n".join(f'<span class="line">{line}</span>' for line in lines)


def _mark(text: str, kind: str | None) -> str:
    return f'<span class="{kind}">{escape(text)}</span>' if kind and text.strip() else escape(text)


def _kind(token: _TokenType) -> str | None:
    return next((found for at in _upwards(token) if (found := _KINDS.get(at))), None)


def _upwards(token: _TokenType) -> Iterator[_TokenType]:
    """The token's type, and what it is a kind of, up to the root."""
    while token is not Token:
        yield token
        token = token.parent
