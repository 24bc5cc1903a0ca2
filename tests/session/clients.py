"""A client as an SDK is one: it knows its place in each channel, and finds fault with whatever does not follow from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hubbub.publication import Position
from hubbub.session.session import Session
from hubbub.session.shared import Shared
from hubbub.watch import Peer
from tests.session.talk import MemoryLink

Said = Mapping[tuple[str, str], Mapping[int, int]]


class Place:
    """What a client knows of itself in one channel."""

    def __init__(self) -> None:
        self.is_in = False
        self.is_asking = False
        self.is_positioned = False
        self.last: Position | None = None
        self.wish: dict[str, Any] = {}
        self.others: dict[str, bool] = {}

    def out(self) -> None:
        """Not in any more."""
        self.is_in = self.is_asking = False
        self.others.clear()


class ModelClient:
    """One person, who comes back as often as the network lets him go.

    Args:
        said: all that was ever published.
        channels: where he may be.
    """

    def __init__(self, said: Said, channels: tuple[str, ...]) -> None:
        self.places = {channel: Place() for channel in channels}
        self.is_connected = False
        self.is_strict = True  # whether joins and leaves must alternate
        self.expects_errors = False
        self.session: Session | None = None
        self.link = MemoryLink()
        self.pending: dict[int, tuple[str, str]] = {}
        self.recovered = 0
        self._said = said
        self._id = 0

    @property
    def id(self) -> str:
        """Its id, this time."""
        return self.link.id

    @property
    def may_say(self) -> bool:
        """Whether the server reads."""
        return self.is_connected and not self.link.is_paused and self.link.closed is None

    # What it does

    def come(self, shared: Shared, is_served: bool) -> None:
        """A new connection; the server subscribes it to all channels where that is wanted."""
        self.link = MemoryLink()
        self.session = Session(shared, self.link, Peer())
        subs = {}
        if is_served:
            for channel, place in self.places.items():
                place.wish = self._wish(place, recover=True)
                place.is_asking = True
                subs[channel] = place.wish
        self._say("connect", "", {"token": "served" if is_served else "", "subs": subs})

    def subscribe(self, channel: str, *, is_positioned: bool, recover: bool) -> None:
        """Where it is not, and has not asked to be."""
        place = self.places[channel]
        place.wish = self._wish(place, recover) if is_positioned else {}
        place.is_asking = True
        self._say("subscribe", channel, {"channel": channel, **place.wish})

    def say(self, command: str, channel: str, **values: Any) -> None:
        """Any other command."""
        self._say(command, channel, {"channel": channel, **values})

    def cut(self, unread: int = 0) -> None:
        """The network is gone, and with it so many of the last messages."""
        if unread:
            del self.link.sent[-unread:]
        self.read()
        self.go()

    def go(self) -> None:
        """It is out everywhere."""
        session, self.session = self.session, None
        self.is_connected = False
        self.pending.clear()
        for place in self.places.values():
            place.out()
        if session is not None:
            session.on_closed(3000, "connection closed")

    def read(self) -> None:
        """Take in all that was sent."""
        sent, self.link.sent = self.link.sent, []
        for message in sent:
            for line in message.split("\n"):
                self._take(json.loads(line))
        if self.link.closed is not None and self.session is not None:
            assert self.link.closed[0] in (3000, 3010, 3503) or self.expects_errors, self.link.closed
            self.go()

    # Inside

    def _wish(self, place: Place, recover: bool) -> dict[str, Any]:
        wish: dict[str, Any] = {"positioned": True, "recoverable": True}
        if recover and place.last is not None:
            wish |= {"recover": True, "offset": place.last.offset, "epoch": place.last.epoch}
        return wish

    def _say(self, command: str, channel: str, request: dict[str, Any]) -> None:
        self._id += 1
        self.pending[self._id] = command, channel
        assert self.session is not None
        self.session.receive([json.dumps({"id": self._id, command: request})])

    def _take(self, message: dict[str, Any]) -> None:
        if "push" in message:
            assert self.is_connected, f"a push before the connection's answer: {message}"
            self._take_push(**message["push"])
        elif message:
            command, channel = self.pending.pop(message["id"])
            if "error" in message:
                assert message["error"]["code"] == 100, message
                assert self.expects_errors, message
                if command == "subscribe":
                    self.places[channel].is_asking = False
            else:
                self._take_answer(command, channel, message[command])

    def _take_answer(self, command: str, channel: str, result: dict[str, Any]) -> None:
        if command == "connect":
            self.is_connected = True
            for served, sub in result.get("subs", {}).items():
                self._enter(served, sub)
        elif command == "subscribe":
            self._enter(channel, result)
        elif command == "unsubscribe":
            self.places[channel].is_in = False
            self.places[channel].others.clear()

    def _enter(self, channel: str, result: dict[str, Any]) -> None:
        place = self.places[channel]
        assert not place.is_in
        place.is_in, place.is_asking = True, False
        place.is_positioned = result.get("positioned", False)
        assert place.is_positioned == bool(place.wish)
        if not place.is_positioned:
            return
        assert bool(result.get("was_recovering")) == bool(place.wish.get("recover"))
        place_offset = result.get("offset", 0)
        if result.get("recovered"):
            self.recovered += 1
            assert place.last == Position(place_offset, result["epoch"])
        else:
            assert not result.get("publications")
        place.last = Position(place_offset, result["epoch"])
        for publication in result.get("publications", []):
            self._hear(channel, place, publication)

    def _take_push(self, channel: str, **push: Any) -> None:
        place = self.places[channel]
        if "unsubscribe" in push:
            assert place.is_in or place.is_asking
            assert push["unsubscribe"]["code"] in (2000, 2500)
            place.is_in = False
            place.others.clear()
            return
        assert place.is_in, f"told of a channel that it is not in: {channel} {push}"
        if "pub" in push:
            self._hear(channel, place, push["pub"])
        else:
            self._see(place, "join" in push, push["join" if "join" in push else "leave"]["info"]["client"])

    def _hear(self, channel: str, place: Place, publication: dict[str, Any]) -> None:
        offset = publication["offset"]
        if not place.is_positioned:
            place.last = None
            return
        assert place.last is not None
        assert offset == place.last.offset + 1, f"{channel}: {offset} behind {place.last}"
        place.last = Position(offset, place.last.epoch)
        assert publication["data"] == self._said[channel, place.last.epoch][offset]

    def _see(self, place: Place, is_join: bool, client: str) -> None:
        assert not self.is_strict or place.others.get(client) is not is_join, "joined, or left, twice"
        place.others[client] = is_join
