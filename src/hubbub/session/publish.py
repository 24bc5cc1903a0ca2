"""The slice of `publish`: the way of every busy client, so it takes few steps, and waits only for who makes it wait."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

from msgspec import Raw

from ..channels.broker import Published, PublishOptions
from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import PublishRequest
from ..protocol.json import JSON
from ..publication import ClientInfo
from .hooks import Approval
from .session import Place, Session
from .shared import Rest


def publish(session: Session, id: int, request: PublishRequest) -> Rest:
    """Ask whether it may, unless that is known; publish, and answer when the broker has it."""
    channel, data = request.channel, request.data
    place = session.subscriptions.get(channel)
    if place is not None and place.publishing is not None and len(data):
        return _publish(session, id, channel, data.copy(), place.publishing, place.info)
    if not channel or not len(data):
        raise Refused(ErrorCode.BAD_REQUEST)
    return _ask(session, id, channel, data.copy(), place)


def _ask(session: Session, id: int, channel: str, data: Raw, place: Place | None) -> Rest:
    shared = session.shared
    if session.codec is not JSON:
        _check_json(session, channel, data)
    answer = shared.hooks.publish(session.client, channel, data, None if place is None else place.grant)
    if answer is None:
        return _publish(session, id, channel, data, shared.namespace_of(channel).publishing, _info_of(session, place))
    if type(answer) is PublishOptions:
        if place is not None and session.codec is JSON:
            place.publishing = answer
        return _publish(session, id, channel, data, answer, _info_of(session, place))
    if type(answer) is Approval:
        return _publish_approved(session, id, channel, place, answer)
    return _publish_when_approved(session, id, channel, place, cast(Awaitable[Approval], answer))


def _publish(session: Session, id: int, channel: str, data: Raw, options: PublishOptions, info: ClientInfo) -> Rest:
    published = session.shared.node.publish(channel, data, options, info)
    if type(published) is not Published:
        return _acknowledge_when_published(session, id, published)
    session.acknowledge(id)
    return None


def _publish_approved(session: Session, id: int, channel: str, place: Place | None, approval: Approval) -> Rest:
    options = session.shared.namespace_of(channel).publishing
    if approval.tags or approval.skip_history or approval.use_delta or approval.to_others:
        options = _changed(options, approval, session.id)
    return _publish(session, id, channel, approval.data, options, _info_of(session, place))


async def _publish_when_approved(
    session: Session, id: int, channel: str, place: Place | None, approval: Awaitable[Approval]
) -> None:
    rest = _publish_approved(session, id, channel, place, await approval)
    if rest is not None:
        await rest


async def _acknowledge_when_published(session: Session, id: int, published: Awaitable[Published]) -> None:
    await published
    session.acknowledge(id)


def _info_of(session: Session, place: Place | None) -> ClientInfo:
    return session.client_info() if place is None else place.info


def _check_json(session: Session, channel: str, data: Raw) -> None:
    """What comes as JSON is JSON; what comes as bytes would reach those who speak JSON as it is, inside their frames."""
    if not session.shared.namespace_of(channel).carries_bytes and not JSON.check(data):
        raise Refused(ErrorCode.BAD_REQUEST, "the data is no JSON")


def _changed(options: PublishOptions, approval: Approval, sender: str) -> PublishOptions:
    """As the app wants it this once."""
    keeps = not approval.skip_history
    return PublishOptions(
        history_size=options.history_size if keeps else 0,
        history_ttl=options.history_ttl if keeps else 0.0,
        meta_ttl=options.meta_ttl,
        tags=dict(approval.tags) if approval.tags else None,
        use_delta=approval.use_delta or options.use_delta,
        exclude=sender if approval.to_others else "",
    )
