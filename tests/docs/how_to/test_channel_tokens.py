"""How to let in who has a token, and to say in it what he may do."""

from __future__ import annotations

import re
import shlex
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner

from hubbub.cli.main import main
from tests.docs.wire import client, wire
from tests.serving import ROOT, Server
from tests.tokens.making import claims, token

KEY = b"only for trying out: a secret of 32 bytes or more"
OLD = b"the one before: a secret of 32 bytes or more"
DENIED = (103, "permission denied")


def made(key: bytes = KEY, **changes: Any) -> str:
    return token(claims(**{"aud": "chat", **changes}), key=key)


@pytest.mark.parametrize("key", [KEY, OLD])
def test_either_key_is_good(native: Server, key: bytes) -> None:
    with wire(native) as ann:
        result = ann.ask("connect", token=made(key, info={"name": "Ann"}, channels=["team:1"]))
        assert result["expires"]
        assert 3590 <= result["ttl"] <= 3600
        assert list(result["subs"]) == ["team:1"]


@pytest.mark.parametrize(
    "request_", [{"token": made(b"x" * 32)}, {"token": made(aud="mail")}, {"token": made(channel="a")}]
)
def test_a_bad_one_is_the_end(native: Server, request_: dict[str, Any]) -> None:
    with wire(native) as ann, wire(native) as nobody:
        ann.say("connect", **request_)
        assert ann.closed() == (3500, "invalid token")
        nobody.say("connect")
        assert nobody.closed() == (3501, "bad request")


def test_an_expired_one_may_be_replaced(native: Server) -> None:
    with wire(native) as ann:
        assert ann.ask("connect", token=made(exp=int(time.time()) - 60)) == (109, "token expired")


def test_capabilities(native: Server) -> None:
    caps = [{"channels": ["chat:*"], "match": "wildcard", "allow": ["sub", "hst"]}]
    with client(native, "chat:lobby", token=made(caps=caps)) as ann:
        assert ann.ask("history", channel="chat:lobby")["publications"] == []
        assert ann.ask("publish", channel="chat:lobby", data=1) == DENIED
        assert ann.ask("subscribe", channel="team:1") == DENIED


def test_a_subscription_token(native: Server) -> None:
    with client(native, token=made()) as ann, client(native, token=made(sub="bob")) as bob:
        assert ann.ask("subscribe", channel="$chat:board") == DENIED
        ticket = ann.ask("rpc", method="channel_token", data="$chat:board")["data"]
        assert ann.ask("subscribe", channel="$chat:board", token=ticket)["expires"]
        assert ann.ask("publish", channel="$chat:board", data=1) == {}
        assert ann.ask("subscribe", channel="chat:1", token=made(b"x" * 32, channel="chat:1")) == DENIED
        bob.say("subscribe", channel="$chat:board", token=ticket)
        assert bob.closed() == (3500, "invalid token")


def test_it_is_renewed(native: Server) -> None:
    with client(native, token=made()) as ann:
        assert ann.ask("refresh", token=made(exp=int(time.time()) + 100))["ttl"] in (99, 100)
        ann.say("refresh", token=made(sub="bob"))
        assert ann.closed() == (3500, "invalid token")
    with client(native, token=made()) as ann:
        ann.say("refresh", token=made(channels=["team:1"]))
        assert ann.closed() == (3010, "insufficient state")


def test_signing_out_everywhere(native: Server) -> None:
    with client(native, token=made(sub="eve")) as eve, wire(native) as again:
        answer = httpx2.post(native.url("/sign-out-everywhere/eve", "http")).raise_for_status()
        assert answer.json() == 1
        assert eve.closed() == (3500, "invalid token")
        again.say("connect", token=made(sub="eve"))
        assert again.closed() == (3500, "invalid token")


def run(line: str) -> str:
    """What a line of the page's script writes."""
    written = ""
    for part in line.split(" | "):
        result = CliRunner().invoke(main, shlex.split(part)[1:], input=written, env={"HUBBUB_TOKEN_KEY": KEY.decode()})
        written = result.output
    return written


def test_from_the_terminal(native: Server, folder: Path) -> None:
    export, *lines = (folder / "tokens.sh").read_text().splitlines()
    assert export == f'export HUBBUB_TOKEN_KEY="{KEY.decode()}"'
    ann, board, told = map(run, lines)
    with wire(native) as opened:
        assert list(opened.ask("connect", token=ann.strip())["subs"]) == ["team:1"]
        assert 0 < opened.ask("subscribe", channel="$chat:board", token=board.strip())["ttl"] <= 300
    shown = (ROOT / "docs/how-to/channel-tokens.md").read_text().partition("```text\n")[2].partition("```")[0]
    assert re.sub(r"\d+|UTC.*", "", told) == re.sub(r"\d+|UTC.*", "", shown)
