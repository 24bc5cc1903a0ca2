"""How to say what clients of a hub may do."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from tests.docs.wire import Wire, client, wire
from tests.serving import Server, wait_until


def user(server: Server, name: str, *channels: str) -> AbstractContextManager[Wire]:
    """One who says his name."""
    return client(server, *channels, data={"name": name})


def test_who_connects(server: Server) -> None:
    with wire(server) as ann, wire(server) as eve, wire(server) as nobody:
        assert ann.ask("connect", data={"name": "ann"})["data"] == {"hello": "ann"}
        assert nobody.ask("connect", data={"nam": "ann"}) == (107, "name: Field required")
        eve.say("connect", data={"name": "eve"})
        assert eve.closed() == (4501, "banned")


def test_who_subscribes_and_publishes(server: Server) -> None:
    with user(server, "ann") as ann, user(server, "bob", "chat:1") as bob:
        assert ann.ask("subscribe", channel="chat:101") == (103, "permission denied")
        assert ann.ask("subscribe", channel="chat:hall")[0] == 107
        assert ann.ask("subscribe", channel="else:1") == (102, "unknown channel")
        assert ann.ask("publish", channel="chat:1", data={"text": "x"}) == (1001, "come in first")
        assert ann.ask("subscribe", channel="chat:1")["data"] == {"topic": "all and nothing"}
        ann.ask("publish", channel="chat:1", data={"text": "(aside)"})
        ann.ask("publish", channel="chat:1", data={"text": " loud "})
        assert bob.data(1) == [{"text": "(aside)"}]
        heard = bob.push()["pub"]
        assert (heard["data"], heard["offset"]) == ({"text": "loud"}, 1)
        assert heard["info"]["conn_info"] == {"name": "Ann"}
        assert heard["info"]["chan_info"] == {"seat": 1}
        assert ann.data(1) == [{"text": "loud"}]


def test_calls_and_messages(server: Server) -> None:
    with user(server, "ann") as ann:
        assert ann.ask("rpc", method="add", data={"a": 1, "b": 2}) == {"data": 3}
        assert ann.ask("rpc", method="add", data={"a": "x", "b": 2})[0] == 107
        assert ann.ask("rpc", method="sub") == (104, "method not found")
        ann.tell({"x": "y"})
        assert ann.push() == {"message": {"data": {"heard": {"x": "y"}}}}


def test_ends_are_told_with_their_reason(server: Server) -> None:
    with user(server, "cy", "chat:1", "chat:2") as cy:
        cy.ask("unsubscribe", channel="chat:1")
    with user(server, "dan") as dan:

        def told() -> list[Any]:
            return [line for line in dan.ask("rpc", method="log")["data"] if line[1] == "cy"]

        wait_until(lambda: len(told()) == 3, what="three ends")
        assert told() == [
            ["left", "cy", "1", 0, "client unsubscribed"],
            ["left", "cy", "2", 1, "client disconnected"],
            ["gone", "cy", 3000, "connection closed"],
        ]


def test_a_client_renews_its_subscription(server: Server) -> None:
    with user(server, "ann") as ann:
        trial = ann.ask("subscribe", channel="trial")
        assert (trial["expires"], trial["ttl"]) == (True, 2)
        assert ann.ask("sub_refresh", channel="trial", token="free") == (103, "permission denied")
        assert ann.ask("sub_refresh", channel="trial", token="paid") == {"expires": True, "ttl": 300}


def test_the_hub_renews_a_subscription_or_ends_it(server: Server) -> None:
    with user(server, "ann", "seat") as ann, user(server, "bob") as bob:
        assert bob.ask("subscribe", channel="seat") == {}
        assert bob.push() == {"channel": "seat", "unsubscribe": {"code": 2501, "reason": "subscription expired"}}
        assert ann.ask("subscribe", channel="seat") == (105, "already subscribed")


def test_dependencies_see_the_request(server: Server) -> None:
    for accepted, greeting in {"de-AT,de": "Good day, ann", "de,en": "Guten Tag, ann"}.items():
        with wire(server, additional_headers={"Accept-Language": accepted}) as ann:
            ann.ask("connect", data={"name": "ann"})
            assert ann.ask("rpc", method="greet") == {"data": greeting}


def test_threads_and_time_outs(native: Server) -> None:
    with user(native, "ann") as ann:
        assert ann.ask("rpc", method="read", data="path") == {"data": "PATH"}
        assert ann.ask("rpc", method="wait") == (100, "internal server error")
    native.wait_for_log("wait did not return within 0.5 s")


def test_a_slow_hook_holds_up_its_own_client_only(native: Server) -> None:
    with user(native, "cy") as cy, user(native, "bob") as other:
        cy.say("rpc", method="wait")
        assert other.ask("rpc", method="add", data={"a": 1, "b": 1}) == {"data": 2}
        assert cy.ask("rpc", method="add", data={"a": 1, "b": 1}) == {"data": 2}
