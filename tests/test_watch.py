"""The observation port: all that there is to tell is told, on one line each, and nothing secret."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Closed, Counts, LogWatcher, Peer, Watcher, testing, unwatch, watch
from hubbub.watch import MAX_LOGGED, one_line, watchers

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
]


@pytest.mark.parametrize(("tell", "level", "text"), SAID)
def test_the_log_says_it(caplog: pytest.LogCaptureFixture, tell: object, level: str, text: str) -> None:
    assert callable(tell)
    with caplog.at_level(logging.INFO, "hubbub"):
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
    ("peer", "text"), [(Peer(), "local /"), (Peer(None, "/a\nb"), r"local /a\nb"), (Peer(("::1", 7)), "::1:7 /")]
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
