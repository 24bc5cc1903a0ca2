"""Several commands as one job: publications of a client to one channel that came at once.

A client that publishes without waiting pays for the way to the app, to the broker and to the room once, not for each. The
outcome is that of one by one: who asks the broker for anything meanwhile finds in the stream what came before.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Sequence
from functools import partial
from operator import attrgetter
from typing import Any

from msgspec import Raw

from ..channels.broker import Published, PublishOptions
from ..protocol.commands import Command
from ..publication import ClientInfo
from .dispatch import attempt, tell
from .hooks import Answer, Said, Settled
from .publish import publish_as
from .session import Place, Session
from .shared import Job, Rest
from .state import State

MAX_BYTES = 64 * 1024
"""Payloads that are published at once: more would come to a client as one block that is too much for it."""

_CONNECTED = State.CONNECTED
_COMMANDS = frozenset((Command,))
_id, _request, _channel, _data = map(attrgetter, ("id", "publish", "channel", "data"))


def combine(session: Session, jobs: Sequence[Any]) -> Job | None:
    """One job that does what these do one behind the other; `None` where they have to be done so."""
    if session.state is not _CONNECTED or session.rates is not None or not _COMMANDS.issuperset(map(type, jobs)):
        return None
    requests = list(map(_request, jobs))
    if None in requests:
        return None
    channel = requests[0].channel
    place = session.subscriptions.get(channel)
    settled = None if place is None else place.settled
    if place is None or settled is None or settled.options.use_delta:
        return None
    if settled.ask is not None and (settled.ask_each is None or not session.shared.node.is_prompt):
        return None
    data = list(map(Raw.copy, map(_data, requests)))
    sizes = list(map(len, data))
    if len(set(map(_channel, requests))) > 1 or not all(map(_id, jobs)) or not all(sizes) or sum(sizes) > MAX_BYTES:
        return None
    if settled.ask is None:
        return partial(_publish, session, jobs, channel, data, settled.options, place.info)
    return _Asked(session, place, settled, channel, jobs, data).publish


def _publish(
    session: Session,
    commands: Sequence[Command],
    channel: str,
    data: list[Raw],
    options: PublishOptions,
    info: ClientInfo,
) -> Rest:
    """Publish what nobody has to be asked about."""
    try:
        published = session.shared.node.publish_all(channel, data, options, info)
    except Exception as error:
        _tell_all(session, commands, error)
        return None
    if type(published) is not Published:
        return _acknowledge_when_published(session, commands, published)
    session.acknowledge(map(_id, commands))
    return None


async def _acknowledge_when_published(
    session: Session, commands: Sequence[Command], published: Awaitable[Published]
) -> None:
    try:
        await published
    except Exception as error:
        _tell_all(session, commands, error)
    else:
        session.acknowledge(map(_id, commands))
    session.say_acknowledged()


def _tell_all(session: Session, commands: Sequence[Command], error: Exception) -> None:
    for command in commands:
        tell(session, command, error)


class _Asked:
    """Publications of which the app is asked, one behind the other; what it allows is put to the broker together.

    Args:
        session: the client's.
        place: its subscription to the channel.
        settled: how it publishes.
        channel: to which.
        commands: by which it does.
        data: the payload of each.
    """

    __slots__ = ("_allowed", "_answer", "_channel", "_commands", "_data", "_done", "_place", "_session", "_settled")

    def __init__(
        self,
        session: Session,
        place: Place,
        settled: Settled,
        channel: str,
        commands: Sequence[Command],
        data: list[Raw],
    ) -> None:
        self._session = session
        self._place = place
        self._settled = settled
        self._channel = channel
        self._commands = commands
        self._data = data
        self._done = 0  # so many have been dealt with
        self._allowed: list[Raw] = []  # of those behind them
        self._answer: Answer = None  # to the one behind these

    def publish(self) -> Rest:
        """Publish what the app allows. What comes behind one that waits waits too."""
        rest: Rest = None
        while rest is None and self._done < len(self._commands) and self._place.settled is self._settled:
            rest = self._ask_on()
        self._session.put_back(self._commands[self._done :])
        return rest

    def _ask_on(self) -> Rest:
        """Ask about the next, up to one that is answered otherwise than by what to publish."""
        session, node, data = self._session, self._session.shared.node, self._data[self._done :]
        assert self._settled.ask_each is not None
        node.commit()
        outer, node.draft = node.draft, self._commit
        self._answer = error = None
        try:
            self._answer = self._settled.ask_each(session.client, data, self._take) or self._answer
        except (Exception, CancelledError) as raised:
            error = raised
        finally:
            node.draft = outer
        self._commit()
        if self._answer is None and error is None:
            return None
        asked, self._done = self._done, self._done + 1
        return attempt(session, self._commands[asked], partial(self._go_on_as, asked, self._answer, error))

    def _go_on_as(self, asked: int, answer: Answer, error: BaseException | None) -> Rest:
        if isinstance(error, CancelledError):
            return None  # as of one that has waited: nobody is told
        if error is not None:
            raise error
        command, options = self._commands[asked], self._settled.options
        return publish_as(self._session, command.id, self._channel, self._data[asked], options, self._place, answer)

    def _take(self, said: Said) -> bool:
        """The app has answered; false where that is not just what to publish, or it has to be asked anew from now on."""
        if type(said) is Raw:
            self._allowed.append(said)
            return self._place.settled is self._settled
        self._answer = said
        return False

    def _commit(self) -> None:
        """Publish what may be."""
        data, self._allowed = self._allowed, []
        if data:
            done, self._done = self._done, self._done + len(data)
            commands, node = self._commands[done : self._done], self._session.shared.node
            try:
                node.publish_all(self._channel, data, self._settled.options, self._place.info)
            except Exception as error:
                _tell_all(self._session, commands, error)
            else:
                self._session.acknowledge(map(_id, commands))
