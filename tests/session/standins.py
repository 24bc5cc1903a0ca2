"""An app's word that allows everything, for tests of what lies beneath it."""

from __future__ import annotations

from typing import Any

from msgspec import Raw

from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.publication import NOTHING
from hubbub.session.hooks import Approval, Grant, Visit, Welcome


class OpenHooks:
    """Allows everything. The user is the token; what was told of endings is kept in `told`."""

    takes_rpc = True
    takes_messages = True

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        """Whoever they say they are."""
        return Welcome(user=request.token)

    async def refresh(self, client: Visit, token: str) -> float:
        """For ever."""
        return 0.0

    async def subscribe(self, client: Visit, channel: str, request: SubscribeRequest) -> Grant:
        """Yes."""
        return Grant()

    async def sub_refresh(self, client: Visit, channel: str, token: str) -> float:
        """For ever."""
        return 0.0

    async def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> Approval:
        """Yes."""
        return Approval(data)

    async def may_see(self, client: Visit, channel: str, what: str, grant: Grant | None) -> None:
        """Yes."""

    async def rpc(self, client: Visit, method: str, data: Raw) -> Raw:
        """What was given."""
        return data.copy()

    async def message(self, client: Visit, data: Raw) -> None:
        """Keep it."""
        self.told.append(("message", bytes(data) if data is not NOTHING else b""))

    async def unsubscribed(self, client: Visit, channel: str, code: int, reason: str) -> None:
        """Keep it."""
        self.told.append(("unsubscribed", channel, code, reason))

    async def disconnected(self, client: Visit, code: int, reason: str) -> None:
        """Keep it."""
        self.told.append(("disconnected", code, reason))
