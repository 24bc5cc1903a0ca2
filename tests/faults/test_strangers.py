"""Who may open a socket: the matrix of Origin, the list of hosts; and that no app can split its own response by mistake."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from hubbub.sockets.origin import is_origin
from tests.faults.conftest import Victim
from tests.faults.wire import upgrade

OWN = "app.example.com"

# path, Origin, status
ORIGINS = [
    ("/echo", None, 101),
    ("/echo", "http://app.example.com", 101),
    ("/echo", "HTTP://APP.example.COM", 101),
    ("/echo", "http://app.example.com:80", 101),
    ("/echo", "null", 403),
    ("/echo", "", 403),
    ("/echo", "http://app.example.com.evil", 403),
    ("/echo", "http://app.example.com.evil.org", 403),
    ("/echo", "http://evilapp.example.com", 403),
    ("/echo", "http://evil.app.example.com", 403),
    ("/echo", "http://app.example.co", 403),
    ("/echo", "http://example.com", 403),
    ("/echo", "http://app.example.com:8000", 403),
    ("/echo", "http://app.example.com:", 403),
    ("/echo", "https://app.example.com", 403),
    ("/echo", "ws://app.example.com", 403),
    ("/echo", "file://", 403),
    ("/echo", "app.example.com", 403),
    ("/echo", "http://app.example.com/", 403),
    ("/echo", "http://app.example.com/page", 403),
    ("/echo", "http://app.example.com@evil.org", 403),
    ("/echo", "http://evil.org#app.example.com", 403),
    ("/echo", "http://evil.org\\.app.example.com", 403),
    ("/echo", "http://app.example.com http://evil.org", 403),
    ("/echo", "http://app.example.com, http://evil.org", 403),
    ("/echo", "http://app.example.com.", 403),
    ("/listed", "http://app.example.com", 101),
    ("/listed", "https://www.example.com", 101),
    ("/listed", "https://a.b.example.com", 101),
    ("/listed", "https://www.example.com:443", 101),
    ("/listed", "https://ally.org:8443", 101),
    ("/listed", "http://localhost:3000", 101),
    ("/listed", "https://example.com", 403),
    ("/listed", "http://www.example.com", 403),
    ("/listed", "https://www.example.com:8443", 403),
    ("/listed", "https://wwwexample.com", 403),
    ("/listed", "https://.example.com", 403),
    ("/listed", "https://www.example.com.evil.org", 403),
    ("/listed", "https://evil.org/.example.com", 403),
    ("/listed", "https://ally.org", 403),
    ("/listed", "http://localhost", 403),
    ("/listed", "null", 403),
    ("/anyone", "https://evil.org", 101),
    ("/anyone", "null", 101),
]

# Host, status
HOSTS = [
    ("app.example.com", 101),
    ("APP.example.COM", 101),
    ("app.example.com:8000", 101),
    ("app.example.com.", 101),
    ("www.example.org", 101),
    ("a.b.example.org", 101),
    ("127.0.0.1", 101),
    ("strict.example.com:8443", 101),
    ("strict.example.com", 421),
    ("strict.example.com:80", 421),
    ("example.org", 421),
    ("example.org.evil", 421),
    ("app.example.com.evil", 421),
    ("evilapp.example.com", 421),
    ("evil.app.example.com", 421),
    ("evil", 421),
    ("127.0.0.2", 421),
    ("2130706433", 421),
    ("[::1]", 421),
    ("app.example.com@evil", 400),
    ("evil/app.example.com", 400),
]

SPLITTINGS = ["header value", "header name", "refusal", "detail", "subprotocol"]


@pytest.mark.parametrize(("path", "origin", "status"), ORIGINS)
def test_the_origin_decides_before_the_acceptance(victim: Victim, path: str, origin: str | None, status: int) -> None:
    with victim.connect() as wire:
        response = wire.send(upgrade(path, Host=OWN, Origin=origin)).response()
        assert response.status == status, response
        if status == 403:
            detail = json.loads(response.body)["detail"]
            assert f"origin {origin} " in detail.replace("\\\\", "\\"), "the refusal says which origin"
            assert ("accept(origins=[" in detail) == is_origin(origin or ""), (
                "and, where a list can hold it, how to allow it"
            )


def test_two_origins_are_none(victim: Victim) -> None:
    with victim.connect() as wire:
        request = upgrade("/echo", "Origin: http://evil.org", Host=OWN, Origin=f"http://{OWN}")
        assert wire.send(request).response().status == 403


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_the_host_must_be_in_the_list_whatever_the_origin(victim: Victim, host: str, status: int) -> None:
    with victim.connect() as wire:
        response = wire.send(upgrade("/hosts", Host=host, Origin=f"http://{host}")).response()
        assert response.status == status, response


@pytest.mark.parametrize("by", SPLITTINGS)
def test_no_app_can_split_its_response(victim: Victim, by: str) -> None:
    with victim.connect() as wire:
        response = wire.send(upgrade(f"/splitting?by={quote(by)}")).response()
        assert "x-evil" not in response.headers
        assert response.status == (403 if by == "detail" else 500)
        assert wire.rest() == b""
