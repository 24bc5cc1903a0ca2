"""How to let a backend in another language answer what hooks are asked."""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.docs.wire import wire
from tests.serving import Server, serve, wait_until

ANN = {"additional_headers": {"Cookie": "session=ann"}}


@pytest.fixture(scope="module")
def backend(folder: Path) -> Iterator[dict[str, Any]]:
    """The page's backend, in a thread: what is in its file, and where it is."""
    names = runpy.run_path(str(folder / "backend.py"))
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Backend"]) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield {**names, "url": f"http://127.0.0.1:{server.server_address[1]}"}
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def native(folder: Path, backend: dict[str, Any]) -> Iterator[Server]:
    """The page's app, which asks it."""
    with serve("app:app", cwd=folder, env={"BACKEND": backend["url"]}) as running:
        yield running


def test_who_has_a_session_is_let_in(native: Server) -> None:
    with wire(native, **ANN) as ann, wire(native) as nobody:
        assert list(ann.ask("connect")["subs"]) == ["news"]
        nobody.say("connect")
        assert nobody.closed() == (4501, "sign in first")


def test_what_it_allows_and_says(native: Server) -> None:
    with wire(native, **ANN) as ann:
        ann.ask("connect")
        assert ann.ask("subscribe", channel="chat:cellar") == (403, "the cellar is closed")
        assert ann.ask("subscribe", channel="chat:1")["data"] == {"topic": "all and nothing"}
        assert ann.ask("publish", channel="chat:1", data={"text": " hello "}) == {}
        push = ann.push()["pub"]
        assert (push["data"], push["info"]["conn_info"]) == ({"text": "hello"}, {"name": "Ann"})
        assert ann.ask("rpc", method="add", data=[1, 2]) == {"data": 3}
        assert ann.ask("rpc", method="sub", data=[1, 2]) == (404, "no such method")
        assert ann.ask("subscribe", channel="other:1") == (102, "unknown channel")


def test_what_breaks_is_error_100_and_a_line_in_the_log(native: Server, backend: dict[str, Any]) -> None:
    with wire(native, **ANN) as ann:
        ann.ask("connect")
        assert ann.ask("publish", channel="chat:1", data=1) == (100, "internal server error")
    log = native.wait_for_log("the publish proxy")
    assert f"the publish proxy {backend['url']}/publish: it closed the connection without an answer" in log
    assert "Traceback" not in log


def test_the_backend_hears_who_is_gone(native: Server, backend: dict[str, Any]) -> None:
    with wire(native, additional_headers={"Cookie": "session=bob"}) as bob:
        bob.ask("connect")
    wait_until(lambda: "bob" in backend["gone"], 20)
