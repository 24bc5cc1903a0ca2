"""Whether a client may publish, asked and answered in Centrifugo's words."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from hubbub import Approval
from hubbub.proxy.publish import PUBLISH
from tests.proxy.calls import BINARY, HEAD, answered, asked, call


def test_what_is_asked() -> None:
    assert asked(PUBLISH, call(data=b'{"a":1}')) == {**HEAD, "user": "ann", "channel": "chat:1", "data": {"a": 1}}
    assert asked(PUBLISH, call(data=b"\xff"), BINARY)["b64data"] == "/w=="
    assert not PUBLISH.repeats


def test_it_is_published_as_it_came_or_as_the_backend_says() -> None:
    it = call(data=b"1")
    nothings: list[Any] = [{"result": {}}, {}, {"result": {"data": None}}]
    for as_it_came in nothings:
        assert answered(PUBLISH, as_it_came, it).data is it.data
    assert answered(PUBLISH, {"result": {"data": 2, "b64data": "Mw==", "skip_history": True}}, it) == Approval(
        Raw(b"2"), skip_history=True
    )
    assert answered(PUBLISH, {"result": {"b64data": "/w=="}}, it).data == Raw(b"\xff")
