"""A channel's name finds the hook that is most specific for it, and what is no pattern says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.hooks.pattern import LONGEST, MAX_REMEMBERED, Pattern, Router


@pytest.mark.parametrize(
    ("pattern", "channel", "values"),
    [
        ("news", "news", {}),
        ("news", "news2", None),
        ("chat:{room}", "chat:lobby", {"room": "lobby"}),
        ("chat:{room}", "chat:a.b#c\nd", {"room": "a.b#c\nd"}),
        ("chat:{room}", "chat:", None),
        ("chat:{room}", "chat:a:b", None),
        ("chat:{room}", "$chat:lobby", None),
        ("chat:{room}", "chat:lobby\n:", None),
        ("chat:{rest:path}", "chat:a:b", {"rest": "a:b"}),
        ("{a}:{b}", "x:y", {"a": "x", "b": "y"}),
        ("{a}:{b}", "x", None),
        ("dialog#{a},{b}", "dialog#ann,bob", {"a": "ann", "b": "bob"}),
        ("a.c", "abc", None),
        ("{channel:path}", "whatever:it#is", {"channel": "whatever:it#is"}),
    ],
)
def test_a_pattern_matches(pattern: str, channel: str, values: dict[str, str] | None) -> None:
    assert Pattern(pattern).match(channel) == values


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be empty"),
        ("chat:{}", "a parameter's name is one of Python's"),
        ("chat:{1}", "a parameter's name is one of Python's"),
        ("chat:{a:int}", "a parameter's name is one of Python's"),
        ("chat:{a", "brace without its other"),
        ("chat:a}", "brace without its other"),
        ("{a}{b}", "without anything between"),
        ("{a}:{a}", "twice"),
        (test_a_pattern_matches, "needs their pattern"),
    ],
)
def test_what_is_no_pattern_says_why(text: str, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        Pattern(text)


def router(*patterns: str) -> Router[str]:
    made: Router[str] = Router()
    for text in patterns:
        made.add(Pattern(text), text)
    return made


@pytest.mark.parametrize(
    ("channel", "pattern"),
    [
        ("chat:lobby", "chat:lobby"),
        ("chat:other", "chat:{room}"),
        ("chat:other:typing", "chat:{room}:typing"),
        ("chat:a:b", "{all:path}"),
        ("news:other", "{a}:{b}"),
        ("news:lobby", "{a}:lobby"),
        ("plain", "{all:path}"),
    ],
)
def test_the_most_specific_counts_whatever_came_first(channel: str, pattern: str) -> None:
    patterns = ["{all:path}", "{a}:{b}", "{a}:lobby", "chat:{room}", "chat:{room}:typing", "chat:lobby"]
    for order in (patterns, patterns[::-1]):
        found = router(*order).find(channel)
        assert found is not None
        assert found[0] == pattern


def test_two_for_the_same_channels_are_one_too_many() -> None:
    with pytest.raises(Misuse, match=r"'chat:\{room\}' already, and 'chat:\{name\}' means the same"):
        router("chat:{room}", "chat:{name}")


def test_what_was_found_is_remembered_until_a_hook_is_added_and_not_without_bound() -> None:
    made = router("chat:{room}")
    assert made.find("chat:lobby") is made.find("chat:lobby")
    assert made.find("news") is None
    made.add(Pattern("news"), "news")
    assert made.find("news") == ("news", {})
    for number in range(MAX_REMEMBERED * 2 + 10):
        made.find(f"chat:{number}")
    assert len(made._found) <= MAX_REMEMBERED
    made.find("chat:" + "x" * 300)
    assert all(len(channel) < 300 for channel in made._found)
    assert made.find("chat:" + "x" * LONGEST) is None
    assert len(made) == len(list(made)) == 2


@given(st.lists(st.text(st.characters(exclude_characters=":{}"), min_size=1), min_size=1, max_size=4), st.data())
def test_what_is_put_in_is_what_comes_out(texts: list[str], data: st.DataObject) -> None:
    is_parameter = [data.draw(st.booleans()) for _ in texts]
    pattern = ":".join(f"{{p{i}}}" if is_parameter[i] else text for i, text in enumerate(texts))
    values = {f"p{i}": text for i, text in enumerate(texts) if is_parameter[i]}
    assert Pattern(pattern).match(":".join(texts)) == values


@given(st.text())
def test_any_name_is_found_or_not(channel: str) -> None:
    router("chat:{room}", "{a}:{b}", "{a}-{b}-{c}").find(channel)


def test_its_parts() -> None:
    assert Pattern("a:{b}:{c:path}").parts == (("a:", ""), ("", "b"), (":", ""), ("", "c:path"))
