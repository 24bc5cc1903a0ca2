"""How messages look; and that nothing of a server's reaches a terminal as a control code."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.cli.terminal.render import DUMPED, LONGEST, Look, hex_dump, safe, safe_line

NOW = datetime(2026, 1, 2, 3, 4, 5, 678900)
EYES = Look(is_terminal=True)
COLOUR = Look(is_terminal=True, has_colour=True)
OURS = re.compile(r"\x1b\[[0-9;]*m")
"""What colours are made of: nothing that moves, asks or names anything."""


def shown(look: Look, data: str | bytes) -> str:
    return look.message(data, "<", NOW).decode()


@given(st.text())
def test_no_control_code_is_left(text: str) -> None:
    left = {c for c in safe(text) if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")}
    assert left <= set("\n\t\u200c\u200d")


@given(st.text() | st.binary(max_size=300))
def test_whatever_comes_only_our_colours_are_escapes(data: str | bytes) -> None:
    rest = OURS.sub("", shown(COLOUR, data))
    assert "\x1b" not in rest
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in rest)


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\x9b31m",
        "\x1bP+q\x1b\\",
        "\r* closed",
        "\b\b",
        "\x7f",
        "\u202eabc",
        "\u2066",
        "\ud800",
    ],
)
def test_what_terminals_obey_is_seen_in_place(text: str) -> None:
    for look in (EYES, COLOUR):
        assert text not in OURS.sub("", look.message(text, "<", NOW).decode())
        assert text not in OURS.sub("", look.message(f'["{text}", 1]', "<", NOW).decode())


def test_what_people_write_stays() -> None:
    text = "Grüße, 你好, 👩‍👩‍👧 and עברית\tand tabs"
    assert safe(text) == text


@given(st.text())
def test_no_second_line_passes_for_another_message_or_a_notice(text: str) -> None:
    first, *others = shown(EYES, text).removesuffix("\n").split("\n")
    assert first.startswith("< ")
    assert all(line.startswith("  ") for line in others)


def test_a_pipe_gets_exactly_what_came() -> None:
    assert Look().message("a\x1b[2J\nb", "<", NOW) == b"a\x1b[2J\nb\n"
    assert Look().message(b"\x00\n\xff", "<", NOW) == b"\x00\n\xff"
    assert Look(has_hex=True).message(b"", "<", NOW) == b"\n"
    assert Look(has_time=True).message("a", "<", NOW) == b"03:04:05.678 a\n"


def test_json_is_laid_out_and_coloured_at_a_terminal_alone() -> None:
    text = '{"a":[1,2]}'
    assert shown(EYES, text) == '< {"a": [1, 2]}\n'
    coloured = shown(COLOUR, text)
    assert coloured.count("\x1b[") > 4
    assert OURS.sub("", coloured) == '< {"a": [1, 2]}\n'
    assert shown(Look(is_terminal=True, is_raw=True), text) == f"< {text}\n"
    assert Look().message(text, "<", NOW).decode() == f"{text}\n"


def test_the_second_line_stands_below_the_first_with_the_time_too() -> None:
    assert shown(Look(is_terminal=True, has_time=True), "a\nb") == "03:04:05.678 < a\n               b\n"


def test_binary_is_dumped() -> None:
    assert hex_dump(bytes(range(65, 83))).splitlines() == [
        "00000000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  |ABCDEFGHIJKLMNOP|",
        "00000010  51 52                                             |QR|",
    ]
    assert shown(EYES, b"") == "< 0 bytes\n"
    assert shown(EYES, b"\x1b\xff").splitlines()[1].endswith("|..|")


def test_what_is_too_long_for_eyes_is_cut_and_says_so() -> None:
    assert shown(EYES, "x" * (LONGEST + 7)).endswith("\n  ... and 7 characters more (a pipe gets all)\n")
    assert shown(EYES, bytes(DUMPED + 9)).endswith("\n  ... and 9 bytes more (a pipe gets all)\n")
    assert len(Look().message("x" * (LONGEST + 7), "<", NOW)) == LONGEST + 8


@given(st.text(max_size=2000))
def test_a_notice_is_one_line(text: str) -> None:
    line = EYES.notice(text).decode()
    assert line.startswith("* ")
    assert line.count("\n") == 1
    assert len(safe_line(text, 10)) <= 13 * 10


def test_what_a_server_refuses_with_is_made_safe_too() -> None:
    assert EYES.block("a\x1b[2J\n* b").decode() == "  a\\x1b[2J\n  * b\n"
