"""The slice of `publish`: the way of every busy client, so it takes few steps, and waits only for who makes it wait."""

from __future__ import annotations

from collections.abc import Awaitable

from msgspec import Raw

from ..channels.broker import Published, PublishOptions
from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import PublishRequest
from ..protocol.json import JSON
from ..publication import ClientInfo
from .hooks import Answer, Approval, Said, Settled
from .session import Place, Session
from .shared import Rest


def publish(session: Session, id: int, request: PublishRequest) -> Rest:
    """Ask whether it may, publish, and answer when the broker has it."""
    channel, data = request.channel, request.data
    if not len(data):
        raise Refused(ErrorCode.BAD_REQUEST)
    data, place = data.copy(), session.subscriptions.get(channel)
    settled = None if place is None else place.settled
    if settled is None or place is None:
        return _settle(session, id, channel, data, place)
    if settled.ask is None:
        return _publish(session, id, channel, data, settled.options, place.info)
    return publish_as(session, id, channel, data, settled.options, place, settled.ask(session.client, data))


def _settle(session: Session, id: int, channel: str, data: Raw, place: Place | None) -> Rest:
    """It may not be settled for longer than this once."""
    if not channel:
        raise Refused(ErrorCode.BAD_REQUEST)
    if session.codec is not JSON:
        _check_json(session, channel, data)
    options = session.shared.namespace_of(channel).publishing
    answer = session.shared.hooks.publish(session.client, channel, data, None if place is None else place.grant)
    if isinstance(answer, Settled):
        if place is not None and session.codec is JSON:
            place.settled = answer
        answer = None if answer.ask is None else answer.ask(session.client, data)
    return publish_as(session, id, channel, data, options, place, answer)


def publish_as(
    session: Session, id: int, channel: str, data: Raw, options: PublishOptions, place: Place | None, answer: Answer
) -> Rest:
    """As the app has answered, or will."""
    if type(answer) is Raw:
        data = answer
    elif isinstance(answer, Approval):
        data, options = answer.data, _changed(options, answer, session.id)
    elif answer is not None:
        return _publish_when_answered(session, id, channel, data, options, place, answer)
    return _publish(session, id, channel, data, options, session.client_info() if place is None else place.info)


async def _publish_when_answered(
    session: Session,
    id: int,
    channel: str,
    data: Raw,
    options: PublishOptions,
    place: Place | None,
    answer: Awaitable[Said],
) -> None:
    rest = publish_as(session, id, channel, data, options, place, await answer)
    if rest is not None:
        await rest


def _publish(session: Session, id: int, channel: str, data: Raw, options: PublishOptions, info: ClientInfo) -> Rest:
    published = session.shared.node.publish(channel, data, options, info)
    if type(published) is not Published:
        return _acknowledge_when_published(session, id, published)
    session.acknowledge((id,))
    return None


async def _acknowledge_when_published(session: Session, id: int, published: Awaitable[Published]) -> None:
    await published
    session.acknowledge((id,))


def _check_json(session: Session, channel: str, data: Raw) -> None:
    """What comes as JSON is JSON; what comes as bytes would reach those who speak JSON as it is, inside their frames."""
    if not session.shared.namespace_of(channel).carries_bytes and not JSON.check(data):
        raise Refused(ErrorCode.BAD_REQUEST, "the data is no JSON")


def _changed(options: PublishOptions, approval: Approval, sender: str) -> PublishOptions:
    """As the app wants it this once."""
    if not (approval.tags or approval.skip_history or approval.use_delta or approval.to_others):
        return options
    keeps = not approval.skip_history
    return PublishOptions(
        history_size=options.history_size if keeps else 0,
        history_ttl=options.history_ttl if keeps else 0.0,
        meta_ttl=options.meta_ttl,
        tags=dict(approval.tags) if approval.tags else None,
        use_delta=approval.use_delta or options.use_delta,
        exclude=sender if approval.to_others else "",
    )
