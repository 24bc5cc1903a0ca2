"""How to let in who has a token, and to say in it what he may do."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.docs.wire import client, wire
from tests.serving import Server
from tests.tokens.making import claims, token

KEY = b"only for trying out: a secret of 32 bytes or more"
OLD = b"the one before: a secret of 32 bytes or more"
DENIED = (103, "permission denied")


def made(key: bytes = KEY, **changes: Any) -> str:
    return token(claims(**{"aud": "chat", **changes}), key=key)


@pytest.mark.parametrize("key", [KEY, OLD])
def test_either_key_is_good(server: Server, key: bytes) -> None:
    with wire(server) as ann:
        result = ann.ask("connect", token=made(key, info={"name": "Ann"}, channels=["team:1"]))
        assert result["expires"] and 3590 <= result["ttl"] <= 3600
        assert list(result["subs"]) == ["team:1"]


@pytest.mark.parametrize(
    "request_", [{"token": made(b"x" * 32)}, {"token": made(aud="mail")}, {"token": made(channel="a")}]
)
def test_a_bad_one_is_the_end(server: Server, request_: dict[str, Any]) -> None:
    with wire(server) as ann, wire(server) as nobody:
        ann.say("connect", **request_)
        assert ann.closed() == (3500, "invalid token")
        nobody.say("connect")
        assert nobody.closed() == (3501, "bad request")


def test_an_expired_one_may_be_replaced(server: Server) -> None:
    with wire(server) as ann:
        assert ann.ask("connect", token=made(exp=int(time.time()) - 60)) == (109, "token expired")


def test_capabilities(server: Server) -> None:
    caps = [{"channels": ["chat:*"], "match": "wildcard", "allow": ["sub", "hst"]}]
    with client(server, "chat:lobby", token=made(caps=caps)) as ann:
        assert ann.ask("history", channel="chat:lobby")["publications"] == []
        assert ann.ask("publish", channel="chat:lobby", data=1) == DENIED
        assert ann.ask("subscribe", channel="team:1") == DENIED


def test_a_subscription_token(server: Server) -> None:
    with client(server, token=made()) as ann, client(server, token=made(sub="bob")) as bob:
        assert ann.ask("subscribe", channel="$chat:board") == DENIED
        ticket = ann.ask("rpc", method="channel_token", data="$chat:board")["data"]
        assert ann.ask("subscribe", channel="$chat:board", token=ticket)["expires"]
        assert ann.ask("publish", channel="$chat:board", data=1) == {}
        assert ann.ask("subscribe", channel="chat:1", token=made(b"x" * 32, channel="chat:1")) == DENIED
        bob.say("subscribe", channel="$chat:board", token=ticket)
        assert bob.closed() == (3500, "invalid token")


def test_it_is_renewed(server: Server) -> None:
    with client(server, token=made()) as ann:
        assert ann.ask("refresh", token=made(exp=int(time.time()) + 100))["ttl"] in (99, 100)
        ann.say("refresh", token=made(sub="bob"))
        assert ann.closed() == (3500, "invalid token")
    with client(server, token=made()) as ann:
        ann.say("refresh", token=made(channels=["team:1"]))
        assert ann.closed() == (3010, "insufficient state")
