"""What goes wrong where the app is asked: hooks that fail, refuse and hang, payloads and tokens of every wrong kind."""

from __future__ import annotations

import json
import time

import pytest

from tests.faults.talker import TOKENS, Talker
from tests.serving import Server
from tests.tokens.making import claims, compact, private_key, public_pem, token

METHOD_NOT_FOUND = {"code": 104, "message": "method not found"}


def test_a_hook_that_fails_is_an_internal_error_and_one_log(server: Server) -> None:
    before = server.log().count("this hook is broken")
    with Talker(server.port) as eve:
        assert eve.ask(subscribe={"channel": "hook:fails"})["error"] == {
            "code": 100,
            "message": "internal server error",
            "temporary": True,
        }
        assert eve.ask(rpc={"method": "x"})["error"] == METHOD_NOT_FOUND
    assert server.wait_for_log("this hook is broken").count("RuntimeError: this hook is broken") == before + 1


def test_a_hook_refuses_with_a_code_of_its_own_or_ends_the_connection(server: Server) -> None:
    with Talker(server.port) as eve:
        assert eve.ask(subscribe={"channel": "hook:refuses"})["error"] == {"code": 1001, "message": "not today"}
        eve.begin(subscribe={"channel": "hook:ends"})
        assert eve.closed() == (4500, "go away")


@pytest.mark.parametrize("data", ['{"text":5}', "{}", "[]", "null", '"text"', 900 * "[" + 900 * "]"])
def test_a_payload_that_does_not_fit_is_a_bad_request_that_says_so(server: Server, data: str) -> None:
    with Talker(server.port) as eve:
        eve.say(f'{{"id":7,"publish":{{"channel":"hook:x","data":{data}}}}}')
        message = eve.hear()
        assert message["error"]["code"] == 107, message


def test_half_a_character_is_no_character_for_those_who_hear_it(server: Server) -> None:
    """A client that is sent what is not UTF-8 must end its connection: it would be ended by another's words."""
    with Talker(server.port) as eve:
        for channel in ("hook:x", "room:x"):
            eve.ask(subscribe={"channel": channel})
            eve.pushes.clear()
            eve.say(f'{{"id":7,"publish":{{"channel":"{channel}","data":{{"text":"\\ud800"}}}}}}')
            while "pub" not in (message := eve.hear()).get("push", {}):
                pass
            assert message["push"]["pub"]["data"] == {"text": "\N{REPLACEMENT CHARACTER}"}


def test_a_hook_that_never_returns_holds_up_its_own_client_only_and_not_its_end(server: Server) -> None:
    with Talker(server.port) as eve, Talker(server.port, "bob") as bob:
        eve.begin(subscribe={"channel": "hook:never"})
        for _ in range(1_000):
            eve.begin(rpc={"method": "x"})
        assert bob.ask(rpc={"method": "x"})["error"] == METHOD_NOT_FOUND
        assert eve.wire.is_silent_for(0.3)


# ---------------------------------------------------------------- tokens

LATER, BEFORE = int(time.time()) + 3600, int(time.time()) - 3600

BAD_TOKENS = {
    "words": "hello",
    "three dots": "...",
    "empty parts": "e30.e30.",
    "another's key": token(claims(), key=private_key("HS256", 1)),
    "no algorithm": token(claims(), "none"),
    "a header that is no object": compact(b"[]", json.dumps(claims()).encode()),
    "claims that are no object": token(b"[]"),
    "claims that are no JSON": token(b"{"),
    "a deep nest": token(1_000 * b"[" + 1_000 * b"]"),
    "a user that is a number": token(claims(sub=5)),
    "an expiry that is a string": token(claims(exp="soon")),
    "the public key as a secret": token(claims(), "HS256", public_pem(private_key("RS256"))),
    "a token of a channel": token(claims(channel="room:1")),
    "half a megabyte, if it could": 60_000 * "a",
    "a line's end": "a\r\nb",
    "a surrogate": "\ud800",
}


FORGED = {name: bad for name, bad in BAD_TOKENS.items() if name != "a token of a channel"}


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_bad_token_ends_the_connection(server: Server, bad: str) -> None:
    with Talker(server.port, user="", path=TOKENS) as eve:
        eve.begin(connect={"token": bad})
        assert eve.closed() == (3500, "invalid token")


def test_an_expired_token_is_an_error_that_tells_to_get_another(server: Server) -> None:
    for old in (claims(exp=BEFORE), claims(nbf=LATER)):
        with Talker(server.port, user="", path=TOKENS) as eve:
            assert eve.ask(connect={"token": token(old)})["error"]["code"] == 109


def test_nobody_comes_in_without_a_token(server: Server) -> None:
    with Talker(server.port, user="", path=TOKENS) as eve:
        eve.begin(connect={})
        assert eve.closed() == (3501, "bad request")


@pytest.mark.parametrize("bad", FORGED.values(), ids=FORGED)
def test_a_bad_token_for_a_channel_is_refused(server: Server, bad: str) -> None:
    with Talker(server.port, user="", path=TOKENS) as ann:
        assert "connect" in ann.ask(connect={"token": token(claims(sub="ann"))})
        assert ann.ask(subscribe={"channel": "$room:1", "token": bad})["error"]["code"] == 103
        assert ann.ask(subscribe={"channel": "$room:1"})["error"]["code"] == 103


@pytest.mark.parametrize("other", [{"sub": "bob"}, {"channel": "$room:2"}, {"channel": None}, {"client": "another"}])
def test_a_good_token_for_something_else_ends_the_connection(server: Server, other: dict[str, str | None]) -> None:
    stolen = token(claims(**{"sub": "ann", "channel": "$room:1", **other}))
    with Talker(server.port, user="", path=TOKENS) as ann:
        ann.ask(connect={"token": token(claims(sub="ann"))})
        ann.begin(subscribe={"channel": "$room:1", "token": stolen})
        assert ann.closed() == (3500, "invalid token")


def test_an_expired_token_for_a_channel_is_an_error_and_a_good_one_is_good(server: Server) -> None:
    with Talker(server.port, user="", path=TOKENS) as ann:
        ann.ask(connect={"token": token(claims(sub="ann"))})
        old = token(claims(sub="ann", channel="$room:1", exp=BEFORE))
        assert ann.ask(subscribe={"channel": "$room:1", "token": old})["error"]["code"] == 109
        good = token(claims(sub="ann", channel="$room:1", exp=LATER))
        assert "subscribe" in ann.ask(subscribe={"channel": "$room:1", "token": good})
