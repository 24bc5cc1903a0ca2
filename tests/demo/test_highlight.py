"""Source as HTML: nothing of the text is lost or changed, and what is marked is what it says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from hubbub.demo.highlight import highlight

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for kind in ("py", "js", "html", "css") for path in ROOT.glob(f"examples/**/*.{kind}"))


def text_of(html: str) -> str:
    """What a reader sees and copies."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def marked(source: str, name: str = "a.py") -> list[tuple[str, str]]:
    """The kind and the text of each mark."""
    found = re.findall(r'<span class="(?!line)(\w+)">(.*?)</span>', highlight(source, name))
    return [(kind, unescape(text)) for kind, text in found]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_character_of_a_source_is_changed(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert text_of(highlight(source, path.name)) == source.rstrip("\n")


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
    html = highlight(source, "a.py")
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


def test_a_decorator_is_marked() -> None:
    assert marked("@app.get\ndef f(): ...")[0] == ("decorator", "@app")


def test_a_matrix_product_is_no_decorator() -> None:
    assert marked("a = b @ c") == []


def test_a_docstring_reads_as_a_comment_on_each_of_its_lines() -> None:
    assert marked('"""One.\n\nTwo."""\n') == [("comment", '"""One.'), ("comment", 'Two."""')]


def test_a_script_and_a_page_are_marked_too() -> None:
    assert marked("const a = `x`; // why", "a.js") == [("keyword", "const"), ("string", "`x`"), ("comment", "// why")]
    assert ("name", "button") in marked("<button disabled>Send</button>", "a.html")


def test_every_line_is_one() -> None:
    lines = highlight("a\n\nb", "a.py").split("\n")
    assert lines == [f'<span class="line">{text}</span>' for text in ("a", "", "b")]
