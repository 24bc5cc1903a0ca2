"""Who is a terminal, who is a pipe, and what follows. Whole commands are run in `test_connect` and `test_prompt`."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from hubbub.cli.terminal.render import has_colour
from hubbub.cli.terminal.run import Ends, Manner, has_prompt, make_voice
from hubbub.cli.terminal.screen import write_plainly
from hubbub.cli.terminal.session import Talk
from tests.serving import ROOT, Server, environment, wait_until

TERMINALS = Ends(True, True, True)
PIPES = Ends(False, False, False)


@pytest.mark.parametrize(
    ("talk", "ends", "prompts"),
    [
        (Talk(), TERMINALS, True),
        (Talk(first=("a",)), TERMINALS, True),
        (Talk(count=1), TERMINALS, False),
        (Talk(wait=1), TERMINALS, False),
        (Talk(), Ends(True, False, True), False),
        (Talk(), Ends(False, True, True), False),
        (Talk(), Ends(True, True, False), True),
    ],
)
def test_there_is_a_prompt_where_somebody_is_there_to_type(talk: Talk, ends: Ends, prompts: bool) -> None:
    assert has_prompt(talk, ends) is prompts


@pytest.mark.parametrize(
    ("wanted", "environ", "is_terminal", "colours"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colours(wanted: str, environ: dict[str, str], is_terminal: bool, colours: bool) -> None:
    assert has_colour(wanted, environ)(is_terminal) is colours


@pytest.mark.parametrize(
    ("manner", "ends", "level"),
    [
        (Manner(), TERMINALS, 1),
        (Manner(), PIPES, 0),
        (Manner(), Ends(False, False, True), 0),
        (Manner(is_quiet=True), TERMINALS, 0),
        (Manner(verbosity=1), PIPES, 2),
        (Manner(verbosity=2), PIPES, 3),
    ],
)
async def test_pipes_are_told_failures_alone_unless_asked(manner: Manner, ends: Ends, level: int) -> None:
    voice = make_voice(manner, ends, {}, write_plainly, has_prompt=False)
    assert voice.level == level
    assert voice.look.is_terminal is ends.stdout
    assert voice.to_error


def test_a_second_signal_ends_at_once(talk: Server) -> None:
    """The first waits for whoever reads what was written; nobody does."""
    line = [sys.executable, "-m", "hubbub", "connect", talk.url("/echo"), "--binary", "--whole", "-w", "60"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=environment()) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(bytes(1_000_000))
        process.stdin.close()
        assert process.stdout.read(1000)  # it writes; and now is stuck

        def has_ended() -> bool:
            process.send_signal(signal.SIGINT)
            return process.poll() is not None

        wait_until(has_ended)
        assert process.returncode == 130
