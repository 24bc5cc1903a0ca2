"""How to show who is in a channel, or whether a user is online."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.docs.wire import client
from tests.serving import Server, wait_until


def get(native: Server, path: str) -> Any:
    return httpx2.get(native.url(path, "http")).raise_for_status().json()


def test_who_is_in_and_who_comes_and_goes(native: Server) -> None:
    with client(native, "room:1", data="ann") as ann:
        own = ann.push()["join"]["info"]
        assert own["user"] == "ann"
        with client(native, "room:1", data="bob"), client(native, "room:1", data="bob"):
            assert [ann.push()["join"]["info"]["user"] for _ in range(2)] == ["bob", "bob"]
            assert ann.ask("presence_stats", channel="room:1") == {"num_clients": 3, "num_users": 2}
            assert ann.ask("presence", channel="room:1")["presence"][own["client"]] == own
            assert get(native, "/rooms/1") == {"connections": 3, "users": 2}
        assert [ann.push()["leave"]["info"]["user"] for _ in range(2)] == ["bob", "bob"]
        assert ann.ask("presence", channel="online:ann") == (103, "permission denied")


def test_is_she_online(native: Server) -> None:
    assert get(native, "/online/ann") is False
    with client(native, data="ann") as ann:
        ann.ask("subscribe", channel="mine")
        wait_until(lambda: get(native, "/online/ann"), what="ann is online")
    wait_until(lambda: not get(native, "/online/ann"), what="ann is gone")
