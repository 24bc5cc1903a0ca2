"""The page and the document over HTTP: where the app shows its own docs, and nowhere else."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from hubbub import Hub, Misuse
from tests.contracts import hooks


def installed(app: Starlette, prefix: str = "", docs: bool | str = True) -> TestClient:
    hooks.make().install(app, prefix, docs=docs)
    return TestClient(app)


def test_the_page_has_its_files_and_asks_nobody_else() -> None:
    client = installed(FastAPI(title="Chat", version="2"))
    page = client.get("/realtime-docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<h1>Chat <small>2</small></h1>" in page.text
    assert 'data-socket="connection/websocket"' in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    for name, kind in (("docs.css", "text/css"), ("docs.js", "text/javascript")):
        assert f'"realtime-docs/{name}"' in page.text
        file = client.get(f"/realtime-docs/{name}")
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, kind)
    for name in ("client.ts", "docs.html", "..%2fserve.py", "nothing"):
        assert client.get(f"/realtime-docs/{name}").status_code == 404


def test_the_document_knows_where_clients_connect() -> None:
    inner = FastAPI(title="Chat", version="2")
    hooks.make().install(inner, "/rt")
    client = TestClient(Starlette(routes=[Mount("/app", inner)]), base_url="https://example.com")
    made = client.get("/app/rt/realtime-docs.json").json()
    assert made["info"] == {"title": "Chat", "version": "2"}
    server = made["servers"]["hub"]
    assert (server["protocol"], server["host"], server["pathname"]) == (
        "wss", "example.com", "/app/rt/connection/websocket",
    )  # fmt: skip
    assert "chat_room" in made["channels"]


@pytest.mark.parametrize(
    ("app", "docs", "status"),
    [
        (FastAPI(), True, 200),
        (FastAPI(), False, 404),
        (FastAPI(docs_url=None), True, 404),
        (FastAPI(openapi_url=None), True, 404),
        (FastAPI(docs_url=None), "/realtime-docs", 200),
        (Starlette(), True, 404),
        (Starlette(), "/realtime-docs", 200),
        (FastAPI(), "/elsewhere/", 404),
    ],
)
def test_it_is_where_the_apps_own_docs_are(app: Starlette, docs: bool | str, status: int) -> None:
    client = installed(app, docs=docs)
    for path in ("/realtime-docs", "/realtime-docs.json", "/realtime-docs/docs.js"):
        assert client.get(path).status_code == status


def test_a_path_of_ones_own() -> None:
    client = installed(Starlette(), prefix="/a", docs="/b/docs")
    page = client.get("/a/b/docs").text
    assert 'data-socket="../connection/websocket"' in page
    assert '"docs/docs.js"' in page
    assert client.get("/a/b/docs/docs.js").status_code == 200
    with pytest.raises(Misuse, match="docs is a path"):
        Hub().install(Starlette(), docs="docs")


def test_hooks_may_come_later_and_openapi_says_nothing_of_it() -> None:
    app, hub = FastAPI(), Hub()
    hub.install(app)
    hub.rpc("late")(lambda: 1)
    client = TestClient(app)
    assert "rpc_late" in client.get("/realtime-docs.json").json()["operations"]
    assert client.get("/openapi.json").json()["paths"] == {}


def test_where_no_sockets_are_taken_it_is_shown_all_the_same() -> None:
    app, hub = FastAPI(), Hub(transports=["sse"])
    hub.install(app)
    client = TestClient(app)
    assert 'data-socket=""' in client.get("/realtime-docs").text
    assert "servers" not in client.get("/realtime-docs.json").json()
