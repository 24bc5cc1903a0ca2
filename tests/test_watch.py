"""The observation port: all that there is to tell is told, on one line each, and nothing secret."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.websockets import WebSocket

from hubbub import Closed, Counts, Live, LogWatcher, Peer, Socket, Upgrade, Watcher, testing, unwatch, watch
from hubbub.sockets.refusal import route_of
from hubbub.watch import MAX_ADVISED, MAX_LOGGED, advise, one_line, wanted, watchers

PEER = Peer(("10.0.0.1", 5), "/ws", "agent 7")

SAID = [
    (lambda w: w.opened(PEER, None), "INFO", "10.0.0.1:5 /ws (agent 7) opened"),
    (lambda w: w.opened(PEER, "chat"), "INFO", "10.0.0.1:5 /ws (agent 7) opened as chat"),
    (lambda w: w.refused(PEER, 403, "no"), "INFO", "10.0.0.1:5 /ws (agent 7) refused with 403: no"),
    (
        lambda w: w.closed(PEER, Closed(4000, "bye"), Counts(1, 2, 0)),
        "INFO",
        "10.0.0.1:5 /ws (agent 7) closed with 4000 (bye): 1 received, 2 sent",
    ),
    (
        lambda w: w.closed(PEER, Closed(1000), Counts(0, 0, 3)),
        "INFO",
        "10.0.0.1:5 /ws (agent 7) closed with 1000: 0 received, 0 sent, 3 dropped",
    ),
    (lambda w: w.failed(PEER, KeyError("x")), "ERROR", "10.0.0.1:5 /ws (agent 7) handler failed"),
    (
        lambda w: w.overflowed(PEER, "wait"),
        "WARNING",
        "10.0.0.1:5 /ws (agent 7) does not read what it is sent: wait",
    ),
    (lambda w: w.lagged(PEER, 9), "WARNING", "10.0.0.1:5 /ws (agent 7) fell behind a broadcast and missed 9"),
    (
        lambda w: w.closed(PEER, Closed(1000), Counts(9, 0, 0, 4)),
        "INFO",
        "10.0.0.1:5 /ws (agent 7) closed with 1000: 9 received, 0 sent, 4 beyond the rate",
    ),
    (
        lambda w: w.limited(PEER, "more than it may: dropped"),
        "WARNING",
        "10.0.0.1:5 /ws (agent 7) sends more than it may: dropped",
    ),
    (
        lambda w: w.blocked(1.26),
        "WARNING",
        "the event loop was blocked for 1.3 s: something in it works without waiting",
    ),
    (lambda w: w.advised("do it so"), "WARNING", "do it so"),
    (
        lambda w: w.denied(PEER, "subscribe chat:a", 103, "no hook\nallows it"),
        "DEBUG",
        "10.0.0.1:5 /ws (agent 7) subscribe chat:a denied with 103: no hook\\nallows it",
    ),
]


@pytest.mark.parametrize(("tell", "level", "text"), SAID)
def test_the_log_says_it(caplog: pytest.LogCaptureFixture, tell: object, level: str, text: str) -> None:
    assert callable(tell)
    with caplog.at_level(logging.DEBUG, "hubbub"):
        tell(LogWatcher())
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [(level, text)]


@pytest.mark.parametrize(("tell", "level", "text"), SAID)
def test_whoever_does_not_care_hears_nothing(tell: object, level: str, text: str) -> None:
    assert callable(tell)
    assert tell(Watcher()) is None


def test_a_failure_is_logged_with_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    LogWatcher().failed(PEER, KeyError("the key"))
    assert "KeyError: 'the key'" in caplog.text


@pytest.mark.parametrize(
    ("peer", "text"),
    [
        (Peer(), "local /"),
        (Peer(path="Clock", transport=""), "Clock"),
        (Peer(None, "/a\nb"), r"local /a\nb"),
        (Peer(("::1", 7)), "::1:7 /"),
    ],
)
def test_a_peer_is_told_by_address_path_and_agent(peer: Peer, text: str) -> None:
    assert str(peer) == text


@given(st.text(max_size=3 * MAX_LOGGED))
def test_what_a_stranger_says_fits_one_line(text: str) -> None:
    line = one_line(text)
    assert line.isprintable()
    if text.isprintable() and len(text) <= MAX_LOGGED:
        assert line == text


class Ears(Watcher):
    """Hears how many sockets are open."""

    def __init__(self) -> None:
        self.open = 0
        self.ends: list[tuple[int, Counts]] = []

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        self.open += 1

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        self.open -= 1
        self.ends.append((ended.code, counts))


async def test_a_watcher_hears_a_sockets_life_until_it_is_taken_away() -> None:
    ears = Ears()
    watch(ears)
    try:
        assert ears in watchers()
        socket, client = testing.pair()
        assert ears.open == 1
        await client.send("a")
        await client.send(b"b")
        await socket.send("c")
        assert [await socket.receive(), await socket.receive()] == ["a", b"b"]
        client.close_nowait(4000)
        with pytest.raises(Closed):
            await socket.receive()
        assert (ears.open, ears.ends) == (0, [(4000, Counts(received=2, sent=1))])
    finally:
        unwatch(ears)
    testing.pair()
    assert ears.open == 0


def test_every_peer_has_a_number_of_its_own_and_is_equal_all_the_same() -> None:
    one, other = Peer(("h", 1), "/a", "me"), Peer(("h", 1), "/a", "me", "/{x}")
    assert one == other
    assert hash(one) == hash(other)
    assert one.number != other.number


class Follower(Watcher):
    """Keeps what it is given, and wants headers."""

    wanted_headers = ("TraceParent", "x-b")

    def __init__(self) -> None:
        self.live: list[Live] = []
        self.told: list[tuple[str, Peer]] = []

    def follow(self, live: Live) -> None:
        self.live.append(live)

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        self.told.append(("opened", peer))

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        self.told.append(("closed", peer))

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.told.append(("failed", peer))


@pytest.fixture
def follower() -> Iterator[Follower]:
    follower = Follower()
    watch(follower)
    yield follower
    unwatch(follower)


async def test_a_socket_that_is_followed_tells_its_counts_while_it_is_open(follower: Follower) -> None:
    socket, client = testing.pair()
    [live] = follower.live
    assert live.counts == Counts()
    await client.send("a")
    await socket.receive()
    assert live.counts == Counts(received=1)


async def crash(socket: Socket) -> None:
    raise RuntimeError("as it should")


@pytest.mark.parametrize("native", [True, False])
async def test_all_that_is_told_of_a_socket_has_one_peer_with_the_headers_that_are_wanted(
    follower: Follower, native: bool
) -> None:
    async def endpoint(websocket: WebSocket) -> None:
        await Upgrade(websocket).serve(crash)

    app = Starlette(routes=[Mount("/in", routes=[WebSocketRoute("/rooms/{room}", endpoint)])])
    headers = [("TRACEPARENT", "00"), ("x-b", "1"), ("x-b", "2"), ("x-c", "3")]
    async with testing.connect(
        app, "/in/rooms/7", headers=headers, native=native, raise_app_exceptions=False
    ) as socket:
        assert (await socket.wait_closed()).code == 1011
    assert [event for event, _ in follower.told] == (["opened", "closed", "failed"] if native else ["opened", "closed"])
    peers = {peer.number: peer for _, peer in follower.told}
    assert len(peers) == 1
    [peer] = peers.values()
    assert peer.route == "/in/rooms/{room}"
    assert peer.headers == {"traceparent": "00", "x-b": "1,2"}
    assert 0 < perf_counter() - peer.asked_at < 60


async def test_no_header_is_kept_that_nobody_wants() -> None:
    assert dict(wanted([(b"traceparent", b"00")])) == {}


@pytest.mark.parametrize(
    ("scope", "route"),
    [
        ({}, ""),
        ({"route": WebSocketRoute("/a", crash)}, "/a"),
        ({"route": WebSocketRoute("/a", crash), "root_path": "/app/in", "app_root_path": "/app"}, "/in/a"),
        ({"route": WebSocketRoute("/a/{x}", crash), "path_params": {"x": 1}, "root_path": "/in"}, "/in/a/{x}"),
        ({"route": WebSocketRoute("/a", crash), "path_params": {"tenant": 1}, "root_path": "/acme"}, "/a"),
    ],
)
def test_a_route_is_a_pattern_and_nothing_that_a_client_chose(scope: dict[str, Any], route: str) -> None:
    assert route_of(scope) == route


def test_an_advice_is_told_each_time_or_once_and_of_so_many_only(advice: list[str]) -> None:
    for _ in range(2):
        advise("again")
        advise("rest", once=True)
        advise("sleep", once=True)
    assert advice == ["again", "rest", "sleep", "again"]
    for number in range(2 * MAX_ADVISED):
        advise(str(number), once=True)
    assert len(advice) == MAX_ADVISED + 2
