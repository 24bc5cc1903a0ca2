"""The native wire whose client agreed on permessage-deflate (RFC 7692), and its kinds: a subclass, so that others pay nothing.

What is compressed, and how far it may inflate, is `deflate.py`'s. Here is the order: which frame may be compressed, what
waits while the handler has enough, and whose context a message goes into.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from picows import WSFrame, WSMsgType, WSTransport

from .. import clock
from ..codes import CloseCode
from .assembler import Fault
from .deflate import Deflater, Inflater, compress, slack
from .extensions import Agreement, agree
from .frames import compressed_frame, encode, payload
from .message import Data, Message
from .native import Frames, NativeWire
from .options import MIB, Deflate, Limits, Options
from .state import State
from .wire import Kind

TURN = MIB
"""Bytes inflated after which others have their turn: a megabyte that is read at once may inflate to a thousand."""

_FIRST = frozenset((WSMsgType.TEXT, WSMsgType.BINARY))
_DATA = _FIRST | {WSMsgType.CONTINUATION}


def make_wire(
    transport: asyncio.Transport, options: Options, offered: str, early: bytes, on_gone: Callable[[], None]
) -> NativeWire:
    """The wire that `options` asks for and the client agrees to.

    Args:
        transport: the connection.
        options: the limits, and whether to compress.
        offered: the client's `Sec-WebSocket-Extensions`.
        early: bytes that came behind the upgrade request.
        on_gone: told when the connection is gone.
    """
    deflate = options.compression
    agreement = agree(offered, deflate) if deflate else None
    if deflate is None or agreement is None:
        return NativeWire(transport, options.limits, early, on_gone)
    made = DeflatedWire if agreement.server_no_context_takeover else ContextWire
    return made(transport, options.limits, early, on_gone, deflate, agreement)


@dataclass(frozen=True, eq=False)
class CompressedFrames(Frames):
    """The kind of wires that compress alike, each message afresh: what goes to many of them is compressed once.

    Args:
        deflate: level, memory, and from which size on.
        bits: of the window.
    """

    deflate: Deflate
    bits: int

    def frame(self, message: Data | Message) -> bytes:
        """Any message as one frame; compressed where it is data, and enough."""
        found = payload(message)
        if found is None or len(found[1]) < self.deflate.min_size:
            return encode(message)
        opcode, data = found
        return compressed_frame(opcode, compress(data, self.deflate, self.bits))

    def encode(self, values: list[Any]) -> bytes:
        """All messages as frames, in one block."""
        return b"".join(map(self.frame, values))


class Block(bytes):
    """Frames that were compressed apart from the context of the socket that they go to."""


class Unframed:
    """A message that is compressed when it is written: only then is it certain what goes before it.

    Args:
        opcode: text or binary.
        data: its bytes.
    """

    __slots__ = ("data", "opcode")

    def __init__(self, opcode: int, data: bytes) -> None:
        self.opcode = opcode
        self.data = data

    def __len__(self) -> int:
        return len(self.data)


@dataclass(frozen=True, eq=False)
class Apart(Kind):
    """The kind of wires that keep a context of their own: blocks do without it, and end it.

    Args:
        frames: how blocks are compressed.
    """

    frames: CompressedFrames

    def encode(self, values: list[Any]) -> Block:
        """All messages as frames, in one block."""
        return Block(self.frames.encode(values))


@lru_cache(maxsize=128)
def _frames(deflate: Deflate, bits: int) -> CompressedFrames:
    """One for all wires that compress alike: a kind is looked up for each socket that is sent to, so by identity."""
    return CompressedFrames(deflate, bits)


@lru_cache(maxsize=128)
def _apart(deflate: Deflate, bits: int) -> Apart:
    return Apart(_frames(deflate, bits))


class _Held:
    """A frame that waits for its turn, or is inflated: picows' own is gone when its callback returns, and cannot change."""

    __slots__ = ("data", "fin", "last_in_buffer", "msg_type", "payload_size", "rsv1", "rsv2", "rsv3")
    tail_size = 0

    def __init__(self, frame: WSFrame) -> None:
        self.msg_type, self.fin, self.last_in_buffer = frame.msg_type, frame.fin, frame.last_in_buffer
        self.rsv1, self.rsv2, self.rsv3 = frame.rsv1, frame.rsv2, frame.rsv3
        self.payload_size = frame.payload_size
        self.data = frame.get_payload_as_bytes()

    def get_payload_as_bytes(self) -> bytes:
        return self.data

    def get_payload_as_utf8_text(self) -> str:
        return self.data.decode()

    def get_close_reason(self) -> str:
        return self.data[2:].decode()


