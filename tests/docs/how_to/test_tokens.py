"""How to let in who has a good token, for as long as it is good."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.server.clients import closed, denied
from tests.serving import Server
from tests.tokens.making import claims, token

KEY = b"only for trying out: a secret of 32 bytes or more"


def made(**changes: Any) -> str:
    return token(claims(**{"aud": "chat", **changes}), key=KEY)


def bearer(**changes: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {made(**changes)}"}


def heard(client: ClientConnection) -> Any:
    return json.loads(client.recv(5))


@pytest.mark.parametrize(
    "options",
    [
        {"additional_headers": bearer()},
        {"additional_headers": {"Cookie": f"token={made()}"}},
        {"subprotocols": [Subprotocol("app"), Subprotocol(f"bearer.{made()}")]},
    ],
    ids=["header", "cookie", "subprotocol"],
)
def test_where_it_stands(server: Server, options: dict[str, Any]) -> None:
    with connect(server.url("/ws"), **options) as client:
        assert client.recv(5) == "hello, ann"
        assert client.subprotocol == ("app" if "subprotocols" in options else None)
        client.send("back")
        assert client.recv(5) == "back"


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({}, "no token"),
        (bearer(aud="mail"), "invalid token"),
        (bearer(exp=1), "token expired"),
    ],
)
def test_what_the_client_gets(server: Server, headers: dict[str, str], told: str) -> None:
    response = denied(server, "/ws", additional_headers=headers)
    assert (response.status_code, json.loads(response.body)) == (401, {"detail": told})
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert denied(server, f"/ws?token={made()}").status_code == 401


def test_what_the_log_has(native: Server) -> None:
    denied(native, "/ws", additional_headers=bearer(aud="mail"))
    native.wait_for_log("refused with 401: the token is for ('mail',), not for ['chat']")


def test_a_key_set_that_is_not_there(server: Server) -> None:
    forged = {"Authorization": f"Bearer {token(claims(aud='chat'), 'RS256', alg='none')}"}
    assert denied(server, "/at-work", additional_headers=forged).status_code == 401


def test_a_ticket(server: Server) -> None:
    ticket = httpx2.post(server.url("/ticket", "http"), headers=bearer()).raise_for_status().json()
    with connect(server.url(f"/ws?ticket={ticket}")) as client:
        assert client.recv(5) == "hello, ann"
    assert json.loads(denied(server, f"/ws?ticket={ticket}").body) == {"detail": "invalid ticket"}


def test_the_warning_and_the_fresh_token(server: Server) -> None:
    with connect(server.url("/long"), additional_headers=bearer(exp=time.time() + 20)) as client:
        assert heard(client) in ({"expires in": 30}, {"expires in": 29})  # the leeway of 10 s counts
        client.send(json.dumps({"renew": made(jti="fresh")}))
        assert heard(client) == {"renewed": "ann"}
        client.send(json.dumps({"renew": made(sub="bob")}))
        assert closed(client) == (3500, "invalid token")


def test_the_end(server: Server) -> None:
    with connect(server.url("/ws"), additional_headers=bearer(exp=time.time() - 9)) as client:
        assert client.recv(5) == "hello, ann"
        assert heard(client) in ({"expires in": 1}, {"expires in": 0})
        assert closed(client) == (3005, "token expired")


def test_signing_out_everywhere(server: Server) -> None:
    eve = bearer(sub="eve")
    with (
        connect(server.url("/ws"), additional_headers=eve) as one,
        connect(server.url("/long"), additional_headers=eve) as two,
    ):
        assert one.recv(5) == "hello, eve"
        assert httpx2.post(server.url("/sign-out-everywhere", "http"), headers=eve).json() == 2
        assert closed(one) == closed(two) == (3500, "token revoked")
    assert json.loads(denied(server, "/ws", additional_headers=eve).body) == {"detail": "token revoked"}
