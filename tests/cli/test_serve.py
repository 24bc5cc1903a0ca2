"""The word `serve`: a file, an address and a port; what is wrong is one line each, and no traceback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import hubbub.standalone.running as running
from hubbub.cli.serve import command
from hubbub.standalone.loading import Loaded


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Loaded]:
    monkeypatch.chdir(tmp_path)
    for name in (
        "HUBBUB_CONFIG",
        "HUBBUB_HTTP_SERVER_PORT",
        "HUBBUB_HTTP_SERVER_ADDRESS",
        "HUBBUB_HTTP_SERVER_UNIX_SOCKET",
    ):
        monkeypatch.setenv(name, "")  # so that they are put back
    found: list[Loaded] = []
    monkeypatch.setattr(running, "serve", found.append)
    return found


def invoke(*args: str) -> Any:
    return CliRunner().invoke(command, args)


def test_a_file_an_address_and_a_port(served: list[Loaded], tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[http_server]\nport = 1")
    assert invoke("-c", "a.toml", "-a", "::1", "-p", "9", "--uds", "/x").exit_code == 0
    server = served[0].settings.http_server
    assert (server.address, server.port, server.unix_socket) == ("::1", 9, "/x")


def test_the_file_of_the_folder(served: list[Loaded], tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"http_server": {"port": 5}}')
    assert invoke().exit_code == 0
    assert served[0].settings.http_server.port == 5
    assert served[0].file == Path("config.json")


def test_no_file_at_all(served: list[Loaded]) -> None:
    assert invoke().exit_code == 0
    assert served[0].file is None


def test_a_file_that_is_not_there(served: list[Loaded]) -> None:
    result = invoke("--config", "no.json")
    assert (result.exit_code, result.output) == (1, "Error: no.json: it cannot be read (No such file or directory)\n")


def test_what_is_fatal_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.json").write_text('{"clients": {}, "log": {"level": "loud"}}')
    result = invoke("-c", "a.json")
    assert result.exit_code == 1
    assert "clients: there is no such option; did you mean client?" in result.output
    assert "log.level: it is one of" in result.output
