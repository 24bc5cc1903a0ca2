"""The speech of those who watch channels: the client protocol, in JSON, as its SDKs speak it. Pure: text in, text out.

Who comes back is subscribed again from where he was; what was missed, or cannot be known, is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import DecodeError, Raw, json

from ...codes import DisconnectCode, UnsubscribeCode
from ...errors import Misuse
from ...protocol.commands import (
    Command,
    ConnectRequest,
    ConnectResult,
    Error,
    PublishRequest,
    Push,
    Reply,
    SubscribeRequest,
    SubscribeResult,
    Unsubscribe,
)
from ...protocol.json import JSON
from ...publication import BEGINNING, NOTHING, ClientInfo, Position, Publication
from .backoff import Backoff, FullJitter
from .exits import End, Exit
from .jsontext import check_json, is_json
from .speech import Heard, Message, Shown


class Answer(Reply):
    """Whatever a server says: a reply, a push, or neither, which is a ping."""

    push: Push | None = None


_decode = json.Decoder(Answer).decode


@dataclass
class Subscription:
    """What is known of one channel.

    Args:
        position: how far it was heard; `None` where it never was.
        is_recoverable: whether the server can go on from there.
        is_ours: whether we asked for it; else the server did.
    """

    position: Position | None = None
    is_recoverable: bool = False
    is_ours: bool = True

    @property
    def asks_back(self) -> bool:
        """Whether it asks for what was missed."""
        return self.position is not None and self.is_recoverable

    def request(self, channel: str, **wish: Any) -> SubscribeRequest:
        """What is asked, to go on from there."""
        where = self.position or BEGINNING
        if not self.asks_back:
            return SubscribeRequest(channel, **wish)
        return SubscribeRequest(channel, recover=True, offset=where.offset, epoch=where.epoch, **wish)


class Channels:
    """Subscribes, and publishes to the first channel.

    Args:
        names: of the channels; one or more.
        token: of the connection.
        data: told with `connect`: JSON.
        recover: ask that what is missed be told, where the namespace does not see to that by itself.
        since: begin behind this place.

    Raises:
        Misuse: `data` is no JSON, or there are several channels to begin somewhere.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        token: str = "",
        data: str | None = None,
        recover: bool = False,
        since: Position | None = None,
    ) -> None:
        if since is not None and len(names) > 1:
            raise Misuse("--since is a place in one channel: name one alone")
        self.backoff: Backoff = FullJitter()
        self.comes_back = False
        self.has_failed = False
        self._first = names[0]
        self._token = token
        self._data = NOTHING if data is None else _json("--data", data)
        self._wish = {"recoverable": recover or since is not None, "join_leave": True}
        self._subscriptions = {name: Subscription(since, since is not None) for name in names}
        self._asked: dict[int, tuple[str, str]] = {}
        self._last_id = 0
        self._is_connected = self._answers_pings = False

    @property
    def is_ready(self) -> bool:
        """Whether all channels have been answered."""
        return self._is_connected and not any(kind == "subscribe" for kind, _ in self._asked.values())

    @property
    def is_waiting(self) -> bool:
        """Whether anything has no answer yet."""
        return bool(self._asked)

    # What goes

    def opened(self) -> list[Message]:
        """Say who one is."""
        subs = {
            name: each.request(name) for name, each in self._subscriptions.items() if not each.is_ours and each.position
        }
        return [self._ask("connect", "", ConnectRequest(self._token, self._data, subs, "hubbub"))]

    def said(self, data: Message) -> Message:
        """Publish: JSON as it is, anything else as a text.

        Raises:
            Misuse: it is no text.
        """
        try:
            text = data if isinstance(data, str) else data.decode()
            payload = json.encode(text) if not is_json(text) else text.encode()
        except UnicodeError:
            raise Misuse("bytes cannot be published: channels are spoken to in JSON") from None
        return self._ask("publish", self._first, PublishRequest(self._first, Raw(payload.replace(b"\n", b" "))))

    def ended(self) -> list[str]:
        """What was published and has no answer may have come through, or not."""
        lost = sum(kind == "publish" for kind, _ in self._asked.values())
        self._asked.clear()
        self._is_connected = False
        return [f"{lost} publications have no answer: they may be lost"] if lost else []

    def _ask(self, kind: str, channel: str, request: Any) -> str:
        self._last_id += 1
        self._asked[self._last_id] = kind, channel
        return json.encode(Command(self._last_id, **{kind: request})).decode()

    def _subscribe(self, channel: str) -> str:
        return self._ask("subscribe", channel, self._subscriptions[channel].request(channel, **self._wish))

    # What comes

    def heard(self, message: Message) -> Heard:
        """A frame: messages, one a line."""
        heard = Heard()
        try:
            for line in (message if isinstance(message, str) else message.decode()).split("\n"):
                if line.strip():
                    self._take(_decode(line), heard)
        except (DecodeError, UnicodeDecodeError, RecursionError) as error:
            heard.end = End(Exit.LOST, f"the server does not speak the client protocol: {error}")
        return heard

    def _take(self, answer: Answer, heard: Heard) -> None:
        if answer.push is not None:
            self._pushed(answer.push, heard)
        elif answer.id:
            kind, channel = self._asked.pop(answer.id, ("", ""))
            if answer.error is not None:
                self._refused(kind, channel, answer.error, heard)
            elif answer.connect is not None:
                self._connected(answer.connect, heard)
            elif answer.subscribe is not None:
                self._subscribed(channel, answer.subscribe, heard)
        else:
            heard.answers += ["{}"] if self._answers_pings else []

    def _connected(self, result: ConnectResult, heard: Heard) -> None:
        self.comes_back = self._is_connected = True
        self._answers_pings = result.pong
        gone = [name for name, each in self._subscriptions.items() if not each.is_ours and name not in result.subs]
        for name in gone:
            del self._subscriptions[name]
        for name, subscribed in result.subs.items():
            self._subscriptions.setdefault(name, Subscription(is_ours=False))
            self._subscribed(name, subscribed, heard)
        heard.answers += [self._subscribe(name) for name, each in self._subscriptions.items() if each.is_ours]

    def _subscribed(self, channel: str, result: SubscribeResult, heard: Heard) -> None:
        if (subscription := self._subscriptions.get(channel)) is None:
            return
        is_first, asked = subscription.position is None, subscription.asks_back
        subscription.position = Position(result.offset, result.epoch)
        subscription.is_recoverable = result.recoverable
        if asked and not result.recovered:
            heard.errors.append(f"{channel}: recovered: false: what was missed is not known; on from {result.offset}")
        elif result.was_recovering:
            heard.notices.append(f"{channel}: recovered: {len(result.publications) or 'nothing'} missed")
        elif is_first and self._wish["recoverable"] and not result.recoverable:
            heard.errors.append(f"{channel}: subscribed, without recovery: the server does not allow it here")
        elif is_first:
            heard.notices.append(f"{channel}: subscribed" + (f", on from {result.offset}" if result.epoch else ""))
        else:
            heard.notices.append(f"{channel}: subscribed again; what was missed is not known")
        for publication in result.publications:
            self._published(Push(channel, pub=publication), publication, heard)

    def _refused(self, kind: str, channel: str, error: Error, heard: Heard) -> None:
        told = f"error {error.code}: {error.message}"
        if kind == "connect" or (error.temporary and kind == "subscribe"):
            heard.end = End(Exit.REFUSED, f"{channel or 'connect'}: refused: {told}", comes_back=error.temporary)
        elif kind == "subscribe":
            self._leave(channel, End(Exit.REFUSED, f"{channel}: refused: {told}"), heard)
        else:
            self.has_failed = True
            heard.errors.append(f"{channel}: not published: {told}")

    def _leave(self, channel: str, end: End, heard: Heard) -> None:
        """Without a channel there is nothing to watch."""
        self._subscriptions.pop(channel, None)
        if self._subscriptions:
            heard.errors.append(end.text)
        else:
            heard.end = end

    def _pushed(self, push: Push, heard: Heard) -> None:
        if push.pub is not None:
            self._published(push, push.pub, heard)
        elif push.join is not None:
            heard.shown.append(_attendance("+", push, push.join.info))
        elif push.leave is not None:
            heard.shown.append(_attendance("-", push, push.leave.info))
        elif push.message is not None:
            heard.shown.append(_shown("< message", push.message.data, push))
        elif push.unsubscribe is not None:
            self._unsubscribed(push.channel, push.unsubscribe, heard)
        elif push.subscribe is not None:
            told = push.subscribe
            position = Position(told.offset, told.epoch)
            self._subscriptions[push.channel] = Subscription(position, told.recoverable, is_ours=False)
            heard.notices.append(f"{push.channel}: subscribed by the server")
        elif push.disconnect is not None:
            text = f"disconnected: {push.disconnect.code} ({push.disconnect.reason})"
            heard.end = End(Exit.CLOSED, text, push.disconnect.code < DisconnectCode.INVALID_TOKEN)

    def _published(self, push: Push, publication: Publication, heard: Heard) -> None:
        subscription = self._subscriptions.get(push.channel)
        if subscription is not None and publication.offset:
            subscription.position = Position(publication.offset, (subscription.position or BEGINNING).epoch)
        who = publication.info.user or publication.info.client if publication.info else ""
        facts = (push.channel, str(publication.offset or ""), who)
        heard.shown.append(_shown(" ".join(filter(None, ("<", *facts))), publication.data, push))

    def _unsubscribed(self, channel: str, told: Unsubscribe, heard: Heard) -> None:
        why = f"{channel}: unsubscribed: {told.code} ({told.reason})"
        subscription = self._subscriptions.get(channel)
        if subscription is not None and subscription.is_ours and told.code >= UnsubscribeCode.INSUFFICIENT_STATE:
            heard.notices.append(why)
            heard.answers.append(self._subscribe(channel))
        else:
            self._leave(channel, End(Exit.CLOSED, why), heard)


def position_of(text: str) -> Position:
    """A place, as it is typed: `12`, or `12:AbCd` with the stream's epoch.

    Raises:
        Misuse: it is none.
    """
    offset, _, epoch = text.partition(":")
    if not (offset.isascii() and offset.isdigit()) or len(offset) > 18:
        raise Misuse(f"--since takes OFFSET or OFFSET:EPOCH, not {text!r}")
    return Position(int(offset), epoch)


def _shown(mark: str, data: Raw, push: Push, *, counts: bool = True) -> Shown:
    return Shown(mark, bytes(data).decode(), JSON.bare_push(push), counts)


def _attendance(mark: str, push: Push, info: ClientInfo) -> Shown:
    return _shown(f"{mark} {push.channel}", Raw(json.encode(info)), push, counts=False)


def _json(name: str, text: str) -> Raw:
    try:
        check_json(text)
    except (ValueError, RecursionError) as error:
        raise Misuse(f"{name} is no JSON ({error}): a text stands in double quotes") from None
    return Raw(text.encode())
