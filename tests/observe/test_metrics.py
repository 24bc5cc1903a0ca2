"""The figures: each moves with what it counts, while a socket is open too, and a scrape shows them in Prometheus' form."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from hubbub import Closed, Counts, Hub, Misuse, Peer, testing, unwatch, watch
from hubbub.observe.metrics import MAX_CODES, OF_HUBS, Metrics
from tests.observe.conftest import get
from tests.server.clients import closed, denied
from tests.serving import Server, environment, wait_until


def scrape(server: Server) -> dict[tuple[str, str], float]:
    """All samples: by name, and the values of their labels joined."""
    text = httpx2.get(server.url("/metrics", "http")).raise_for_status().text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {(sample.name, " ".join(sample.labels.values())): sample.value for sample in samples}


class Figure:
    """How far a figure has moved since the test began."""

    def __init__(self, server: Server, name: str, labels: str = "") -> None:
        self._server = server
        self._key = name, labels
        self._before = self._now()

    def _now(self) -> float:
        return scrape(self._server).get(self._key, 0.0)

    def __call__(self) -> float:
        return self._now() - self._before


ECHO = "/echo/{name}"


def test_a_socket_is_counted_while_it_is_open_and_when_it_has_closed(server: Server, name: str) -> None:
    opened = Figure(server, "hubbub_sockets_opened_total", f"{ECHO} websocket")
    open_now = Figure(server, "hubbub_sockets_open", f"{ECHO} websocket")
    received = Figure(server, "hubbub_messages_received_total", ECHO)
    sent = Figure(server, "hubbub_messages_sent_total", ECHO)
    ended = Figure(server, "hubbub_sockets_closed_total", f"4001 {ECHO} websocket")
    with connect(server.url(f"/echo/{name}")) as client:
        for _ in range(3):
            client.send("hello")
            client.recv(5)
        assert (opened(), open_now(), received(), sent(), ended()) == (1, 1, 3, 3, 0)
        client.close(4001)
    wait_until(lambda: open_now() == 0)
    assert (opened(), received(), sent(), ended()) == (1, 3, 3, 1)


def test_what_a_broadcast_forwards_is_counted_while_it_does(server: Server) -> None:
    sent = Figure(server, "hubbub_messages_sent_total", "/news")
    with connect(server.url("/news")) as client:
        wait_until(lambda: bool(get(server, "/publish?text=news") == 1))
        assert client.recv(5) == "news"
        wait_until(lambda: sent() >= 1)


def test_the_channels_of_a_hub_are_counted(server: Server, name: str) -> None:
    channel = f"chat:{name}"
    names = ("clients", "users", "channels", "subscriptions", "publications_total", "deliveries_total")
    wait_until(lambda: scrape(server)["hubbub_clients", ""] == 0)
    figures = [Figure(server, f"hubbub_{each}") for each in names]
    with connect(server.url("/connection/websocket")) as ann, connect(server.url("/connection/websocket")) as bob:
        for client in (ann, bob):
            client.send('{"id":1,"connect":{}}')
            client.recv(5)
            client.send(json.dumps({"id": 2, "subscribe": {"channel": channel}}))
            client.recv(5)
        for _ in range(3):
            ann.send(json.dumps({"id": 3, "publish": {"channel": channel, "data": "hello"}}))
            assert "hello" in str(bob.recv(5))
        assert [figure() for figure in figures] == [2, 1, 1, 2, 3, 6]  # those without a name are one user
    wait_until(lambda: [figure() for figure in figures] == [0, 0, 0, 0, 3, 6])


def test_a_refusal_is_counted_by_its_status(server: Server) -> None:
    refused = Figure(server, "hubbub_upgrades_refused_total", "/closed 403")
    denied(server, "/closed")
    assert refused() == 1


def test_a_handshake_is_timed(server: Server, name: str) -> None:
    handshakes = Figure(server, "hubbub_handshake_seconds_count")
    seconds = Figure(server, "hubbub_handshake_seconds_sum")
    most = Figure(server, "hubbub_handshake_seconds_bucket", "10.0")
    with connect(server.url(f"/echo/{name}")):
        assert (handshakes(), most()) == (1, 1)
        assert 0 < seconds() < 10


def test_a_handler_that_raised_is_counted(native: Server) -> None:
    failed = Figure(native, "hubbub_handlers_failed_total", "/work")
    with connect(native.url("/work")) as client:
        client.send("impossible")
        closed(client)
    wait_until(lambda: failed() == 1)


def test_every_family_is_there_from_the_start() -> None:
    names = {family.name for family in Metrics(CollectorRegistry()).collect()}
    assert len(names) == 15
    assert all(name.startswith("hubbub_") for name in names)


def totals(metrics: Metrics) -> dict[str, float]:
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in metrics.collect()
        for sample in family.samples
    }


async def test_every_family_of_a_hub_is_there_as_soon_as_it_is_added() -> None:
    metrics = Metrics(CollectorRegistry())
    before = {family.name for family in metrics.collect()}
    metrics.add(Hub())
    assert {family.name for family in metrics.collect()} - before == {f"hubbub_{name}" for name in OF_HUBS}


async def test_several_hubs_are_told_apart_by_name() -> None:
    metrics, chat, games = Metrics(CollectorRegistry()), Hub(), Hub()
    metrics.add(chat, "chat")
    metrics.add(games, "games")
    async with chat.lifespan(None):
        await chat.publish("news", 1)
    told = totals(metrics)
    assert told["hubbub_publications_total chat"] == 1
    assert told["hubbub_publications_total games"] == 0


def test_what_is_no_hub_and_a_second_one_without_a_name_are_refused() -> None:
    metrics = Metrics(CollectorRegistry())
    with pytest.raises(Misuse, match="takes a Hub, not what is a str"):
        metrics.add("chat")  # type: ignore[arg-type]
    metrics.add(Hub())
    with pytest.raises(Misuse, match="give each a name of its own"):
        metrics.add(Hub())


def test_what_else_is_told_is_counted() -> None:
    metrics, peer = Metrics(CollectorRegistry()), Peer(route="/ws")
    metrics.overflowed(peer, "close")
    metrics.lagged(peer, 7)
    metrics.limited(peer, "too much: dropped")
    metrics.closed(peer, Closed(1000), Counts(limited=5))
    metrics.blocked(0.75)
    metrics.blocked(0.5)
    counted = totals(metrics)
    assert counted["hubbub_outbox_overflows_total /ws close"] == 1
    assert counted["hubbub_broadcast_missed_total /ws"] == 7
    assert counted["hubbub_rates_exceeded_total /ws"] == 1
    assert counted["hubbub_messages_limited_total /ws"] == 5
    assert counted["hubbub_loop_blocked_total"] == 2
    assert counted["hubbub_loop_blocked_seconds_total"] == 1.25


def test_a_peer_that_makes_up_close_codes_makes_up_no_series() -> None:
    metrics = Metrics(CollectorRegistry())
    for code in range(3000, 5000):
        metrics.closed(Peer(), Closed(code), Counts())
    closed = {name: value for name, value in totals(metrics).items() if "closed" in name}
    assert len(closed) == MAX_CODES + 1
    assert sum(closed.values()) == 2000


async def test_nothing_is_kept_of_a_socket_that_is_gone() -> None:
    metrics = Metrics(CollectorRegistry())
    watch(metrics)
    try:
        socket, client = testing.pair()
        await client.send("a")
        assert await socket.receive() == "a"
        assert totals(metrics)["hubbub_sockets_open  websocket"] == 1
        client.abort()
        with pytest.raises(Closed):
            await socket.receive()
        assert not metrics._live
        assert totals(metrics)["hubbub_messages_received_total "] == 1
        assert (
            totals(metrics)["hubbub_sockets_open  websocket"] == 0
        )  # and said: a figure that goes missing looks like a fault
    finally:
        unwatch(metrics)


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [("metrics", "prometheus_client", "prometheus"), ("tracing", "opentelemetry", "opentelemetry")],
)
def test_without_its_extra_it_says_which_to_install(module: str, library: str, extra: str) -> None:
    code = f"import sys; sys.modules[{library!r}] = None; import hubbub.observe.{module}"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True)
    assert done.returncode == 1
    assert f"pip install 'hubbub[{extra}]'" in done.stderr


def test_nothing_of_it_is_imported_with_hubbub() -> None:
    code = "import sys, hubbub.observe.logs; print({'prometheus_client', 'opentelemetry'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
