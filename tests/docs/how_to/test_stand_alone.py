"""How to run a stand-alone server: the page's file is served, and a client comes in with a token made from its secret."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner
from joserfc import jwt
from joserfc.jwk import OctKey

from hubbub.cli.main import main
from tests.sdk.python import PythonSdk
from tests.serving import ROOT, Server, free_port, serve, wait_until

PAGE = (ROOT / "docs/how-to/stand-alone.md").read_text()


@pytest.fixture(scope="module")
def standalone(folder: Path) -> Iterator[Server]:
    """As the page says: `hubbub serve`, in the folder, once it has keys of its own."""
    port = free_port()
    file = folder / "hubbub.toml"
    assert CliRunner().invoke(main, ["config", "check", str(file)]).output.count("everybody knows it") == 2
    file.write_text(file.read_text().replace("put-here-", "made-by-init-"))
    with serve(f"--port={port}", command=("hubbub", "serve"), cwd=folder, port=port) as server:
        yield server


async def test_what_the_page_promises(standalone: Server, folder: Path) -> None:
    told = tomllib.loads((folder / "hubbub.toml").read_text())
    secret = told["client"]["token"]["hmac_secret_key"]
    sdk = PythonSdk(is_protobuf=True)
    try:
        token = jwt.encode({"alg": "HS256"}, {"sub": "ann"}, OctKey.import_key(secret))
        ann = await sdk.connect(standalone.url("/connection/websocket"), token=token)
        chat = await ann.subscribe("chat:lobby")
        await chat.until("subscribed")
        assert [each["user"] for each in (await ann.call("presence", "chat:lobby"))["clients"].values()] == ["ann"]
        stranger = await sdk.make(standalone.url("/connection/websocket"))
        await stranger.connect()
        assert (await stranger.ears.until("disconnected"))["code"] == 3501
        body = {"channel": "chat:lobby", "data": {"text": "hello"}}
        key = {"X-API-Key": told["http_api"]["key"]}
        assert httpx2.post(standalone.url("/api/publish", "http"), json=body).status_code == 401
        assert httpx2.post(standalone.url("/api/publish", "http"), json=body, headers=key).status_code == 200
        assert (await chat.until("publication"))["data"] == {"text": "hello"}
    finally:
        await sdk.close()
    for path in ("/health", "/ready"):
        assert httpx2.get(standalone.url(path, "http")).status_code == 200
    assert secret not in standalone.log()


def test_the_listener_hears_with_a_token_from_the_file(standalone: Server, folder: Path) -> None:
    made = CliRunner().invoke(main, ["token", "make", "--config", str(folder / "hubbub.toml"), "--user", "ann"])
    program = (folder / "listen.py").read_text().replace("127.0.0.1:8000", f"127.0.0.1:{standalone.port}")
    key = {"X-API-Key": tomllib.loads((folder / "hubbub.toml").read_text())["http_api"]["key"]}

    def say(method: str, **asked: Any) -> Any:
        url = standalone.url(f"/api/{method}", "http")
        return httpx2.post(url, json={"channel": "chat:lobby", **asked}, headers=key).json()["result"]

    with subprocess.Popen([sys.executable, "-c", program, made.output.strip()], stdout=subprocess.PIPE) as process:
        try:
            wait_until(lambda: say("presence_stats")["num_users"] == 1, timeout=60)
            say("publish", data={"text": "hi"})
            assert process.stdout is not None
            assert process.stdout.readline() == b"{'text': 'hi'}\n"
        finally:
            process.kill()


def test_commands_from_a_terminal(standalone: Server, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    env = {"HUBBUB_HTTP_SERVER_PORT": str(standalone.port)}
    found = re.search(r"```console\n(.*?)```", PAGE.partition("## From a terminal")[2], re.DOTALL)
    assert found
    for entry in found[1].split("$ ")[1:]:
        line, _, output = entry.partition("\n")
        said, _, word = line.rpartition(" | ")
        given = shlex.split(said)[1] + "\n" if said else None
        result = CliRunner().invoke(main, shlex.split(word)[1:], input=given, env=env)
        assert re.sub(r'"epoch":"\w+"', '"epoch":"..."', result.output) == output
