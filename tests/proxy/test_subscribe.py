"""Whether a client may subscribe, asked and answered in Centrifugo's words."""

from __future__ import annotations

import pytest
from msgspec import Raw

from hubbub import Grant
from hubbub.proxy.subscribe import SUBSCRIBE
from tests.proxy.calls import BINARY, HEAD, answered, asked, call


def test_what_is_asked() -> None:
    assert asked(SUBSCRIBE, call()) == {**HEAD, "user": "ann", "channel": "chat:1"}
    assert asked(SUBSCRIBE, call(data=b"[1]"))["data"] == [1]
    assert asked(SUBSCRIBE, call(data=b"[1]"), BINARY)["b64data"] == "WzFd"


@pytest.mark.parametrize("answer", [{"result": {}}, {}, None])
def test_it_may(answer: object) -> None:
    assert answered(SUBSCRIBE, answer) == Grant()


def test_what_goes_with_it() -> None:
    override = {name: {"value": True} for name in ("presence", "join_leave", "force_push_join_leave")}
    override |= {name: {"value": False} for name in ("force_recovery", "force_positioning")}
    result = {"info": 1, "b64data": "WzFd", "expire_at": 9.0, "override": override, "allow": ["pub", "hst", "new"]}
    assert answered(SUBSCRIBE, {"result": result}) == Grant(
        Raw(b"1"),
        Raw(b"[1]"),
        9,
        {name: flag["value"] for name, flag in override.items()},
        frozenset(("publish", "history")),
    )
