"""The slice of `publish`: the way of every busy client, so it takes few steps."""

from __future__ import annotations

from ..channels.broker import PublishOptions
from ..codes import ErrorCode
from ..errors import Refused
from ..protocol.commands import PublishRequest
from ..protocol.json import JSON
from .hooks import Approval
from .session import Place, Session


async def publish(session: Session, id: int, request: PublishRequest) -> None:
    """Ask whether it may, publish, and answer when the broker has it."""
    channel = request.channel
    if not channel or not len(request.data):
        raise Refused(ErrorCode.BAD_REQUEST)
    subscription = session.subscriptions.get(channel)
    shared = session.shared
    if session.codec is not JSON:
        _check_json(session, request)
    grant = None if subscription is None else subscription.grant
    approval = await shared.hooks.publish(session.client, channel, request.data.copy(), grant)
    await shared.node.publish(channel, approval.data, _options(session, channel, subscription, approval))
    if not session.is_closed:
        session.link.send(session.codec.published(id))


def _check_json(session: Session, request: PublishRequest) -> None:
    """What comes as JSON is JSON; what comes as bytes would reach those who speak JSON as it is, inside their frames."""
    if not session.shared.namespace_of(request.channel).carries_bytes and not JSON.check(request.data):
        raise Refused(ErrorCode.BAD_REQUEST, "the data is no JSON")


def _options(session: Session, channel: str, subscription: Place | None, approval: Approval) -> PublishOptions:
    namespace = session.shared.namespace_of(channel)
    info = session.client_info() if subscription is None else subscription.info
    keeps = not approval.skip_history
    return PublishOptions(
        history_size=namespace.history_size if keeps else 0,
        history_ttl=namespace.history_ttl if keeps else 0.0,
        info=info,
        tags=dict(approval.tags) if approval.tags else None,
        use_delta=approval.use_delta,
        exclude=session.id if approval.to_others else "",
    )
