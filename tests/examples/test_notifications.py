"""Notifications: one post, heard by both kinds of listener."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest
from websockets.sync.client import connect

from tests.events.clients import PATIENCE, listen
from tests.serving import Server, serve, wait_until


@pytest.fixture(scope="module")
def notifications() -> Iterator[Server]:
    """The example."""
    with serve("examples.notifications:app") as server:
        yield server


def notify(server: Server, text: str) -> httpx2.Response:
    """Post a notice."""
    return httpx2.post(server.url("/notices", "http"), json={"text": text}, timeout=PATIENCE)


def test_both_kinds_hear_it(notifications: Server) -> None:
    with listen(notifications, "/events") as reader, connect(notifications.url("/socket")) as socket:
        wait_until(lambda: notify(notifications, "lunch is ready").json() == 2)
        while socket.recv(5) != "lunch is ready":
            pass
        assert reader.data(1) == ["lunch is ready"]
        last_id = reader.parser.last_id
    wait_until(lambda: notify(notifications, "nobody is there").json() == 0)
    with listen(notifications, "/events", headers={"Last-Event-ID": last_id}) as reader:
        while reader.data(1) != ["nobody is there"]:
            pass


def test_a_notice_has_a_bound(notifications: Server) -> None:
    assert notify(notifications, "x" * 201).status_code == 422
    assert notify(notifications, "").status_code == 422


def test_the_page(notifications: Server) -> None:
    for path in ("/", "/notifications.js"):
        assert httpx2.get(notifications.url(path, "http")).status_code == 200
