"""The words of `hubbub run`: all of uvicorn's, with our defaults. What they do is tested through real servers elsewhere."""

from __future__ import annotations

import inspect
from typing import Any

import click
import pytest
from click.testing import CliRunner
from uvicorn.config import Config
from uvicorn.main import main as uvicorn_command

from hubbub.cli import run as module
from hubbub.server.run import DEFAULTS


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server is told."""
    told: dict[str, Any] = {}

    def run(app: Any, **options: Any) -> None:
        told.update(options, app=app)

    monkeypatch.setattr(module, "run", run)
    return told


def invoke(*args: str, env: dict[str, str] | None = None) -> None:
    """Run the command, which must be content."""
    result = CliRunner().invoke(module.command, ["app:app", *args], env=env, catch_exceptions=False)
    assert result.exit_code == 0, result.output


def options_of(command: click.Command) -> dict[str, click.Option]:
    """By name."""
    return {str(option.name): option for option in command.params if isinstance(option, click.Option)}


def test_has_every_option_of_uvicorn_written_alike() -> None:
    ours, theirs = options_of(module.command), options_of(uvicorn_command)
    assert set(ours) == set(theirs) - {"version"}
    for name, option in ours.items():
        assert (option.opts, option.secondary_opts) == (theirs[name].opts, theirs[name].secondary_opts)
        assert option.help == theirs[name].help


def test_differs_in_its_defaults_alone(given: dict[str, Any]) -> None:
    invoke()
    assert {name: given[name] for name in DEFAULTS} == DEFAULTS
    for name, option in options_of(uvicorn_command).items():
        if name in given and name not in DEFAULTS and not option.multiple:
            assert given[name] == option.get_default(click.Context(uvicorn_command)), name


def test_hands_on_only_what_uvicorn_knows(given: dict[str, Any]) -> None:
    invoke()
    assert set(given) - {"app", "app_dir"} <= set(inspect.signature(Config).parameters)


def test_hands_on_what_is_given(given: dict[str, Any]) -> None:
    invoke("--port", "9", "--header", "X-A: b:c", "--header", "X-D:e", "--ws", "wsproto", "--no-proxy-headers")
    assert given["app"] == "app:app"
    assert given["port"] == 9
    assert given["headers"] == [("X-A", " b:c"), ("X-D", "e")]
    assert given["ws"] == "wsproto"
    assert given["proxy_headers"] is False


@pytest.mark.parametrize("name", ["UVICORN_WS", "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN", "UVICORN_PORT"])
def test_heeds_uvicorns_variables(given: dict[str, Any], name: str) -> None:
    value = "wsproto" if name == "UVICORN_WS" else "7"
    invoke(env={name: value})
    assert str(given[name.removeprefix("UVICORN_").lower()]) == value


def test_a_header_without_a_colon_is_an_error_that_says_so(given: dict[str, Any]) -> None:
    result = CliRunner().invoke(module.command, ["app:app", "--header", "nonsense"])
    assert result.exit_code == 2
    assert "nonsense" in result.output
