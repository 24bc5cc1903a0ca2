"""Source as HTML: nothing of the text is lost or changed, and what is marked is what it says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from hubbub.demo.highlight import highlight

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*ROOT.glob("examples/*.py"), *ROOT.glob("src/hubbub/**/*.py")])


def text_of(html: str) -> str:
    """What a reader sees and copies."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def marked(source: str) -> list[tuple[str, str]]:
    """The kind and the text of each mark."""
    found = re.findall(r'<span class="(?!line)(\w+)">(.*?)</span>', highlight(source))
    return [(kind, unescape(text)) for kind, text in found]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_character_of_a_source_is_changed(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert text_of(highlight(source)) == source.rstrip("\n")


@pytest.mark.parametrize(
    "source",
    [
        'a = "<script>&amp;</script>"',
        "# <b> & 'c'",
        "f'{{{a!r:>{b}}}}' 'é€😀' + ü",
        'x = """one\n\n  two"""; y = 2',
        "a = 1 \\\n  + 2",
        "def f(): return\t1",
    ],
)
def test_whatever_stands_in_it_is_shown_as_it_is(source: str) -> None:
    html = highlight(source)
    assert text_of(html) == source
    assert re.sub(r'</?span( class="\w+")?>', "", html).count("<") == 0


def test_tokens_have_the_kind_that_they_are() -> None:
    assert marked("async def f(a=1): return 'x'  # why") == [
        ("keyword", "async"),
        ("keyword", "def"),
        ("name", "f"),
        ("number", "1"),
        ("keyword", "return"),
        ("string", "'x'"),
        ("comment", "# why"),
    ]


def test_a_decorator_is_marked_up_to_its_arguments() -> None:
    assert marked('@app.websocket("/ws")\ndef f(): ...') == [
        ("decorator", "@"),
        ("decorator", "app"),
        ("decorator", "."),
        ("decorator", "websocket"),
        ("string", '"/ws"'),
        ("keyword", "def"),
        ("name", "f"),
    ]


def test_a_matrix_product_is_no_decorator() -> None:
    assert marked("a = b @ c") == []


def test_a_decorator_without_arguments_ends_with_its_line() -> None:
    assert ("decorator", "def") not in marked("@cached\ndef f(): ...")


def test_match_is_a_keyword_only_where_it_begins_a_statement() -> None:
    kinds = [kind for kind, text in marked("match a:\n    case 1: ...\nmatch = 2\n") if text == "match"]
    assert kinds == ["keyword"]


def test_a_docstring_reads_as_a_comment_on_each_of_its_lines() -> None:
    assert marked('"""One.\n\nTwo."""\n')[:1] == [("comment", '"""One.')]
    assert ("comment", 'Two."""') in marked('"""One.\n\nTwo."""\n')
    assert marked('def f():\n    "Does."\n')[-1] == ("comment", '"Does."')
    assert marked('a = (\n    "text"\n)\n') == [("string", '"text"')]


def test_every_line_is_one() -> None:
    lines = highlight("a\n\nb").split("\n")
    assert lines == [f'<span class="line">{text}</span>' for text in ("a", "", "b")]
