"""Messages compressed and inflated as RFC 7692 section 7.2 has it. Knows zlib, and no frames, wires or headers.

Nothing of zlib's is kept between messages but a compressor that was asked for. To inflate, the end of what was inflated
before stands in for the window: as much of it as there was, and no more than the window's size.
"""

from __future__ import annotations

import zlib

from ..codes import CloseCode
from .assembler import Fault
from .extensions import LEAST
from .options import Deflate

FINAL_BLOCKS = 100
"""Blocks with BFINAL that a message may have: honest ones have one, if any, and each costs a new stream."""

_TAIL = b"\x00\x00\xff\xff"
"""What a flush ends with and the wire leaves out (RFC 7692 section 7.2.1)."""

_END = _TAIL + b"\x03\x00"
"""The tail, and an empty last block: a message that was cut short does not end with it."""


def slack(size: int) -> int:
    """Bytes that `size` bytes may take which compressing makes no smaller, with as little memory as zlib allows."""
    return size + size // 16 + 64


def compress(data: bytes, deflate: Deflate, bits: int) -> bytes:
    """A message, of at least one byte, as its frame carries it, begun afresh.

    Args:
        data: the message.
        deflate: level and memory.
        bits: of the window.
    """
    return _flushed(_begun(deflate, bits), data)


class Deflater:
    """Compresses messages that refer to those before them.

    Args:
        deflate: level and memory.
        bits: of the window.
    """

    __slots__ = ("_bits", "_deflate", "_stream")

    def __init__(self, deflate: Deflate, bits: int) -> None:
        self._deflate = deflate
        self._bits = bits
        self._stream: zlib._Compress | None = None

    @property
    def has_context(self) -> bool:
        """Whether the next message refers to what went before, and memory is held for that."""
        return self._stream is not None

    def compress(self, data: bytes) -> bytes:
        """A message, of at least one byte, as its frame carries it. It must be sent: what comes next refers to it."""
        if self._stream is None:
            self._stream = _begun(self._deflate, self._bits)
        return _flushed(self._stream, data)

    def forget(self) -> None:
        """Begin the next message afresh, and hold nothing until then."""
        self._stream = None


def _begun(deflate: Deflate, bits: int) -> zlib._Compress:
    return zlib.compressobj(deflate.level, zlib.DEFLATED, -bits, deflate.memory_level)


def _flushed(stream: zlib._Compress, data: bytes) -> bytes:
    return (stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH))[: -len(_TAIL)]


class Inflater:
    """Inflates messages, given frame by frame, and counts the bytes as they come out.

    Args:
        bits: of the sender's window.
        keeps_context: whether a message may refer to those before it.
        max_message: bytes that a whole message may have.
    """

    __slots__ = (
        "_final_blocks", "_fresh", "_history", "_keeps_context", "_max_message", "_pieces", "_room", "_stream", "_window",
    )  # fmt: skip

    def __init__(self, bits: int, *, keeps_context: bool, max_message: int) -> None:
        self._window = 1 << max(bits, LEAST)
        self._keeps_context = keeps_context
        self._max_message = self._room = max_message
        self._history = b""
        self._pieces: list[bytes] = []  # of what came since
        self._fresh = 0  # bytes in them
        self._stream: zlib._Decompress | None = None
        self._final_blocks = 0

    @property
    def held(self) -> int:
        """Bytes that are kept for what comes next."""
        return len(self._history)

    def feed(self, data: bytes, fin: bool) -> bytes:
        """What a frame's payload inflates to; with `fin` it ends its message.

        Raises:
            Fault: 1009 as soon as the message has more bytes than it may, 1007 for what is not compressed or is cut short.
        """
        try:
            inflated = self._inflate(data + _END if fin else data, fin)
        except zlib.error as error:
            raise Fault(CloseCode.INVALID_PAYLOAD, f"compressed data is corrupt: {error}") from None
        if fin:
            self._end()
        return inflated

    def _inflate(self, data: bytes, fin: bool) -> bytes:
        inflated = b""
        while data:
            stream = self._stream = self._stream or self._begin()
            piece = stream.decompress(data, self._room + 1)
            if len(piece) > self._room:
                raise Fault(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._max_message} bytes, inflated")
            self._room -= len(piece)
            self._remember(piece)
            inflated = inflated + piece if inflated else piece
            if not stream.eof:
                break
            self._stream, data = None, stream.unused_data
            if fin and data == _END:  # the sender's own last block had nothing behind it
                return inflated
        if fin and self._stream is not None:
            raise Fault(CloseCode.INVALID_PAYLOAD, "compressed data is cut short")
        return inflated

    def _begin(self) -> zlib._Decompress:
        """A stream that knows what came before; one a message, and one more behind each last block of the sender's."""
        self._final_blocks += 1
        if self._final_blocks > FINAL_BLOCKS:
            raise Fault(CloseCode.INVALID_PAYLOAD, f"compressed data in more than {FINAL_BLOCKS} streams")
        self._join()
        bits = -(self._window.bit_length() - 1)
        return zlib.decompressobj(bits, zdict=self._history) if self._history else zlib.decompressobj(bits)

    def _remember(self, piece: bytes) -> None:
        """Pieces are joined when there is a window of them, or it is asked for: a message may have come in thousands."""
        if piece:
            self._pieces.append(piece)
            self._fresh += len(piece)
        if self._fresh >= self._window:
            self._join()

    def _join(self) -> None:
        if self._fresh:
            self._history = b"".join((self._history, *self._pieces))[-self._window :]
            self._fresh = 0
        self._pieces.clear()

    def _end(self) -> None:
        self._join()
        self._room = self._max_message
        self._final_blocks = 0
        if not self._keeps_context:
            self._history = b""
