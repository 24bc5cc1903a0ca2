"""How to stream events."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.events.clients import PATIENCE, Reader, listen
from tests.serving import Server, wait_until


def publish(server: Server, text: str) -> int:
    """How many are subscribed."""
    return int(httpx2.post(server.url("/news", "http"), json=text, timeout=PATIENCE).raise_for_status().json())


def change(server: Server, symbol: str, cents: int) -> None:
    """A new price."""
    url = server.url(f"/prices?symbol={symbol}&cents={cents}", "http")
    httpx2.post(url, timeout=PATIENCE).raise_for_status()


def test_all_read_what_is_published(server: Server) -> None:
    with listen(server, "/news") as one, listen(server, "/news") as other:
        assert publish(server, "hello") == 2
        assert (one.data(1), other.data(1)) == (["hello"], ["hello"])
    wait_until(lambda: publish(server, "all gone") == 0)


def test_a_browser_that_comes_back_gets_what_it_missed(server: Server) -> None:
    with listen(server, "/news") as reader:
        last_id = reader.parser.last_id
    for n in range(101):
        publish(server, str(n))
    with listen(server, "/news", headers={"Last-Event-ID": last_id}) as reader:
        event = reader.next()
        assert (event.type, event.data) == ("lagged", '{"missed":1}')
        assert reader.data(100) == [str(n) for n in range(1, 101)]
    with listen(server, "/news", headers={"Last-Event-ID": "another-7"}) as reader:
        assert json.loads(reader.next().data)["exact"] is False


def test_a_page_that_closed_its_stream_says_what_it_has_seen(server: Server) -> None:
    with listen(server, "/news") as reader:
        publish(server, "seen")
        reader.data(1)
        last_id = reader.parser.last_id
    publish(server, "unseen")
    with listen(server, f"/resumed?since={last_id}") as reader:
        assert reader.data(1) == ["unseen"]


def test_the_newest_price_of_half_a_second(server: Server) -> None:
    with listen(server, "/prices") as reader:
        for cents in range(100, 110):
            change(server, "HUB", cents)
        prices = [reader.next()]
        while '"cents":109' not in prices[-1].data:
            prices.append(reader.next())
    assert {price.type for price in prices} == {"price"}
    assert json.loads(prices[0].data) == {"symbol": "HUB", "cents": 100}
    assert len(prices) < 10


def test_a_countdown_has_an_end(server: Server) -> None:
    with httpx2.stream("GET", server.url("/countdown/3", "http"), timeout=PATIENCE) as response:
        events = Reader(response).read_rest().events
    assert [(event.type, event.data) for event in events] == [
        ("count", "3"), ("count", "2"), ("count", "1"), ("end", "lift-off")
    ]  # fmt: skip


@pytest.mark.parametrize(("accept", "status"), [("text/html", 406), ("text/event-stream", 200)])
def test_what_a_request_accepts(server: Server, accept: str, status: int) -> None:
    with httpx2.stream("GET", server.url("/news", "http"), headers={"accept": accept}, timeout=PATIENCE) as response:
        assert response.status_code == status
