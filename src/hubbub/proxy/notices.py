"""What a backend is only told: that a subscription has ended, that a client is gone. Its answer is not looked at. Pure.

Centrifugo tells neither: their shapes are those of their siblings, with `code` and `reason`.
"""

from __future__ import annotations

from msgspec import Raw

from ..hooks.signature import Call
from ..publication import NOTHING
from .settings import Proxy
from .shapes import Event, Question, head, meta_of


class UnsubscribeNotice(Question):
    """A subscription has ended; with code 0 because the client asked for it, with 1 because it is gone."""

    user: str
    channel: str
    code: int
    reason: str
    meta: Raw = NOTHING


class DisconnectNotice(Question):
    """A client that was connected is gone."""

    user: str
    code: int
    reason: str
    meta: Raw = NOTHING


def ask_of_subscription(call: Call, proxy: Proxy) -> UnsubscribeNotice:
    """What the backend is told of a subscription."""
    end = call.channel, int(call.code), call.reason
    return UnsubscribeNotice(*head(call, proxy), call.client.user, *end, meta_of(call, proxy))


def ask(call: Call, proxy: Proxy) -> DisconnectNotice:
    """What the backend is told of a client."""
    end = int(call.code), call.reason
    return DisconnectNotice(*head(call, proxy), call.client.user, *end, meta_of(call, proxy))


def read(body: bytes, call: Call, proxy: Proxy) -> None:
    """Nothing."""


UNSUBSCRIBE = Event("unsubscribe", ask_of_subscription, read, is_notice=True)
DISCONNECT = Event("disconnect", ask, read, is_notice=True)
