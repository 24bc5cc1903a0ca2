"""The command `hubbub`: what it says of itself, and that a word is loaded only when it is used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
from click.testing import CliRunner

from hubbub import __version__
from hubbub.cli.main import WORDS, main
from tests.serving import environment


def test_help_names_each_word_in_a_line() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    for word, (_, text) in WORDS.items():
        assert any(line.split()[:1] == [word] and text[:20] in line for line in result.output.splitlines())


def test_each_word_is_a_command_with_help() -> None:
    for word in WORDS:
        result = CliRunner().invoke(main, [word, "--help"])
        assert result.exit_code == 0, result.output
        assert result.output.startswith(f"Usage: main {word}")


def test_a_letter_means_the_same_with_every_word() -> None:
    meanings: dict[str, set[str]] = {}
    for command in _commands(main, click.Context(main)):
        for option in (parameter for parameter in command.params if isinstance(parameter, click.Option)):
            for letter in (name for name in option.opts if len(name) == 2):
                meanings.setdefault(letter, set()).update(name for name in option.opts[1:2])
    assert {letter: names for letter, names in meanings.items() if len(names) != 1} == {}
    assert (meanings["-c"], meanings["-C"]) == ({"--config"}, {"--channel"})


def _commands(command: click.Command, context: click.Context) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _commands(inner, context)


def test_a_word_that_is_none_is_an_error_that_says_so() -> None:
    result = CliRunner().invoke(main, ["sing"])
    assert result.exit_code == 2
    assert "No such command 'sing'" in result.output


def test_the_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert result.exit_code == 0, result.output
    assert result.output == f"hubbub {__version__}\n"


def test_help_loads_no_server() -> None:
    script = (
        "import sys\nfrom hubbub.cli.main import main\n"
        "main(['--help'], standalone_mode=False)\nprint({'uvicorn', 'uvloop'} & set(sys.modules))\n"
    )
    line = [sys.executable, "-c", script]
    done = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.rstrip().endswith("set()")


def test_the_module_is_the_command() -> None:
    line = [sys.executable, "-m", "hubbub", "--help"]
    done = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("Usage: hubbub ")
