"""One connection of the client protocol, as the app's hooks see it: who it is, and what the app can do to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from .errors import Disconnect
from .hooks.passes import Capability
from .hooks.payload import payload
from .protocol.commands import Message, Push
from .protocol.json import JSON
from .session.session import Session
from .tokens.claims import Claims


class Client:
    """One connection. Hooks get it by a parameter of this type; a plain `def` hook may use it in its thread.

    Args:
        session: what the server knows of it.
    """

    __slots__ = ("_session", "capabilities", "claims")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.claims: Claims | None = None
        self.capabilities: tuple[Capability, ...] = ()

    @property
    def id(self) -> str:
        """The connection's id: another each time that the client connects."""
        return self._session.id

    @property
    def user(self) -> str:
        """Whose it is; empty for nobody in particular, and before `on_connect` has said it."""
        return self._session.user

    @property
    def info(self) -> bytes:
        """What others see of it beside the user."""
        return bytes(self._session.info)

    @info.setter
    def info(self, info: Any) -> None:
        """From now on: it counts for what comes, and not for subscriptions that there are."""
        self._session.info = payload(info)

    @property
    def encoding(self) -> str:
        """What it speaks: `json` or `protobuf`."""
        return self._session.codec.name

    @property
    def meta(self) -> Any:
        """What `on_connect` gave to be kept, and never sent."""
        return self._session.meta

    @meta.setter
    def meta(self, meta: Any) -> None:
        self._session.meta = meta

    @property
    def connection(self) -> Any:
        """The request that it came with: Starlette's `HTTPConnection`, with headers, cookies, query; `None` without one."""
        return self._session.request

    @property
    def transport(self) -> str:
        """By which way it came: `websocket`, `sse`, `http_stream`, or one of the one-way transports, `uni_...`."""
        return self._session.transport

    @property
    def channels(self) -> list[str]:
        """Where it is subscribed."""
        return list(self._session.subscriptions)

    @property
    def is_connected(self) -> bool:
        """Whether it is still there."""
        return not self._session.is_closed

    def send(self, data: Any) -> None:
        """Tell it something; its SDK calls it a message. One that is gone is told nothing; in `on_connect` it is told
        behind the answer.

        Args:
            data: whatever JSON can say; `bytes` and `Raw` are sent as they are.

        Raises:
            Misuse: the bytes are no JSON, and the client speaks it.
        """
        self._in_loop(self._send, Push(message=Message(payload(data, as_bytes=self.encoding != JSON.name))))

    def disconnect(self, code: int = 3503, reason: str = "") -> None:
        """End the connection. What it has been sent before goes out first.

        Args:
            code: 3503 tells it not to come back; see `Disconnect`.
            reason: at most 123 bytes of UTF-8; by default the code's own words.

        Raises:
            ValueError: the code is none.
        """
        self._in_loop(self._session.disconnect, Disconnect(code).code, reason)

    def _send(self, push: Push) -> None:
        if self.is_connected:
            self._session.tell(push)

    def _in_loop(self, call: Callable[..., object], *args: object) -> None:
        """At once; from another thread as soon as the loop comes to it, behind what that thread asked for before."""
        loop = self._session.shared.eager.loop
        if asyncio._get_running_loop() is loop:
            call(*args)
        else:
            loop.call_soon_threadsafe(call, *args)

    def __repr__(self) -> str:
        return f"Client(id={self.id!r}, user={self.user!r})"
