"""How to give who was away what he missed."""

from __future__ import annotations

import json

import httpx2
import pytest

from tests.docs.wire import Wire, client
from tests.serving import Server

RECOVER_OR_FAIL = 2


class Say:
    """Lets the server publish to a channel that is the test's own."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def channel(self, namespace: str) -> str:
        return f"{namespace}:{self._name}"

    def __call__(self, namespace: str, *texts: str, topic: str = "") -> None:
        for text in texts:
            url = self._server.url(f"/{self.channel(namespace)}", "http")
            httpx2.post(url, params={"text": text, "topic": topic}).raise_for_status()

    def forget(self, namespace: str) -> None:
        httpx2.delete(self._server.url(f"/{self.channel(namespace)}", "http")).raise_for_status()


@pytest.fixture
def say(server: Server, request: pytest.FixtureRequest) -> Say:
    """Talks in channels of the test's own."""
    return Say(server, request.function.__name__)


def back(wire: Wire, channel: str, epoch: str, offset: int, **more: object) -> object:
    return wire.ask("subscribe", channel=channel, recover=True, epoch=epoch, offset=offset, **more)


def texts(result: object) -> list[str]:
    assert isinstance(result, dict)
    return [publication["data"] for publication in result.get("publications", [])]


def test_who_was_away_gets_what_he_missed(server: Server, say: Say) -> None:
    channel = say.channel("chat")
    with client(server, data="ann") as ann:
        epoch = ann.ask("subscribe", channel=channel)["epoch"]
        say("chat", "one")
        assert ann.data(1) == ["one"]
    say("chat", "two", "three")
    with client(server, data="ann") as ann:
        result = back(ann, channel, epoch, 1)
        assert isinstance(result, dict)
        assert (result["recovered"], texts(result)) == (True, ["two", "three"])
        say("chat", "four")
        assert ann.data(1) == ["four"]
        assert texts(ann.ask("history", channel=channel, limit=2, reverse=True)) == ["four", "three"]
        assert texts(ann.ask("history", channel=channel, limit=-1, since={"offset": 3, "epoch": epoch})) == ["four"]
        assert ann.ask("history", channel=channel, since={"offset": 3, "epoch": "other"})[0] == 112


def test_who_missed_more_than_is_kept_is_told_so(server: Server, say: Say) -> None:
    channel = say.channel("short")
    with client(server, data="ann") as ann:
        epoch = ann.ask("subscribe", channel=channel)["epoch"]
    say("short", "one", "two", "three")
    with client(server, data="ann") as ann:
        assert back(ann, channel, epoch, 0, flag=RECOVER_OR_FAIL) == (112, "unrecoverable position")
        result = back(ann, channel, epoch, 0)
        assert isinstance(result, dict)
        assert (result["was_recovering"], result.get("recovered", False), texts(result)) == (True, False, [])
        assert result["offset"] == 3
        assert ann.ask("history", channel=channel)[0] == 103


def test_what_is_forgotten_is_not_recovered(server: Server, say: Say) -> None:
    channel = say.channel("chat")
    with client(server, data="ann") as ann:
        epoch = ann.ask("subscribe", channel=channel)["epoch"]
    say("chat", "one")
    say.forget("chat")
    with client(server, data="ann") as ann:
        result = back(ann, channel, epoch, 0)
        assert isinstance(result, dict)
        assert not result.get("recovered")


def test_the_newest_alone(server: Server, say: Say) -> None:
    channel = say.channel("price")
    say("price", "one", "two")
    with client(server, data="ann") as ann:
        assert texts(ann.ask("subscribe", channel=channel)) == ["two"]


def test_patches(server: Server, say: Say) -> None:
    channel = say.channel("book")
    book = "a rather long text, of which little changes from one to the next: {}"
    with client(server, "book:x", data="ann") as ann:
        assert ann.ask("subscribe", channel=channel, delta="fossil")["delta"]
        say("book", book.format(1), book.format(2))
        first, second = ann.push()["pub"], ann.push()["pub"]
        assert (json.loads(first["data"]), first.get("delta", False)) == (book.format(1), False)
        assert second["delta"]
        assert len(second["data"]) < len(first["data"])


def test_some_only(server: Server, say: Say) -> None:
    channel = say.channel("news")
    wish = {"cmp": "eq", "key": "topic", "val": "sport"}
    with client(server, data="ann") as ann:
        ann.ask("subscribe", channel=channel, tf=wish)
        say("news", "rain", topic="weather")
        say("news", "goal", topic="sport")
        assert ann.data(1) == ["goal"]


def test_who_asks(server: Server, say: Say) -> None:
    channel = say.channel("asked")
    with client(server, data="ann") as ann, client(server, data="bob") as bob:
        assert "recoverable" not in ann.ask("subscribe", channel=channel)
        assert bob.ask("subscribe", channel=channel, recoverable=True)["recoverable"]
