"""The port below an endpoint: what a wire does for it, and what a wire tells it. Declared here, done by the twins `native`,
`asgi` and `pair`; knows none of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Protocol

from .inbox import Inbox
from .message import Data, Message
from .outbox import Outbox
from .state import State


class Kind(ABC):
    """How wires write many messages as one block. Wires of one kind share it: it is built once, whoever it goes to."""

    takes_anything = False
    """Whether values need not be `str`, `bytes` or messages."""

    @abstractmethod
    def encode(self, values: list[Any]) -> Any:
        """The block."""

    def encode_from(self, position: int | None, values: list[Any]) -> Any:
        """The block of values, the first of which stands at `position` in a broadcast; most wires do not tell it."""
        return self.encode(values)

    def write_all(self, block: Any, outlets: Iterable[Outlet]) -> list[Outlet]:
        """Write `block` to all whose wires are not blocked; the others are given back."""
        slow = []
        for outlet in outlets:
            outbox = outlet.outbox
            if outbox.is_blocked:
                slow.append(outlet)
            elif not outbox.clear:
                outbox.put_item(block)
            elif not outlet.wire.offer(block):
                outbox.block()
        return slow


class Outlet(Protocol):
    """An endpoint that a broadcast writes to: its wire, and the outbox that must be clear."""

    outbox: Outbox[Any]
    wire: Wire


class Wire(Protocol):
    """What carries a socket. Nothing here waits."""

    kind: Kind
    heard: int
    """Counts whatever is received, pongs too: a peer that moved it is alive."""
    can_ping: bool
    """Whether control frames can be sent: ASGI cannot carry them."""
    extensions: str
    """What was agreed on beside the bare protocol."""

    @property
    def is_writing(self) -> bool:
        """Whether what was written would be lost if the handler returned: over ASGI the server drops what comes later."""

    def start(self, endpoint: Listener) -> None:
        """Begin: from now on tell `endpoint` what happens."""

    def send_now(self, message: Data) -> None:
        """Write a message at once; nothing is queued and nothing blocked."""

    def encode(self, message: Data | Message) -> Any:
        """A message as `write` takes it."""

    def write(self, items: list[Any]) -> bool:
        """Write all of it, in order; false when blocked from now on."""

    def write_behind(self, items: list[Any]) -> None:
        """Write all of it, in order, behind what blocks: the last words before a Close."""

    def offer(self, block: Any) -> bool:
        """Write a block of `kind`; false when blocked from now on (the block is taken all the same)."""

    def send_close(self, code: int | None, reason: str) -> None:
        """Write a Close behind what was written."""

    def finish(self) -> None:
        """Both sides have closed: end the connection once all is written."""

    def linger(self) -> None:
        """The peer is at fault and knows it: hear nothing more, end the connection when it does."""

    def abort(self) -> None:
        """End the connection now."""

    def pause_reading(self) -> None:
        """Read no more until told."""

    def resume_reading(self) -> None:
        """Read again."""

    def was_heard_within(self, seconds: float) -> bool:
        """Whether bytes came in that lately, though no message is whole yet."""


class Listener(Protocol):
    """What a wire tells: an endpoint. From `on_lost` on it is told nothing more."""

    @property
    def state(self) -> State:
        """Where the closing handshake stands."""

    @property
    def intake(self) -> Inbox:
        """Where data messages are put."""

    def on_part(self) -> None:
        """A frame came that is no message by itself: a fragment, or a Close."""

    def on_ping(self, data: bytes) -> None:
        """A ping came."""

    def on_pong(self, data: bytes) -> None:
        """A pong came."""

    def on_close(self, code: int | None, reason: str) -> None:
        """The peer's Close came."""

    def on_fault(self, code: int, reason: str) -> None:
        """The peer broke a rule: nothing more will come from it, and `code` is what it is to be told."""

    def on_blocked(self) -> None:
        """The wire takes no more for now."""

    def on_unblocked(self) -> None:
        """The wire takes more."""

    def on_lost(self) -> None:
        """The connection is gone."""
