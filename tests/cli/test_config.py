"""The words `config init`, `config check`, `config show`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hubbub.cli.config import command

SECRET = "hunter2-hunter2-hunter2-hunter2-"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUBBUB_CONFIG", raising=False)
    return tmp_path


def invoke(*args: str) -> Any:
    return CliRunner().invoke(command, args)


@pytest.mark.parametrize("name", ["hubbub.toml", "a.json", "a.yaml"])
def test_a_file_is_written_that_starts_the_server(folder: Path, name: str) -> None:
    result = invoke("init", *([] if name == "hubbub.toml" else [name]))
    assert result.exit_code == 0
    assert f"hubbub serve --config {name}" in result.output
    assert (folder / name).stat().st_mode & 0o777 == 0o600
    checked = invoke("check", name)
    assert (checked.exit_code, checked.output) == (0, f"{name}: the server starts with it\n")


def test_a_file_that_is_there_is_left(folder: Path) -> None:
    (folder / "a.toml").write_text("mine")
    assert invoke("init", "a.toml").exit_code == 1
    assert (folder / "a.toml").read_text() == "mine"


def test_a_file_that_cannot_be_written_is_told() -> None:
    assert "cannot be written: No such file" in invoke("init", "no/a.toml").output
    assert "its ending" in invoke("init", "a.ini").output


def test_check_tells_all_and_which_is_fatal(folder: Path) -> None:
    (folder / "config.json").write_text(
        json.dumps(
            {"client": {"allowed_orgins": [], "token": {"hmac_secret_key": SECRET}}, "grpc_api": {"enabled": True}}
        )
    )
    result = invoke("check")
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "error: client.allowed_orgins: there is no such option; did you mean client.allowed_origins?",
        "warning: grpc_api: Centrifugo's, and not here: the server API is served over HTTP",
        "config.json: 1 error(s)",
    ]


def test_check_tells_what_cannot_be_made(folder: Path) -> None:
    (folder / "a.json").write_text(
        json.dumps({"http_server": {"tls": {"enabled": True, "cert_pem": "/no/file", "key_pem": SECRET}}})
    )
    result = invoke("check", "a.json")
    assert result.exit_code == 1
    assert "error: http_server.tls.cert_pem: it is no file that can be read, and no PEM" in result.output
    assert SECRET not in result.output


def test_show_tells_all_but_secrets(folder: Path) -> None:
    (folder / "a.json").write_text(
        json.dumps({"client": {"token": {"hmac_secret_key": SECRET}, "ping_interval": "90s"}})
    )
    result = invoke("show", "a.json")
    assert result.exit_code == 0
    shown = json.loads(result.stdout)
    assert shown["client"]["token"]["hmac_secret_key"] == "***"
    assert (shown["client"]["ping_interval"], shown["http_server"]["port"]) == ("1m30s", 8000)
    assert SECRET not in result.output


def test_a_file_in_no_known_way(folder: Path) -> None:
    (folder / "a.json").write_text(f'{{"key": "{SECRET}"')
    for word in ("check", "show"):
        result = invoke(word, "a.json")
        assert result.exit_code == 1
        assert "no JSON" in result.output
        assert SECRET not in result.output


@pytest.mark.parametrize("word", ["check", "show"])
def test_the_file_may_be_said_as_to_serve(word: str) -> None:
    invoke("init", "a.toml")
    assert invoke(word, "--config", "a.toml").output == invoke(word, "a.toml").output
    assert invoke(word, "-c", "b.toml").exit_code == 1
