"""The slice of `connect`: who is this, and what the server subscribes it to."""

from __future__ import annotations

from ..codes import DisconnectCode
from ..errors import Disconnect, Refused
from ..protocol.commands import ConnectRequest, ConnectResult, Reply, SubscribeRequest, SubscribeResult
from .expiry import check_life, ttl_of
from .hooks import Grant, Welcome
from .outcome import explain
from .session import Session
from .state import Event
from .subscription import Subscription

_CONNECT = Event.CONNECT  # a name is found in a tenth of the time that an Enum's member takes
_NO_WISH = SubscribeRequest()
_AS_END = {
    100: DisconnectCode.INTERNAL_ERROR,
    103: DisconnectCode.PERMISSION_DENIED,
    112: DisconnectCode.INSUFFICIENT_STATE,
}
"""How an error of a subscription that the server asked for ends the connection."""


async def connect(session: Session, id: int, request: ConnectRequest) -> None:
    """Ask the app who it is, subscribe it to what the app says, and answer."""
    session.move(_CONNECT)
    try:
        welcome = await session.shared.hooks.connect(session.client, request)
        check_life(welcome.expire_at)
    except BaseException:
        if not session.is_closed:
            session.move(Event.REFUSE)
        raise
    if session.is_closed:
        return
    _make_room(session, welcome.user)
    session.user, session.info, session.meta = welcome.user, welcome.info, welcome.meta
    session.welcome()
    grants = dict(welcome.subs)
    if session.link.is_one_way and request.subs:
        await _grant_wishes(session, request.subs, grants)
    subs = await _subscribe(session, grants, request) if grants else {}
    if session.is_closed:
        return
    for channel, result in subs.items():  # now that nothing waits any more: no push comes before the answer
        session.subscriptions[channel].admit(result)
    session.greet(Reply(id, connect=_result(session, welcome, subs)))
    session.refreshes_itself = welcome.refreshes_itself
    if welcome.expire_at:
        session.live_until(welcome.expire_at)
    for subscription in list(session.subscriptions.values()):
        await subscription.announce()


def _make_room(session: Session, user: str) -> None:
    """A user has no more connections than may be: then the newcomer goes, or the one that was there first."""
    limits = session.shared.limits
    if not user or not limits.user_connections:
        return
    others = session.shared.users.get(user, {})
    if len(others) < limits.user_connections:
        return
    if not limits.newest_stays:
        raise Disconnect(DisconnectCode.CONNECTION_LIMIT)
    for other in list(others.values())[: len(others) - limits.user_connections + 1]:
        other.disconnect(DisconnectCode.CONNECTION_LIMIT)


async def _grant_wishes(session: Session, wishes: dict[str, SubscribeRequest], grants: dict[str, Grant]) -> None:
    """Who only listens names its channels here: it gets those that it might subscribe to, as it would by a command."""
    if len(wishes) > session.shared.limits.channels:  # before the app is asked of each
        raise Disconnect(DisconnectCode.CHANNEL_LIMIT)
    for channel in [name for name in wishes if name and name not in grants]:
        try:
            grants[channel] = await session.shared.hooks.subscribe(session.client, channel, wishes[channel])
        except Refused as refused:  # of which there is no way to tell it
            explain(session.peer, f"subscribe {channel}", refused, refused.detail)


async def _subscribe(session: Session, grants: dict[str, Grant], request: ConnectRequest) -> dict[str, SubscribeResult]:
    if len(grants) > session.shared.limits.channels:
        raise Disconnect(DisconnectCode.CHANNEL_LIMIT)
    results: dict[str, SubscribeResult] = {}
    for channel, grant in grants.items():
        subscription = Subscription(session, channel, grant, is_server_side=True)
        try:
            results[channel] = await subscription.open(request.subs.get(channel, _NO_WISH), admits=False)
        except Refused as refused:
            raise Disconnect(_AS_END.get(refused.code, DisconnectCode.BAD_REQUEST)) from refused
        except Disconnect:
            raise
        except Exception as error:  # it is connected by half: no error of the command would say so
            session.failed(error)
            raise Disconnect(DisconnectCode.INTERNAL_ERROR) from error
        if session.is_closed:
            break
    return results


def _result(session: Session, welcome: Welcome, subs: dict[str, SubscribeResult]) -> ConnectResult:
    shared, link = session.shared, session.link
    expires = bool(welcome.expire_at) and not welcome.refreshes_itself
    return ConnectResult(
        client=session.id,
        version=shared.version,
        expires=expires,
        ttl=ttl_of(welcome.expire_at) if expires else 0,
        data=welcome.data,
        subs=subs,
        ping=max(1, round(shared.limits.ping_interval)),
        pong=not link.is_one_way,
        session=link.session,
        node=shared.node.id if link.session and not link.is_one_way else "",
    )
