"""Typed views of a socket: values in and out, as JSON, checked on the way in. Knows whoever sends and receives, no sockets.

msgspec decodes and checks; a pydantic model, or whatever else has its two methods, does so itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from ..errors import Closed, InvalidMessage
from .message import Data

T = TypeVar("T")


class Duplex(Protocol):
    """What a view is a view of."""

    async def receive(self) -> Data:
        """The next data message."""

    async def send(self, message: Data) -> None:
        """Send a message."""

    def send_nowait(self, message: Data) -> None:
        """Send without waiting."""


class Typed(Generic[T]):
    """A socket of values.

    Args:
        socket: whose messages.
        kind: the type of the values that come in; `Any` for whatever JSON holds.
        binary: send binary messages, not text.
    """

    __slots__ = ("_binary", "_decode", "_socket")

    def __init__(self, socket: Duplex, kind: Any, *, binary: bool = False) -> None:
        self._socket = socket
        self._decode = _decoder(kind)
        self._binary = binary

    async def receive(self) -> T:
        """The next value.

        Raises:
            InvalidMessage: the message is no such value; left alone, it closes the socket with 1007.
            Closed: as `Socket.receive`.
        """
        data = await self._socket.receive()
        try:
            value: T = self._decode(data)
        except ValueError as error:  # msgspec's and pydantic's errors both are
            raise InvalidMessage(_told(error)) from error
        return value

    async def send(self, value: Any) -> None:
        """Send a value; raises as `Socket.send` does."""
        await self._socket.send(self._encode(value))

    def send_nowait(self, value: Any) -> None:
        """Send without waiting; raises as `Socket.send_nowait` does."""
        self._socket.send_nowait(self._encode(value))

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                value = await self.receive()
            except Closed:
                return
            yield value

    def _encode(self, value: Any) -> Data:
        encoded = encode_json(value)
        return encoded if self._binary else encoded.decode()


def encode_json(value: Any) -> bytes:
    """Any value as JSON; a pydantic model does so itself."""
    if hasattr(value, "model_dump_json"):
        text: str = value.model_dump_json()
        return text.encode()
    return _encode(value)


def _decoder(kind: Any) -> Callable[[Data], Any]:
    if hasattr(kind, "model_validate_json"):
        validate: Callable[[Data], Any] = kind.model_validate_json
        return validate
    return msgspec.json.Decoder(kind).decode


def _told(error: ValueError) -> str:
    lines = str(error).splitlines()
    return " ".join(line.strip() for line in lines[:3])


_encode = msgspec.json.Encoder().encode
