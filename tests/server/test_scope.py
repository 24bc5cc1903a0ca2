"""What an upgrade's head and connection become; what frameworks make of it is tested with them."""

from __future__ import annotations

from typing import Any, cast

import pytest

from hubbub.server.head import BadRequest, parse_head
from hubbub.server.scope import address, call_scope, request_scope


class Line:
    """A transport that knows its ends."""

    def get_extra_info(self, name: str) -> Any:
        """One of them; there is no TLS."""
        return {"sockname": ("127.0.0.1", 80), "peername": ("::1", 4000, 0, 0)}.get(name)


def scope_of(target: bytes, *lines: bytes, root: str = "", **state: Any) -> dict[str, Any]:
    """The scope of a request."""
    head = parse_head(b"\r\n".join([b"GET " + target + b" HTTP/1.1", *lines]))
    return request_scope(head, cast(Any, Line()), root, state)


def test_it_says_what_the_request_says() -> None:
    scope = scope_of(
        b"/a%20b?c=%20", b"Host: x", b"Sec-WebSocket-Protocol: one, two", b"Sec-WebSocket-Protocol: three", user=1
    )
    assert (scope["path"], scope["query_string"], scope["root_path"]) == ("/a b", b"c=%20", "")
    assert scope["subprotocols"] == ["one", "two", "three"]
    assert scope["headers"][0] == (b"host", b"x")
    assert (scope["client"], scope["server"], scope["scheme"]) == (("::1", 4000), ("127.0.0.1", 80), "ws")
    assert scope["state"] == {"user": 1}


def test_a_call_knows_where_the_server_is_mounted_and_by_whom_it_is_served() -> None:
    head = parse_head(b"GET /a%20b HTTP/1.1")
    scope = call_scope(request_scope(head, cast(Any, Line()), "/below", {}), head, "3.0", "us")
    assert (scope["path"], scope["raw_path"]) == ("/below/a b", b"/below/a%20b")
    assert scope["asgi"] == {"version": "3.0", "spec_version": "2.4"}
    assert scope["extensions"] == {"websocket.http.response": {}, "hubbub": "us"}


def test_a_target_that_is_none_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        scope_of(b"/a#b")


@pytest.mark.parametrize(
    ("info", "told"), [(("h", 1), ("h", 1)), (("h", 1, 0, 0), ("h", 1)), ("/socket", None), (None, None)]
)
def test_an_address_is_host_and_port(info: Any, told: object) -> None:
    assert address(info) == told
