"""The words themselves, against one `hubbub serve`: what they do, what they write, how they end, and that they show no key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hubbub.api.commands import COMMANDS
from hubbub.cli.call.command import WORDS, failures, shown, summary, word
from hubbub.cli.main import main
from tests.serving import Server, free_port, serve

KEY = "a-key-for-everything-in-these-tests"
DESK = "a-key-that-publishes-news-alone"


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("call") / "hubbub.json"
    settings = {
        "http_server": {"port": free_port(), "unix_socket": ""},
        "http_api": {
            "key": KEY,
            "keys": [{"key": DESK, "name": "desk", "methods": ["publish"], "channels": ["news:*"]}],
        },
        "client": {"allow_anonymous_connect_without_token": True},
        "channel": {"namespaces": [{"name": "news", "history_size": 10, "history_ttl": "60s", "presence": True}]},
    }
    path.write_text(json.dumps(settings))
    return path


@pytest.fixture(scope="module")
def server(config: Path) -> Iterator[Server]:
    port = json.loads(config.read_text())["http_server"]["port"]
    with serve(f"--config={config}", command=("hubbub", "serve"), port=port) as running:
        yield running


@pytest.fixture
def env(server: Server) -> dict[str, str]:
    """Where it is, and the key."""
    return {"HUBBUB_API_URL": server.url("/api", "http"), "HUBBUB_API_KEY": KEY, "NO_COLOR": ""}


def call(env: dict[str, str], *line: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, line, input=given, env=env)


def told(env: dict[str, str], *line: str, given: str | bytes | None = None) -> Any:
    """What it writes: one line of JSON."""
    result = call(env, *line, given=given)
    assert (result.exit_code, result.stderr) == (0, ""), (result.output, result.exception)
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


def test_each_command_of_the_api_is_a_word() -> None:
    assert list(WORDS.values()) == list(COMMANDS)
    for typed, name in WORDS.items():
        assert main.get_command(None, typed).name == typed  # type: ignore[arg-type, union-attr]
        assert summary(name) in " ".join(CliRunner().invoke(word(name), ["--help"]).output.split())


def test_what_is_published_is_there(env: dict[str, str]) -> None:
    told(env, "history-remove", "news:a")
    first = told(env, "publish", "news:a", '{"text": "one"}', "--tags", "by=ann")
    assert told(env, "publish", "news:a", "two", "--text")["offset"] == first["offset"] + 1
    assert told(env, "publish", "news:a", "-", given='[\n"three"\n]')["offset"] == first["offset"] + 2
    since = ["--since-offset", str(first["offset"]), "--since-epoch", first["epoch"]]
    history = told(env, "history", "news:a", "--limit", "10")
    assert [each["data"] for each in history["publications"]] == [{"text": "one"}, "two", ["three"]]
    assert history["publications"][0]["tags"] == {"by": "ann"}
    later = told(env, "history", "news:a", "--limit", "-1", *since)
    assert [each["data"] for each in later["publications"]] == ["two", ["three"]]


def test_the_same_key_is_not_made_twice(env: dict[str, str]) -> None:
    line = ["publish", "news:b", "1", "--idempotency-key", "k1"]
    assert told(env, *line) == told(env, *line)


def test_every_other_word_is_answered(env: dict[str, str]) -> None:
    assert told(env, "presence", "news:a") == {"presence": {}}
    assert told(env, "presence-stats", "news:a") == {"num_clients": 0, "num_users": 0}
    assert told(env, "channels", "news:*") == {"channels": {}}
    assert told(env, "info")["nodes"][0]["num_clients"] == 0
    for line in (["subscribe", "news:a"], ["unsubscribe", "news:a"], ["disconnect"], ["refresh", "--expired"]):
        assert told(env, *line, "--user", "nobody") == {}


def test_a_broadcast_that_fails_in_part(env: dict[str, str]) -> None:
    assert len(told(env, "broadcast", "news:c", "news:d", "1")["responses"]) == 2
    result = call(env, "broadcast", "news:c", "nowhere:c", "1")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)["responses"]) == 2
    assert result.stderr == "Error: 1 of 2 failed, first with error 102: unknown channel\n"


@pytest.mark.parametrize(
    ("line", "key", "code", "why"),
    [
        (["publish", "nowhere:a", "1"], KEY, 1, "Error: error 102: unknown channel\n"),
        (["rpc", "add", "1"], KEY, 1, "Error: error 104: "),
        (["disconnect"], KEY, 1, "Error: error 107: bad request: `user` is missing\n"),
        (["publish", "news:a", "1"], "wrong", 1, "Error: the key is refused: the server does not know it (401)\n"),
        (["info"], "", 1, "Error: the server wants a key (401)"),
        (["info"], DESK, 1, "Error: the key is refused: error 103: permission denied"),
        (["publish", "news:a", "hello"], KEY, 2, "data is no JSON"),
        (["publish", "news:a"], KEY, 2, "Missing argument"),
        (["info", "--url", "ftp://x"], KEY, 2, "ftp:// is no scheme"),
        (["info", "--unix", "/nowhere/s"], KEY, 1, "Error: /nowhere/s: cannot connect: No such file"),
    ],
)
def test_how_it_ends(env: dict[str, str], line: list[str], key: str, code: int, why: str) -> None:
    result = call(env | {"HUBBUB_API_KEY": key}, *line)
    assert (result.exit_code, result.stdout) == (code, "")
    assert why in result.stderr
    assert not key or key == "wrong" or key not in result.output


def test_address_and_key_from_the_servers_own_file(server: Server, config: Path, tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"HUBBUB_API_URL": None, "HUBBUB_API_KEY": None}
    assert told(nothing, "publish", "news:e", "1", "--config", str(config))["offset"] == 1
    (tmp_path / "key").write_text(DESK + "\n")
    line = ["--config", str(config), "--key-file", str(tmp_path / "key")]
    assert told(nothing, "publish", "news:e", "1", *line)["offset"] == 2
    assert call(nothing, "info", *line).exit_code == 1


def test_in_a_terminal_it_is_laid_out_and_in_a_pipe_it_is_a_line() -> None:
    result = json.dumps({"publications": [{"data": {"text": "hello \x1b[2J"}, "offset": 1}] * 3}).encode()
    assert str(shown(result, "never", is_terminal=True)).count("\n") > 3
    assert "\x1b[" in str(shown(result, "always", is_terminal=True))
    assert "\x1b[2J" not in str(shown(b'"\xc2\x9b2J\x1b[2J"', "never", is_terminal=True))
    assert shown(b'{"data":{\r\n"a":\n1.50}}', "always", is_terminal=False) == b'{"data":{  "a": 1.50}}'


def test_failures_are_those_of_a_broadcast() -> None:
    for result in (b"{}", b"[1]", b'{"responses":[]}', b'{"responses":[{"result":{}}]}', b"\xff"):
        assert failures(result) == ""
