"""What the server does to clients by order: to one, or to all of a user, on whichever node. A verb is a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import cast

from msgspec import structs

from .. import clock
from ..channels.broker import Order
from ..channels.names import wildcard
from ..codes import DisconnectCode
from ..errors import Disconnect, Refused
from ..protocol.commands import Message, Push, Refresh, Subscribe, SubscribeRequest
from ..protocol.json import JSON
from ..publication import BEGINNING
from .census import census
from .expiry import ttl_of
from .session import Session
from .shared import Shared
from .subscription import Subscription


class Orders:
    """Does orders to the clients of this node, and answers for it.

    Args:
        shared: who they are.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def on_order(self, order: Order) -> None:
        """Do it to whom it concerns."""
        verb = VERBS[order.verb]
        for session in self._find(order):
            verb(session, order)

    def on_survey(self, question: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """How many clients are in each channel; who is connected; what this node is."""
        if question == "node":
            return structs.asdict(census(self._shared))
        if question == "channels":
            fits = wildcard(str(values.get("pattern") or "*")).match
            return {room.channel: room.users for room in self._shared.node.rooms.values() if fits(room.channel)}
        user = str(values["user"])
        return {id: session.client for id, session in self._of(user).items()}

    @property
    def node(self) -> str:
        """The id of this node."""
        return self._shared.node.id

    async def on_frame(self, session: str, frame: str | bytes) -> None:
        """Hand it to the client that is found by that secret; one that has gone has been told so already."""
        link = self._shared.emulated.get(session)
        if link is not None:
            await link.take(frame)

    def _find(self, order: Order) -> list[Session]:
        if order.client or order.session:
            return self._find_one(order)
        return [session for id, session in self._of(order.user).items() if id not in order.whitelist]

    def _find_one(self, order: Order) -> list[Session]:
        """All that the order names of it must be so."""
        link = self._shared.emulated.get(order.session)
        id = link.id if link else ""
        session = cast("Session | None", self._shared.sessions.get(order.client or id))
        if session is None or order.user not in ("", session.user) or (order.session and id != session.id):
            return []
        return [session]

    def _of(self, user: str) -> dict[str, Session]:
        return cast("dict[str, Session]", self._shared.users.get(user, {}))


def _disconnect(session: Session, order: Order) -> None:
    session.disconnect(order.code, order.reason)


def _send(session: Session, order: Order) -> None:
    if session.codec.name == JSON.name and not order.is_json:
        session.disconnect(DisconnectCode.INAPPROPRIATE_PROTOCOL)
        return
    session.tell(Push(message=Message(order.data)))


def _unsubscribe(session: Session, order: Order) -> None:
    session.submit(partial(_do_unsubscribe, session, order))


async def _do_unsubscribe(session: Session, order: Order) -> None:
    for channel in [order.channel] if order.channel else list(session.subscriptions):
        place = session.subscriptions.get(channel)
        if place is not None:
            await place.end(order.code, order.reason)


def _subscribe(session: Session, order: Order) -> None:
    session.submit(partial(_do_subscribe, session, order))


async def _do_subscribe(session: Session, order: Order) -> None:
    """It is told so by a push; one that is in already stays as it is."""
    channel = order.channel
    if channel in session.subscriptions:
        return
    if len(session.subscriptions) >= session.shared.limits.channels:
        session.disconnect(DisconnectCode.CHANNEL_LIMIT)
        return
    subscription = Subscription(session, channel, order.grant, is_server_side=True)
    since = order.since or BEGINNING
    wish = SubscribeRequest(channel, recover=order.since is not None, epoch=since.epoch, offset=since.offset)
    try:
        result = await subscription.open(wish)
    except Refused as refused:
        session.failed(refused)
        return
    except Disconnect as ended:
        session.disconnect(ended.code, ended.reason)
        return
    if session.is_closed:
        return
    said = Subscribe(result.recoverable, result.epoch, result.offset, result.positioned, result.data)
    session.push(Push(channel, subscribe=said))
    for publication in result.publications:
        session.push(Push(channel, pub=publication))
    await subscription.announce()


def _refresh(session: Session, order: Order) -> None:
    if order.expired or 0.0 < order.expire_at <= clock.wall():
        session.disconnect(DisconnectCode.EXPIRED)
    else:
        session.submit(partial(_do_refresh, session, order.expire_at))


async def _do_refresh(session: Session, expire_at: float) -> None:
    session.live_until(expire_at)
    session.push(Push(refresh=Refresh(bool(expire_at), ttl_of(expire_at))))


VERBS: dict[str, Callable[[Session, Order], None]] = {
    "disconnect": _disconnect,
    "send": _send,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "refresh": _refresh,
}
"""What an order may say."""
