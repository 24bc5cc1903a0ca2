"""How to let pages connect, by origin and by host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.server.clients import RawClient, upgrade_request
from tests.serving import HUBBUB, UVICORN, Server, serve


def ask(server: Server, path: str, headers: Mapping[str, str], host: str = "") -> tuple[int, str]:
    """Status and detail; 101 where it is let in."""
    with RawClient(server) as client:
        client.send(upgrade_request(path, (host or f"{server.host}:{server.port}").encode(), headers))
        response = client.read_response()
    return response.status, json.loads(response.body)["detail"] if response.body else ""


def own(server: Server) -> str:
    """The origin of its own pages."""
    return f"http://{server.host}:{server.port}"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 101),
        ("own", 101),
        ("https://app.example.com", 101),
        ("https://a.example.org", 101),
        ("https://a.b.example.org", 101),
        ("https://example.org", 403),
        ("http://app.example.com", 403),
        ("https://app.example.com:8443", 403),
        ("null", 403),
        ("https://elsewhere.example", 403),
    ],
)
def test_who_is_let_in(server: Server, origin: str | None, status: int) -> None:
    origin = own(server) if origin == "own" else origin
    found, detail = ask(server, "/ws", {} if origin is None else {"Origin": origin})
    assert found == status
    how = ": it names no page" if origin == "null" else f"; allow it with accept(origins=['{origin}'])"
    assert status == 101 or f"origin {origin} is not allowed{how}" == detail


def test_the_log_names_the_origin(native: Server) -> None:
    ask(native, "/ws", {"Origin": "https://chat.example.com"})
    native.wait_for_log(
        "refused with 403: origin https://chat.example.com is not allowed;"
        " allow it with accept(origins=['https://chat.example.com'])"
    )


@pytest.mark.parametrize(
    ("host", "status"),
    [("intranet.example.com", 101), ("localhost:8000", 101), ("127.0.0.1", 101), ("evil.example", 421)],
)
def test_under_which_name(server: Server, host: str, status: int) -> None:
    assert ask(server, "/inside", {}, host)[0] == status


@pytest.mark.parametrize("command", [HUBBUB, UVICORN], ids=["native", "asgi"])
def test_behind_a_proxy_and_from_the_environment(folder: Path, command: tuple[str, ...]) -> None:
    env = {"HUBBUB_ORIGINS": "https://app.example.net, https://*.example.net", "HUBBUB_HOSTS": "localhost 127.0.0.1"}
    with serve("app:app", command=command, cwd=folder, env=env) as server:
        secure = {"Origin": own(server).replace("http", "https")}
        assert ask(server, "/inside", secure)[0] == 403
        assert ask(server, "/inside", {**secure, "X-Forwarded-Proto": "https"})[0] == 101
        assert ask(server, "/inside", {"Origin": "https://app.example.net"})[0] == 101
        assert ask(server, "/inside", {"Origin": "https://a.example.net"})[0] == 101
        assert ask(server, "/ws", {"Origin": "https://app.example.net"})[0] == 403  # the endpoint's own list
        assert ask(server, "/ws", {}, "evil.example")[0] == 421
