"""Where a token may stand in a request, and that one in a subprotocol's name is chosen by nobody."""

from __future__ import annotations

import pytest
from starlette.requests import HTTPConnection

from hubbub.sockets.sources import SOURCES, hide


def request(
    query: str = "", subprotocols: list[str] | None = None, headers: list[tuple[str, str]] | None = None
) -> HTTPConnection:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers or []]
    scope = {"type": "websocket", "path": "/", "query_string": query.encode(), "headers": raw}
    return HTTPConnection(scope if subprotocols is None else {**scope, "subprotocols": subprotocols})


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        (["Bearer abc"], ["abc"]),
        (["bearer  abc "], ["abc"]),
        (["BEARER abc"], ["abc"]),
        (["Basic abc"], []),
        (["Bearer"], [""]),
        (["abc"], []),
        (["Bearerabc"], []),
        (["Bearer a", "Bearer b"], ["a", "b"]),
        (["Basic x", "Bearer b"], ["b"]),
    ],
)
def test_the_header(values: list[str], found: list[str]) -> None:
    assert SOURCES["header"](request(headers=[("Authorization", value) for value in values]), "") == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        (["session=abc"], ["abc"]),
        (['a=1; session="abc"; b=2'], ["abc"]),
        (["sessions=abc; mysession=abc; SESSION=abc"], []),
        (["session=a=b"], ["a=b"]),
        (["session"], [""]),
        (["session=ours; session=tossed"], ["ours", "tossed"]),
        (["session=ours", "session=tossed"], ["ours", "tossed"]),
    ],
)
def test_a_cookie(values: list[str], found: list[str]) -> None:
    assert SOURCES["cookie"](request(headers=[("Cookie", value) for value in values]), "session") == found


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ([], []),
        (["app"], []),
        (["app, bearer.a.b.c"], ["a.b.c"]),
        (["bearer.abc"], ["abc"]),
        (["app", "bearer.abc"], ["abc"]),
        (["Bearer.abc"], []),
        (["bearer."], [""]),
        (["bearer.a,bearer.b"], ["a", "b"]),
    ],
)
def test_a_subprotocol(values: list[str], found: list[str]) -> None:
    offered = request(headers=[("Sec-WebSocket-Protocol", value) for value in values])
    assert SOURCES["subprotocol"](offered, "") == found


@pytest.mark.parametrize("name", ["query", "ticket"])
def test_a_parameter(name: str) -> None:
    assert SOURCES[name](request("a=1&key=x%2Ey&keys=z"), "key") == ["x.y"]
    assert SOURCES[name](request("key=a&key=b"), "key") == ["a", "b"]
    assert SOURCES[name](request(), "key") == []


def test_what_was_a_token_is_offered_no_longer() -> None:
    offered = request(subprotocols=["bearer.abc", "app", "bearer.def"])
    hide(offered)
    assert offered.scope["subprotocols"] == ["app"]
    plain = request()
    hide(plain)
    assert "subprotocols" not in plain.scope
