"""How to authenticate in the handshake."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from tests.server.clients import closed, denied
from tests.serving import Server

BEARER = {"Authorization": "Bearer s3cret"}


def refusal(server: Server, path: str, **headers: str) -> Any:
    """The status, and the detail."""
    response = denied(server, path, additional_headers=headers)
    return response.status_code, json.loads(response.body)["detail"]


def test_by_a_header(server: Server) -> None:
    with connect(server.url("/feed"), additional_headers=BEARER) as client:
        assert client.recv(5) == "hello, ann"
    assert refusal(server, "/feed") == (401, "Not authenticated")
    assert refusal(server, "/feed", Authorization="Bearer wrong") == (401, "unknown token")


def test_by_a_cookie(server: Server) -> None:
    with connect(server.url("/page-feed"), additional_headers={"Cookie": "session=s3cret"}) as client:
        assert client.recv(5) == "hello, ann"
    assert refusal(server, "/page-feed", Cookie="session=wrong") == (401, "sign in first")
    assert refusal(server, "/page-feed")[0] == 401


def test_not_from_another_site(server: Server) -> None:
    status, detail = refusal(server, "/page-feed", Cookie="session=s3cret", Origin="https://elsewhere.example")
    assert (status, "https://elsewhere.example is not allowed" in detail) == (403, True)


def test_by_a_ticket_once(server: Server) -> None:
    ticket = httpx2.post(server.url("/tickets", "http"), headers=BEARER).raise_for_status().json()
    with connect(server.url(f"/ticket-feed?ticket={ticket}")) as client:
        assert client.recv(5) == "hello, ann"
    assert refusal(server, f"/ticket-feed?ticket={ticket}") == (401, "no such ticket: ask for a new one")


def test_a_ticket_is_in_our_log_no_more_than_in_none(native: Server, asgi: Server) -> None:
    for server in native, asgi:
        assert refusal(server, "/ticket-feed?ticket=in-the-address")[0] == 401
    assert "in-the-address" not in native.wait_for_log("/ticket-feed (Python/")
    assert "in-the-address" in asgi.wait_for_log("/ticket-feed")  # uvicorn's own line


@pytest.mark.parametrize("token", ["s3cret", "wrong"])
def test_by_the_first_message(server: Server, token: str) -> None:
    with connect(server.url("/late-feed")) as client:
        client.send(token)
        if token == "s3cret":
            assert client.recv(5) == "hello, ann"
        else:
            assert closed(client) == (4401, "unknown token")


def test_who_says_nothing_is_too_late(native: Server) -> None:
    with connect(native.url("/late-feed")) as client:
        assert closed(client) == (4401, "too late")


def test_what_has_expired_is_closed(server: Server) -> None:
    with connect(server.url("/short-feed?seconds=0.2"), additional_headers=BEARER) as client:
        client.send("still here")
        assert client.recv(5) == "still here"
        assert closed(client) == (3005, "sign in again")
