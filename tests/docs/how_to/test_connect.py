"""How to connect from a terminal: the commands that the page shows write what it says that they write."""

from __future__ import annotations

import re
import subprocess
import sys
from textwrap import dedent

import pytest

from hubbub.cli.terminal.exits import Exit
from hubbub.cli.terminal.lines import COMMANDS
from tests.serving import ROOT, Server, environment

PAGE = (ROOT / "docs/how-to/connect.md").read_text()
CONSOLES = [dedent(found) for found in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)]
SHOWN = [entry.partition("\n")[::2] for console in CONSOLES for entry in re.split(r"^\$ ", console, flags=re.M)[1:]]


def test_the_page_shows_some() -> None:
    assert len(SHOWN) >= 7


@pytest.mark.parametrize(("command", "output"), SHOWN)
def test_a_command_writes_what_the_page_says(native: Server, command: str, output: str) -> None:
    script = f'hubbub() {{ "{sys.executable}" -m hubbub "$@"; }}\n{command.replace(":8000", f":{native.port}")}\n'
    env = environment({"HUBBUB_BEARER": "", "HUBBUB_BASIC": "", "HUBBUB_TOKEN": ""})
    done = subprocess.run(
        ["bash", "-c", script], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "...", done.stdout.decode()) == output


def test_every_exit_code_and_every_command_is_told() -> None:
    told = set(re.findall(r"\d+", " ".join(re.findall(r"^\| ([\d, ]+) \|", PAGE, re.MULTILINE))))
    assert told == {str(code.value) for code in Exit}
    assert {word for word in COMMANDS if word != "/help"} <= set(re.findall(r"`(/\w+)", PAGE))
