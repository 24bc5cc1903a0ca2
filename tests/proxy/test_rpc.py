"""A call, asked and answered in Centrifugo's words."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Raw

from hubbub.proxy.rpc import RPC
from hubbub.proxy.shapes import Failed
from tests.proxy.calls import BINARY, HEAD, Visitor, answered, asked, call


def test_what_is_asked() -> None:
    assert asked(RPC, call(method="add", data=b"[1,2]")) == {**HEAD, "user": "ann", "method": "add", "data": [1, 2]}
    assert asked(RPC, call(method="")) == {**HEAD, "user": "ann"}
    assert asked(RPC, call(method="add", data=b"\xff"), BINARY)["b64data"] == "/w=="
    assert not RPC.repeats


def test_what_is_answered() -> None:
    assert answered(RPC, {"result": {"data": {"sum": 3}}}) == Raw(b'{"sum":3}')
    nothings: list[Any] = [{"result": {}}, {}, {"result": {"data": None}}]
    for nothing in nothings:
        assert answered(RPC, nothing) == Raw(b"")
    assert answered(RPC, {"result": {"b64data": "/w=="}}, call(Visitor("protobuf"))) == Raw(b"\xff")
    with pytest.raises(Failed, match="no JSON"):
        answered(RPC, {"result": {"b64data": "/w=="}})
