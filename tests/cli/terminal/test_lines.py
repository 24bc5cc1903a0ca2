"""What is typed at the prompt."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.cli.terminal.lines import COMMANDS, Close, Help, Info, Order, Ping, Say, SendFile, help_text, parse


@pytest.mark.parametrize(
    ("line", "order"),
    [
        ("hello", Say("hello")),
        (" /ping", Say(" /ping")),
        ("/join room", Say("/join room")),
        ("//ping", Say("/ping")),
        ("//", Say("/")),
        ("/ping", Ping()),
        ("/ping  é ", Ping("é".encode())),
        ("/hex 00 FF", Say(b"\x00\xff")),
        ("/hex 0x00,0xff 1b:1c", Say(b"\x00\xff\x1b\x1c")),
        ("/hex", Say(b"")),
        ("/file a b.png", SendFile(Path("a b.png"))),
        ("/text ~/x", SendFile(Path.home() / "x", is_text=True)),
        ("/close", Close()),
        ("/close 4000", Close(4000)),
        ("/close 4000 see you ", Close(4000, "see you")),
        ("/info", Info()),
        ("/help", Help()),
    ],
)
def test_a_line(line: str, order: Order) -> None:
    assert parse(line) == order


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/hex 0", "pairs of hex digits"),
        ("/hex gg", "pairs of hex digits"),
        ("/ping " + "x" * 126, "at most 125 bytes, not 126"),
        ("/file", "/file needs a file"),
        ("/text ", "/text needs a file"),
        ("/file ~nobody-of-that-name/x", "no such home"),
        ("/close 1006", "1006 may not be sent"),
        ("/close now", "now may not be sent"),
        ("/close ²", "may not be sent"),
        ("/close 99999999999999999999", "may not be sent"),
        ("/close 1000 " + "x" * 124, "at most 123 bytes"),
    ],
)
def test_a_line_that_makes_no_sense_says_what_would(line: str, told: str) -> None:
    with pytest.raises(Misuse, match=told):
        parse(line)


@given(st.text() | st.builds("{} {}".format, st.sampled_from(list(COMMANDS)), st.text()))
def test_any_line_is_an_order_or_a_misuse(line: str) -> None:
    with suppress(Misuse):
        assert parse(line) is not None


@given(st.text())
def test_any_text_can_be_sent(text: str) -> None:
    line = f"/{text}" if text.startswith("/") else text
    assert parse(line) == Say(text)


def test_messages_may_go_as_binary() -> None:
    assert parse("é", binary=True) == Say("é".encode())


def test_help_names_each_command_once() -> None:
    assert [line.split()[0] for line in help_text().splitlines()] == list(COMMANDS)
    for word in COMMANDS:
        try:
            assert not isinstance(parse(f"{word} 1"), Say) or word == "/hex"
        except Misuse:
            pass
