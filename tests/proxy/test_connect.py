"""Who a client is, asked and answered in Centrifugo's words."""

from __future__ import annotations

import pytest
from msgspec import Raw

from hubbub import Disconnect, Grant, Welcome
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.proxy.connect import CONNECT
from hubbub.proxy.shapes import Failed
from tests.proxy.calls import BINARY, HEAD, Visitor, answered, asked, call


def test_what_is_asked() -> None:
    assert asked(CONNECT, call()) == HEAD
    whole = ConnectRequest(name="js", version="1.0", subs={"news": SubscribeRequest()})
    assert asked(CONNECT, call(request=whole, data=b'{"a":1}')) == {
        **HEAD, "name": "js", "version": "1.0", "data": {"a": 1}, "channels": ["news"]
    }  # fmt: skip
    assert asked(CONNECT, call(data=b"\xff"), BINARY) == {**HEAD, "encoding": "binary", "b64data": "/w=="}


def test_who_brings_a_token_is_not_asked_about() -> None:
    with pytest.raises(Disconnect) as caught:
        asked(CONNECT, call(token="x.y.z"))
    assert caught.value.code == 3500


def test_what_is_answered() -> None:
    assert answered(CONNECT, {"result": {"user": "56"}}) == Welcome("56")
    result = {
        "user": "56",
        "expire_at": 2_000_000_000,
        "info": {"name": "Ann"},
        "data": [1],
        "meta": {"team": 7},
        "channels": ["news", "both"],
        "subs": {
            "both": {"info": 1, "data": 2, "override": {"presence": {"value": True}, "join_leave": {}}, "expire_at": 9},
            "plain": None,
        },
    }
    both = Grant(Raw(b"1"), Raw(b"2"), 9, {"presence": True, "join_leave": False})
    assert answered(CONNECT, {"result": result}) == Welcome(
        "56",
        Raw(b'{"name":"Ann"}'),
        Raw(b"[1]"),
        2_000_000_000,
        {"news": Grant(), "both": both, "plain": Grant()},
        {"team": 7},
    )


def test_no_result_is_nobody() -> None:
    for nothing in ({}, {"result": None}, None):
        with pytest.raises(Disconnect) as caught:
            answered(CONNECT, nothing)
        assert caught.value.code == 3501


def test_what_it_may_do_beside() -> None:
    client = Visitor()
    caps = [{"channels": ["chat:*"], "match": "wildcard", "allow": ["pub", "fly"]}]
    answered(CONNECT, {"result": {"caps": caps}}, call(client))
    [capability] = client.capabilities
    assert (capability.covers("chat:1"), set(capability.allow)) == (True, {"publish"})
    with pytest.raises(Failed, match="regular expression"):
        answered(CONNECT, {"result": {"caps": [{"channels": ["("], "match": "regex"}]}})


def test_bytes_go_to_who_reads_them() -> None:
    hello = {"result": {"b64data": "/w=="}}
    assert answered(CONNECT, hello, call(Visitor("protobuf"))).data == Raw(b"\xff")
    with pytest.raises(Failed, match="no JSON"):
        answered(CONNECT, hello)
    with pytest.raises(Failed, match="no JSON"):  # others see it
        answered(CONNECT, {"result": {"b64info": "/w=="}}, call(Visitor("protobuf")))
