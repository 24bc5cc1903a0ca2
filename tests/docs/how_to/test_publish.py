"""How to tell subscribers something from the server, and to do something to a client."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.docs.wire import client, wire
from tests.serving import Server


def post(server: Server, path: str, **query: Any) -> Any:
    return httpx2.post(server.url(path, "http"), params=query).raise_for_status().json()


def test_from_an_endpoint_and_from_a_thread(server: Server) -> None:
    with client(server, "orders:1", data="ann") as ann:
        first = post(server, "/orders/1")
        assert post(server, "/orders/1/ship") == first + 1
        assert ann.data(2) == [{"state": "paid"}, {"state": "shipped"}]


def test_to_all_but_the_sender(server: Server) -> None:
    with wire(server) as ann, client(server, "orders:2", data="bob") as bob:
        id = ann.ask("connect", data="ann")["client"]
        ann.ask("subscribe", channel="orders:2")
        post(server, "/orders/2/note", text="for others", client=id)
        post(server, "/orders/2")
        assert bob.data(2) == [{"note": "for others"}, {"state": "paid"}]
        assert ann.data(1) == [{"state": "paid"}]


def test_once_and_not_backwards(server: Server) -> None:
    with client(server, "orders:3", data="ann") as ann:
        first = post(server, "/orders/3/state", state="paid", event="a", version=2)
        assert post(server, "/orders/3/state", state="paid", event="a", version=2) == first
        assert post(server, "/orders/3/state", state="new", event="b", version=1) == first
        assert post(server, "/orders/3/state", state="sent", event="c", version=3) == first + 1
        assert ann.data(2) == [{"state": "paid"}, {"state": "sent"}]


def test_what_is_done_to_a_user(server: Server) -> None:
    with wire(server) as ann:
        id = ann.ask("connect", data="ann")["client"]
        assert post(server, "/users/ann/follow") == [id]
        assert ann.push()["channel"] == "orders:1"
        post(server, "/users/ann/tell")
        assert ann.push() == {"message": {"data": {"hello": "ann"}}}
        post(server, "/users/ann/renew")
        assert "refresh" in ann.push()
        post(server, "/users/ann/leave")
        assert ann.push()["unsubscribe"]["code"] == 2000
        assert post(server, "/users/nobody/tell") == []
        post(server, "/users/ann/out")
        assert ann.closed() == (4500, "signed out")


def test_what_is_kept_and_who_is_in(server: Server) -> None:
    with client(server, "orders:5", data="ann"), client(server, "orders:5", data="ann"):
        for _ in range(2):
            post(server, "/orders/5")
        looked = httpx2.get(server.url("/orders/5?since=1", "http")).raise_for_status().json()
        present = httpx2.get(server.url("/orders/5/present", "http")).raise_for_status().json()
    assert looked == {"said": [{"state": "paid"}], "top": 2, "users": 1}
    assert [(each["user"], each["client"] == id) for id, each in present.items()] == [("ann", True)] * 2


def test_what_it_raises_is_an_answer_to_http(native: Server) -> None:
    assert httpx2.post(native.url("/nowhere/x/say", "http"), timeout=5).status_code == 404
