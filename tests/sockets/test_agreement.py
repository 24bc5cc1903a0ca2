"""What a request offers, whatever the server made of it; what comes of it is tested with upgrades."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from hubbub import Refused
from hubbub.sockets.agreement import agree, offered_by, origin_of
from hubbub.sockets.terms import terms_of


def asking(*headers: tuple[bytes, bytes], **scope: Any) -> HTTPConnection:
    """A request."""
    return HTTPConnection({"type": "websocket", "scheme": "ws", "headers": list(headers), **scope})


@pytest.mark.parametrize(
    ("values", "origin"),
    [([], None), ([b"https://a.example"], "https://a.example"), ([b"a", b"b"], "a, b"), ([b""], "")],
)
def test_the_origin_is_all_that_is_said_of_it(values: list[bytes], origin: str | None) -> None:
    assert origin_of(asking(*((b"origin", value) for value in values))) == origin


def test_what_is_offered_has_no_empty_names() -> None:
    assert offered_by(asking(subprotocols=["a", "", "b"])) == ["a", "b"]
    assert offered_by(asking()) == []


def test_the_first_that_is_spoken_here_is_agreed_on() -> None:
    terms = terms_of({"subprotocols": ["x", "y"], "origins": [], "hosts": []})
    assert agree(asking(subprotocols=["y", "x"]), None, terms) == "x"
    assert agree(asking(subprotocols=["z"]), None, terms) is None


def test_what_does_not_fit_is_refused() -> None:
    host = (b"host", b"here.example")
    terms = terms_of({"subprotocols": ["x"], "require_subprotocol": True, "origins": [], "hosts": ["here.example"]})
    for request, origin, status in (
        (asking(host), None, 400),
        (asking(host, subprotocols=["x"]), "https://there.example", 403),
        (asking((b"host", b"there.example"), subprotocols=["x"]), None, 421),
    ):
        with pytest.raises(Refused) as caught:
            agree(request, origin, terms)
        assert caught.value.status == status
    assert agree(asking(host, subprotocols=["x"]), "http://here.example", terms) == "x"
