"""The prompt, at a terminal: what is typed, what appears above it, and how the terminal is left. Real processes, real keys."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from hubbub.cli.terminal.exits import Exit
from hubbub.cli.terminal.lines import COMMANDS
from hubbub.cli.terminal.prompt import CommandCompleter
from tests.cli.terminal.terminal import ESCAPES, Terminal, at_terminal
from tests.serving import Server


def end_of(terminal: Terminal) -> tuple[int, bool]:
    """The exit code, and whether the terminal is as it was."""
    return terminal.wait_for_end(), terminal.is_echoing()


def test_a_conversation(talk: Server, state: dict[str, str]) -> None:
    with at_terminal("connect", talk.url("/echo"), "-x", "first", env=state) as terminal:
        terminal.wait_for(f"* connected to {talk.url('/echo')}")
        terminal.wait_for("< first")
        terminal.enter('{"a":[1,true]}')
        terminal.wait_for('< {"a": [1, true]}')
        assert b"\x1b[36m<\x1b[0m {\x1b[" in terminal.raw  # in colours
        terminal.enter("/pign")
        terminal.wait_for("< /pign")
        terminal.enter("/hex 0")
        terminal.wait_for("* /hex needs pairs")
        terminal.enter("/ping")
        terminal.wait_for("* pong after")
        terminal.type("two\x1b\rlines\r")  # Alt-Enter
        terminal.wait_for("< two\n  lines")
        terminal.type("/in\t")
        terminal.wait_for("/info")
        terminal.enter("")
        terminal.wait_for("* 4 received, 4 sent")
        terminal.enter("/close 4000 bye")
        assert end_of(terminal) == (Exit.OK, True)
        assert terminal.text.rstrip().endswith("* closed: 4000 (application code, come back): bye")


def complete(text: str) -> list[str]:
    """The completions of a line."""
    found = CommandCompleter().get_completions(Document(text), CompleteEvent(completion_requested=True))
    return [completion.text for completion in found]


def test_commands_and_paths_are_completed(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_text("")
    assert complete("/pi") == ["/ping"]
    assert complete("/") == list(COMMANDS)
    assert complete(f"/file {tmp_path}/pic") == ["ture.png"]
    assert complete("pi") == complete("/ping /p") == []


def test_lines_are_kept_for_the_next_time_unless_told_not_to(talk: Server, state: dict[str, str]) -> None:
    path = Path(state["XDG_STATE_HOME"]) / "hubbub" / "history"
    with at_terminal("connect", talk.url("/echo"), "--no-history", env=state) as terminal:
        terminal.enter("not kept")
        terminal.wait_for("< not kept")
        terminal.type("\x04")  # Ctrl-D
        assert end_of(terminal) == (Exit.OK, True)
    assert not path.exists()
    with at_terminal("connect", talk.url("/echo"), env={**state, "NO_COLOR": "1"}) as terminal:
        terminal.enter("kept")
        terminal.wait_for("< kept")
        assert b"\x1b[36m" not in terminal.raw
        terminal.type("\x04")
        terminal.wait_for_end()
    assert path.stat().st_mode & 0o777 == 0o600
    with at_terminal("connect", talk.url("/echo"), env=state) as terminal:
        terminal.wait_for("* connected")
        terminal.type("\x1b[A\r")  # up
        terminal.wait_for("< kept")


def test_nothing_of_a_hostile_server_reaches_the_terminal(talk: Server, state: dict[str, str]) -> None:
    with at_terminal("connect", talk.url("/hostile"), "-t", env=state) as terminal:
        terminal.wait_for("fake")
        terminal.wait_for('"b": "')
        terminal.enter("end")
        assert end_of(terminal) == (Exit.CLOSED, True)
    shown = terminal.raw
    for harm in (b"\x1b[2J\x1b", b"owned\x07", b"\x1b]", b"\x9b", "\u202e".encode(), "\x9b".encode(), b"\x7f"):
        assert harm not in shown
    assert "hi\\x1b[2J\\x1b]0;owned\\x07\\r\\x9b31m\\u202e" in terminal.text
    assert "\n* closed: 1000" not in terminal.text
    assert "\\x1b[2Jbye" in terminal.text
    assert b"\x1b" not in ESCAPES.sub("", shown.decode()).encode()


@pytest.mark.parametrize("leave", ["key", "signal"])
def test_ctrl_c_closes_politely(talk: Server, state: dict[str, str], leave: str) -> None:
    with at_terminal("connect", talk.url("/echo"), env=state) as terminal:
        terminal.wait_for("* connected")
        if leave == "key":
            terminal.type("\x03")
        else:
            os.kill(terminal.process.pid, signal.SIGINT)
        terminal.wait_for("* closed: 1000 (normal)")
        assert end_of(terminal) == (Exit.INTERRUPTED, True)


def test_the_chat_from_its_terminal_side(state: dict[str, str], chat: Server) -> None:
    with at_terminal("connect", f":{chat.port}/websocket", "-x", "ann", env=state) as ann:
        ann.wait_for("< ann joined.")
        with at_terminal("connect", f":{chat.port}/websocket", "-x", "bob", env=state) as bob:
            ann.wait_for("< bob joined.")
            bob.wait_for("< bob joined.")
            bob.enter("hello, ann")
            ann.wait_for("< bob: hello, ann")
        ann.wait_for("< bob left.")


def test_a_terminal_without_a_prompt_shows_both_sides(talk: Server, state: dict[str, str]) -> None:
    with at_terminal("connect", talk.url("/echo"), "-x", '{"a":1}', "--one", "--color", "never", env=state) as terminal:
        assert end_of(terminal) == (Exit.OK, True)
    lines = terminal.text.splitlines()
    assert lines[1:] == ['> {"a": 1}', '< {"a": 1}', "* closed: 1000 (normal)"]
