"""The native wire: a connection under uvicorn, its frames read by picows, everything above frames kept here and above.

Twin of `asgi` and `pair`; imports neither. picows reads frames and no more: here RSV bits, fragments, UTF-8, close codes
and silence after a fault are seen to. How it writes is `direct.py`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from ..codes import CloseCode, is_sendable
from .assembler import Assembler, Fault
from .direct import Direct, Writer
from .frames import close_frame, close_payload, encode, encode_block, join, lone_close, lone_text
from .inbox import Inbox
from .kernel import descriptor, silence
from .linger import cut, linger
from .message import Data, Message
from .options import Limits
from .reader import BoundedReader, Unread, feed, is_reader, make_reader, number
from .wire import Kind, Listener

_TEXT, _BINARY, _CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE
_PING, _PONG, _CONTINUATION = WSMsgType.PING, WSMsgType.PONG, WSMsgType.CONTINUATION

READ_AT_ONCE = 64 * 1024
"""Bytes behind a frame, read with it, from which on reads are bounded: a flood makes no buffer grow for ever."""

UNQUEUED = 1000
"""Fragments and control frames after which the loop has its turn, though more of them wait."""

TINY = 8
"""Bytes of a frame that is not worth a reader: the pongs of clients who listen and are silent."""

RENEW = 256 * 1024
"""Bytes of a frame from which on the read buffer that held it is given back."""


class NativeWire(WSListener, Writer):
    """A wire over an asyncio transport whose upgrade has been answered.

    Args:
        transport: the connection; its protocol is replaced.
        limits: bounds of what comes in.
        early: bytes that came behind the upgrade request.
        on_gone: told when the connection is gone.
    """

    __slots__ = (
        "_assembler",
        "_early",
        "_endpoint",
        "_fault",
        "_inbox",
        "_is_flooded",
        "_is_renewing",
        "_limits",
        "_on_gone",
        "_picows",
        "_transport",
        "_unqueued",
        "fd",
        "heard",
    )

    kind: Kind
    can_ping = True
    is_writing = False
    extensions: str = ""
    encode: Callable[[Data | Message], bytes] = staticmethod(encode)
    _inbox: Inbox
    _picows: WSTransport

    def __init__(self, transport: asyncio.Transport, limits: Limits, early: bytes, on_gone: Callable[[], None]) -> None:
        self._transport = transport
        self._limits = limits
        self._early = early
        self._on_gone = on_gone
        self.fd = descriptor(transport)
        self._assembler: Assembler | None = None
        self._is_renewing = self._is_flooded = False
        self._unqueued = 0
        self._fault: tuple[int, str] | None = None
        self._endpoint: Listener = None  # type: ignore[assignment]
        self.heard = 0

    # The port

    def start(self, endpoint: Listener) -> None:
        """Begin to read."""
        self._endpoint = endpoint
        self._inbox = endpoint.intake
        # Blocked means: something is buffered. Over TLS a high-water mark of 0 is reached by an empty buffer.
        self._transport.set_write_buffer_limits(high=int(self.fd < 0), low=0)
        if self._early:
            self.attach()
            self.pause_reading()  # until it is read: what comes now is behind it
            asyncio.get_running_loop().call_soon(self._feed_early)
        else:
            self._picows = unread = Unread(self)  # type: ignore[assignment]
            self._transport.set_protocol(unread)

    def send_now(self, message: Data) -> None:
        """Write a message with one system call."""
        self._picows.send(_AS_TEXT if type(message) is str else _AS_BINARY, message)

    def write(self, items: list[bytes | str]) -> bool:
        """Write frames joined."""
        return self.offer(join(items))

    def write_behind(self, items: list[bytes | str]) -> None:
        """Give frames to the transport, behind what it holds already."""
        if not self._transport.is_closing():
            self._transport.write(join(items))

    def send_close(self, code: int | None, reason: str) -> None:
        """Write a Close; picows is told so that it writes none of its own, where it reads at all."""
        if self._is_deaf and isinstance(self._picows, Unread):
            self.write_behind([close_frame(code, reason)])
        elif code is None:
            self._picows.send(WSMsgType.CLOSE, None)
        else:
            self._picows.send_close(code, close_payload(code, reason)[2:])  # type: ignore[arg-type]

    def finish(self) -> None:
        """End the connection once all is written."""
        self._transport.close()

    def linger(self) -> None:
        """End politely; once picows, which may be calling us now, has returned."""
        asyncio.get_running_loop().call_soon(linger, self._transport, self.on_lost)

    def abort(self) -> None:
        """End the connection now."""
        if self._endpoint is not None:
            cut(self._transport)

    def pause_reading(self) -> None:
        """Read no more until told."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def was_heard_within(self, seconds: float) -> bool:
        """Ask the kernel when bytes last came in (Linux); elsewhere, no."""
        return silence(self.fd) < seconds

    def attach(self) -> Any:
        """Begin to read frames."""
        reader = make_reader(self._transport, self.fd, self, self._max_frame)
        self._transport.set_protocol(reader)
        return reader

    def hear_alone(self, data: bytes) -> bool:
        """Take in a message or a Close for which no reader need be made; false where it has to be read.

        Behind a Close, what comes means nothing (RFC 6455 section 5.5.1), and is thrown away.
        """
        is_wanted = not self.heard or len(data) <= TINY
        text = lone_text(data) if is_wanted and len(data) <= self._limits.message else None
        if text is None:
            return self._is_deaf or self._hear_close_alone(data)
        self.heard += 1
        self._inbox.hand_on(text, len(text), True)
        return True

    # What picows calls

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The frame reader is ready."""
        self._picows = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came. One text or binary frame is a message nearly always, and goes the shortest way; see `_rest`."""
        self.heard += 1
        opcode = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.fault(CloseCode.PROTOCOL_ERROR, "a reserved bit is set and no extension was agreed on")
            return
        data: Data
        if opcode is _TEXT and self._assembler is None and frame.fin:
            try:
                data = frame.get_payload_as_utf8_text()
            except UnicodeDecodeError:
                self.fault(CloseCode.INVALID_PAYLOAD, "text that is not UTF-8")
                return
        elif opcode is _BINARY and self._assembler is None and frame.fin:
            data = frame.get_payload_as_bytes()
        else:
            self._rest(opcode, frame)
            return
        inbox = self._inbox
        relay = inbox.relay
        if relay is not None:
            if not relay(data, frame.last_in_buffer):
                inbox.on_full()
        else:  # `Inbox.put` written out: the reader is woken once for all that came together
            inbox.queue.append(data)
            inbox.size += len(data)
            if frame.last_in_buffer:
                inbox.arrived()
        if frame.tail_size > READ_AT_ONCE or len(data) >= RENEW:
            self._tend_buffer(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is gone."""
        self.on_lost()

    def pause_writing(self) -> None:
        """The transport has something buffered."""
        self._endpoint.on_blocked()

    def resume_writing(self) -> None:
        """The transport has nothing buffered."""
        self._endpoint.on_unblocked()

    def on_lost(self) -> None:
        """The connection is gone, whoever noticed."""
        self.fd = -1
        endpoint, self._endpoint = self._endpoint, None  # type: ignore[assignment]  # nothing more will be told
        endpoint.on_lost()
        self._on_gone()
        self._picows = self._on_gone = None  # type: ignore[assignment]  # so that counting references frees all of it
        self._inbox = _DEAF

    # Inside

    @property
    def _is_deaf(self) -> bool:
        """Whether nothing more is heard, after a fault or a Close."""
        return self._inbox is _DEAF

    def _rest(self, opcode: WSMsgType, frame: WSFrame) -> None:
        self._inbox.arrived()
        if opcode in _DATA:
            self._assemble(opcode, frame)
        else:
            self._control(opcode, frame)
        self._tend_buffer(frame)

    def _assemble(self, opcode: WSMsgType, frame: WSFrame) -> None:
        if self._assembler is None:
            self._assembler = Assembler(self._limits.message, self._limits.fragments)
        try:
            data = self._assembler.feed(number(opcode), bool(frame.fin), frame.get_payload_as_bytes())
        except Fault as fault:
            self.fault(fault.code, fault.reason)
            return
        if data is None:
            self._endpoint.on_part()
            self._count_unqueued()
            return
        self._assembler = None
        self._inbox.hand_on(data, len(data), frame.last_in_buffer)

    def _control(self, opcode: WSMsgType, frame: WSFrame) -> None:
        if self._inbox is _DEAF:
            return
        self._count_unqueued()
        if opcode is _CLOSE:
            self._peer_closed(frame)
        elif opcode is _PING:
            self._endpoint.on_ping(frame.get_payload_as_bytes())
        else:
            self._endpoint.on_pong(frame.get_payload_as_bytes())

    def _peer_closed(self, frame: WSFrame) -> None:
        self._endpoint.on_part()
        if not frame.payload_size:
            self._on_close(None, "")
        else:
            code = int.from_bytes(frame.get_payload_as_bytes()[:2], "big")
            self._on_close(code, frame.get_close_reason() or "")

    def _hear_close_alone(self, data: bytes) -> bool:
        close = lone_close(data) if len(data) <= self._limits.message else None
        if close is None:
            return False
        self.heard += 1
        self._endpoint.on_part()
        self._on_close(*close)
        return True

    def _on_close(self, code: int | None, reason: str) -> None:
        self._inbox = _DEAF
        if code is None or is_sendable(code):
            self._endpoint.on_close(code, reason)
        else:
            self.fault(CloseCode.PROTOCOL_ERROR, f"close code {code} may not be sent")

    def fault(self, code: int, reason: str) -> None:
        """The peer broke a rule: nothing more is heard; it is told once the handler has seen what came before."""
        if self._fault is None:
            self._fault = code, reason
            self._inbox.arrived()
            self._inbox = _DEAF
            asyncio.get_running_loop().call_soon(self.tell_fault)

    def hear_close(self) -> None:
        """picows reads a frame ahead: where a fault follows a Close that it has not handed on yet, the Close comes first."""
        shake = self._picows.close_handshake
        if self._inbox is not _DEAF and shake is not None and shake.recv is not None:
            self._on_close(number(shake.recv.code) or None, shake.recv.reason or "")

    def tell_fault(self) -> None:
        """Tell the first fault, once."""
        if self._fault is not None and self._endpoint is not None:
            self._endpoint.on_fault(*self._fault)

    @property
    def _max_frame(self) -> int:
        """Bytes that a frame may carry, as it comes."""
        return self._limits.message

    def _feed_early(self) -> None:
        early, self._early = self._early, b""
        reader = self._transport.get_protocol()
        if is_reader(reader):
            feed(reader, early)
            self._go_on()

    def _tend_buffer(self, frame: WSFrame) -> None:
        """Bound what one read takes in from a flood of small frames; give back what a large one took."""
        reader = self._transport.get_protocol()
        if frame.tail_size > READ_AT_ONCE and not self._is_flooded and is_reader(reader):
            self._is_flooded = True
            self._transport.set_protocol(BoundedReader(reader))
        if frame.payload_size >= RENEW and frame.last_in_buffer and not frame.tail_size:
            self._renew_soon()

    def _count_unqueued(self) -> None:
        """Fragments, pings and pongs fill no queue that stops who sends them: after so many, others have their turn."""
        self._unqueued += 1
        if self._unqueued == UNQUEUED:
            self._unqueued = 0
            self.pause_reading()
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._endpoint is not None and not self._inbox.is_paused and not self._is_renewing:
            self.resume_reading()

    def _renew_soon(self) -> None:
        if not self._is_renewing and not self._transport.is_closing():
            self._is_renewing = True
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._renew)

    def _renew(self) -> None:
        self._is_renewing = self._is_flooded = False
        if self._transport.is_closing() or not is_reader(self._transport.get_protocol()):
            return
        self.attach()
        if not self._inbox.is_paused:
            self._transport.resume_reading()


class Frames(Direct):
    """The kind of native wires: blocks are frames, joined."""

    def encode(self, values: list[Any]) -> bytes:
        """All messages as frames, in one block."""
        return encode_block(values)


NativeWire.kind = Frames()


class _Deaf:
    """An inbox that takes nothing in: after a fault or a Close what follows means nothing (RFC 6455 sections 5.5.1, 7.1.7)."""

    is_paused = False

    def relay(self, data: Data, last: bool) -> bool:
        """Throw it away."""
        return True

    def arrived(self) -> None:
        """Nothing has."""

    def hand_on(self, data: Data, size: int, last: bool) -> None:
        """Throw it away."""


_DEAF = cast(Inbox, _Deaf())
_DATA = frozenset((_TEXT, _BINARY, _CONTINUATION))
_AS_TEXT, _AS_BINARY = number(_TEXT), number(_BINARY)
