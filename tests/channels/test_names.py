"""How names are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.channels.names import Names, finds, wildcard

NAMES = Names()
WITHOUT_MARKS = Names("", "", "", "")


@pytest.mark.parametrize(
    ("channel", "namespace", "rest"),
    [
        ("lobby", "", "lobby"),
        ("chat:lobby", "chat", "lobby"),
        ("$chat:lobby", "chat", "lobby"),
        ("$lobby", "", "$lobby"),
        ("chat:a:b", "chat", "a:b"),
        ("chat:", "chat", ""),
        (":lobby", "", "lobby"),
        ("chat:#ann", "chat", "#ann"),
        ("", "", ""),
    ],
)
def test_the_namespace_is_what_comes_before_the_first_boundary(channel: str, namespace: str, rest: str) -> None:
    assert NAMES.split(channel) == (namespace, rest)
    assert NAMES.namespace_of(channel) == namespace


@pytest.mark.parametrize(("channel", "is_private"), [("$a", True), ("$ns:a", True), ("a$", False), ("", False)])
def test_a_private_channel_begins_with_the_prefix(channel: str, is_private: bool) -> None:
    assert NAMES.is_private(channel) is is_private


@pytest.mark.parametrize(
    ("channel", "users"),
    [
        ("dialog#ann,bob", ("ann", "bob")),
        ("#ann", ("ann",)),
        ("ns:#ann", ("ann",)),
        ("a#b#ann", ("ann",)),
        ("dialog#", ("",)),
        ("dialog", ()),
    ],
)
def test_users_follow_the_last_boundary(channel: str, users: tuple[str, ...]) -> None:
    assert NAMES.users_of(channel) == users
    assert NAMES.is_user_limited(channel) is bool(users)


@given(st.text(), st.sampled_from(["", "ns"]))
def test_a_personal_channel_is_its_users_alone(user: str, namespace: str) -> None:
    names = Names(user_separator="", user_boundary="\N{SNOWMAN}")
    channel = names.personal(user.replace("\N{SNOWMAN}", ""), namespace)
    assert names.users_of(channel) == (user.replace("\N{SNOWMAN}", ""),)
    assert names.namespace_of(channel) == (namespace or names.namespace_of(channel))


def test_a_mark_that_is_empty_means_nothing() -> None:
    channel = "$chat:a#b,c"
    assert WITHOUT_MARKS.split(channel) == ("", channel)
    assert not WITHOUT_MARKS.is_private(channel)
    assert not WITHOUT_MARKS.is_user_limited(channel)
    assert Names(user_separator="").users_of("#b,c") == ("b,c",)


def test_marks_may_be_others() -> None:
    names = Names("!", "/", "@", "+")
    assert names.split("!chat/a:b") == ("chat", "a:b")
    assert names.is_private("!chat/a")
    assert names.users_of("a@b+c") == ("b", "c")
    assert names.personal("ann", "me") == "me/@ann"


@pytest.mark.parametrize(
    ("channel", "fits"),
    [("a" * 255, True), ("a" * 256, False), ("\N{SNOWMAN}" * 85, True), ("\N{SNOWMAN}" * 86, False)],
)
def test_a_name_is_measured_in_bytes(channel: str, fits: bool) -> None:
    assert (NAMES.fault_of(channel) == "") is fits


@given(st.text(max_size=300))
def test_a_name_has_at_most_so_many_bytes(channel: str) -> None:
    too_long = len(channel.encode("utf-8", "surrogatepass")) > 255
    assert ("255 bytes" in NAMES.fault_of(channel)) is too_long
    assert bool(NAMES.fault_of(channel)) is (too_long or not channel)


@pytest.mark.parametrize(
    ("pattern", "channel", "fits"),
    [
        ("orders:*", "orders:1", True),
        ("orders:*", "orders", False),
        ("orders:?", "orders:12", False),
        ("orders:1", "orders:1", True),
        ("orders:1", "orders:1\n", False),
        ("a[b]", "a[b]", True),
        ("a[b]", "ab", False),
        ("*", "", True),
        ("*", "a\nb", True),
        ("a.c", "abc", False),
        ("[!a]?*", "[!a]b", True),
        ("[!a]?*", "cb", False),
        ("Orders:*", "orders:1", False),
    ],
)
def test_two_marks_stand_for_what_may_be_there(pattern: str, channel: str, fits: bool) -> None:
    assert (wildcard(pattern).match(channel) is not None) is fits


@pytest.mark.parametrize(
    ("pattern", "name", "fits"),
    [
        ("^[a-z]+$", "lobby", True),
        ("^[a-z]+$", "lobby\n", False),
        ("^[a-z]+$", "lobby\n\n", False),
        ("[a-z]$", "1a", True),
        ("bb", "lobby\n", True),
        ("^[a-z\n]+$", "lobby\n", True),
        ("^lobby\n$", "lobby\n", True),
    ],
)
def test_the_end_of_a_pattern_is_the_end_of_the_name(pattern: str, name: str, fits: bool) -> None:
    assert finds(pattern, name) is fits