class DeflatedWire(NativeWire):
    """A native wire that inflates what comes, and compresses what goes, each message afresh.

    Args:
        transport: the connection; its protocol is replaced.
        limits: bounds of what comes in, inflated.
        early: bytes that came behind the upgrade request.
        on_gone: told when the connection is gone.
        deflate: how this side compresses.
        agreement: what both sides keep to.
    """

    __slots__ = ("_held", "_inflated", "_inflater", "_is_inflating", "_is_resting", "encode", "extensions", "kind")

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: Limits,
        early: bytes,
        on_gone: Callable[[], None],
        deflate: Deflate,
        agreement: Agreement,
    ) -> None:
        super().__init__(transport, limits, early, on_gone)
        frames = _frames(deflate, agreement.server_max_window_bits)
        self.kind: Kind = frames
        self.encode = frames.frame
        self.extensions = agreement.answer
        self._inflater = Inflater(
            agreement.client_max_window_bits,
            keeps_context=not agreement.client_no_context_takeover,
            max_message=limits.message,
        )
        self._is_inflating = self._is_resting = False
        self._inflated = 0  # since it last rested
        self._held: deque[_Held] = deque()

    # The port

    def send_now(self, message: Data) -> None:
        """Write a message with one system call."""
        self.write([self.encode(message)])

    def write(self, items: list[Any]) -> bool:
        """Write frames, and texts that are none yet, joined."""
        return super().offer(b"".join(map(self._frame, items)))

    def write_behind(self, items: list[Any]) -> None:
        """Give them to the transport, behind what it holds already."""
        super().write_behind([b"".join(map(self._frame, items))])

    def resume_reading(self) -> None:
        """Hear what was held back, then read again."""
        if self._held:
            asyncio.get_running_loop().call_soon(self._hear_held)
        else:
            super().resume_reading()

    # What picows calls

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came. While the handler has enough it waits as it is: what was read at once may inflate to a thousandfold."""
        if self._held or self._inbox.is_paused or self._is_resting:
            self._held.append(_Held(frame))
        else:
            self._hear(transport, frame)

    def on_lost(self) -> None:
        """The connection is gone, whoever noticed."""
        self._held.clear()
        super().on_lost()

    # Inside

    def _frame(self, item: Any) -> bytes:
        """What waited in the outbox: a frame, or a text as it is."""
        frame: bytes = self.encode(item) if isinstance(item, str) else item
        return frame

    @property
    def _max_frame(self) -> int:
        return slack(self._limits.message)

    def _hear_held(self) -> None:
        self._is_resting = False
        while not (self._inbox.is_paused or self._is_resting):
            if not self._held:
                super().resume_reading()
                return
            self._hear(self._picows, cast(WSFrame, self._held.popleft()))

    def _inflate(self, data: bytes, fin: bool) -> bytes:
        """Part of a message, inflated. Where that was much, what comes next waits until others have had their turn."""
        inflated = self._inflater.feed(data, fin)
        self._inflated += len(inflated)
        if self._inflated >= TURN:
            self._inflated = 0
            self._is_resting = True
            self.pause_reading()
            asyncio.get_running_loop().call_soon(self._hear_held)
        return inflated

    def _hear(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type in _DATA and self._endpoint is not None and self._endpoint.state is not State.OPEN:
            self.heard += 1  # we have closed: it is not wanted, and not inflated
        elif frame.rsv1:
            self._hear_compressed(frame)
        elif frame.payload_size > self._limits.message and frame.msg_type in _FIRST:
            self.fault(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._limits.message} bytes")
        else:
            super().on_ws_frame(transport, frame)

    def _hear_compressed(self, frame: WSFrame) -> None:
        """RSV1 belongs to the first frame of a message (RFC 7692 section 6); nothing else is agreed on."""
        self.heard += 1
        if self._is_deaf:
            return
        if frame.msg_type not in _FIRST or frame.rsv2 or frame.rsv3:
            self.fault(CloseCode.PROTOCOL_ERROR, "a reserved bit is set where it means nothing")
        elif frame.fin and self._assembler is None:
            self._take_whole(frame)
        else:
            self._is_inflating = self._assembler is None  # else it is out of place, which the assembler says
            self._rest(frame.msg_type, frame)

    def _take_whole(self, frame: WSFrame) -> None:
        data: Data
        try:
            data = inflated = self._inflate(frame.get_payload_as_bytes(), fin=True)
            if frame.msg_type is WSMsgType.TEXT:
                data = inflated.decode()
        except Fault as fault:
            self.fault(fault.code, fault.reason)
        except UnicodeDecodeError:
            self.fault(CloseCode.INVALID_PAYLOAD, "text that is not UTF-8")
        else:
            self._inbox.hand_on(data, len(inflated), bool(frame.last_in_buffer))
            self._tend_buffer(frame)

    def _assemble(self, opcode: WSMsgType, frame: WSFrame) -> None:
        if not self._is_inflating:
            super()._assemble(opcode, frame)
            return
        held = _Held(frame)
        if opcode is WSMsgType.CONTINUATION or self._assembler is None:  # else it is out of place
            self._is_inflating = not frame.fin
            try:
                held.data = self._inflate(held.data, bool(held.fin))
            except Fault as fault:
                self.fault(fault.code, fault.reason)
                return
        super()._assemble(opcode, cast(WSFrame, held))


class ContextWire(DeflatedWire):
    """A deflated wire whose messages refer to those before them, for as long as its compressor is in use.

    What waits in the outbox may still be dropped; so a message is compressed when it is written, not before.
    """

    __slots__ = ("_deflater", "_is_used", "_release_after", "_timer")

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: Limits,
        early: bytes,
        on_gone: Callable[[], None],
        deflate: Deflate,
        agreement: Agreement,
    ) -> None:
        super().__init__(transport, limits, early, on_gone, deflate, agreement)
        min_size = deflate.min_size
        self.kind = _apart(deflate, agreement.server_max_window_bits)
        self.encode = lambda message: _unframed(message, min_size)
        self._deflater = Deflater(deflate, agreement.server_max_window_bits)
        self._release_after = deflate.release_after
        self._is_used = False
        self._timer: clock.Timer | None = None

    def offer(self, block: Any) -> bool:
        """Write a block or a message."""
        return super().offer(self._frame(block))

    def on_lost(self) -> None:
        """The connection is gone: so is the context."""
        if self._timer is not None:
            self._timer.cancel()
        self._deflater.forget()
        super().on_lost()

    def _frame(self, item: Any) -> bytes:
        if isinstance(item, str):
            item = self.encode(item)
        if isinstance(item, Unframed):
            self._is_used = True
            if self._timer is None and self._release_after is not None:
                self._timer = clock.timers().after(self._release_after, self._look)
            return compressed_frame(item.opcode, self._deflater.compress(item.data))
        if isinstance(item, Block):
            self._deflater.forget()
        done: bytes = item
        return done

    def _look(self) -> None:
        """Release the compressor, unless it was used since the last look."""
        self._timer = None
        if self._is_used and self._release_after is not None:
            self._is_used = False
            self._timer = clock.timers().after(self._release_after, self._look)
        else:
            self._deflater.forget()


def _unframed(message: Data | Message, min_size: int) -> Any:
    found = payload(message)
    return Unframed(*found) if found is not None and len(found[1]) >= min_size else encode(message)
