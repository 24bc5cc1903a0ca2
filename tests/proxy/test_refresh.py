"""Until when a connection or a subscription lives on, asked and answered in Centrifugo's words."""

from __future__ import annotations

import pytest
from msgspec import Raw

from hubbub.proxy.refresh import REFRESH, SUB_REFRESH
from hubbub.proxy.shapes import Event
from tests.proxy.calls import HEAD, Visitor, answered, asked, call

BOTH = pytest.mark.parametrize("event", [REFRESH, SUB_REFRESH], ids=lambda event: event.name)


def test_what_is_asked() -> None:
    assert asked(REFRESH, call()) == {**HEAD, "user": "ann"}
    assert asked(SUB_REFRESH, call()) == {**HEAD, "user": "ann", "channel": "chat:1"}


@BOTH
def test_until_when(event: Event) -> None:
    assert answered(event, {"result": {"expire_at": 2_000_000_000}}) == 2_000_000_000
    assert answered(event, {"result": {}}) == 0
    assert answered(event, {"result": {}}) is not False


@BOTH
@pytest.mark.parametrize(
    "answer",
    [{"result": {"expired": True, "expire_at": 9}}, {}, None, {"error": {"code": 403}}, {"disconnect": {"code": 4501}}],
)
def test_no_longer(event: Event, answer: object) -> None:
    assert answered(event, answer) is False


def test_the_connection_may_change() -> None:
    client = Visitor(meta={"team": 7})
    answered(REFRESH, {"result": {"info": {"name": "Ann"}, "meta": {"team": 8}}}, call(client))
    assert (client.info, client.meta) == (Raw(b'{"name":"Ann"}'), {"team": 8})
    answered(REFRESH, {"result": {"b64info": "WzFd"}}, call(client))
    answered(SUB_REFRESH, {"result": {"info": 1, "meta": 1}}, call(client))
    assert (client.info, client.meta) == (Raw(b"[1]"), {"team": 8})
