"""Fragments to messages: what a sequence of data frames means (RFC 6455 section 5.4). Pure; a fault is an exception.

Whole messages in one frame, nearly all of them, never come here. A message is bounded by its size and by the number of
its fragments, so that 300,000 empty ones cost their sender the connection.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from dataclasses import dataclass

from ..codes import CloseCode
from .frames import CONTINUATION, TEXT

_Utf8 = getincrementaldecoder("utf-8")

_SURROGATES = b"\xed\xa0", b"\xed\xbf"
"""How no character begins, though Python's decoder waits for a third byte to say so (RFC 3629 section 4)."""


class Fault(Exception):
    """The peer broke a rule: the close code to send and a text that says which."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(slots=True)
class _Partial:
    opcode: int
    data: bytearray
    fragments: int


class Assembler:
    """Joins fragments.

    Args:
        max_message: bytes that a whole message may have.
        max_fragments: frames that a message may come in.
    """

    __slots__ = ("_max_fragments", "_max_message", "_partial", "_utf8")

    def __init__(self, max_message: int, max_fragments: int) -> None:
        self._max_message = max_message
        self._max_fragments = max_fragments
        self._partial: _Partial | None = None
        self._utf8 = _Utf8()

    def feed(self, opcode: int, fin: bool, data: bytes) -> str | bytes | None:
        """Take one data frame; give the message that it ends, or `None`.

        Raises:
            Fault: 1002 for a sequence that is none, 1007 for text that is not UTF-8 (at the first bad fragment),
                1009 for a message beyond a bound.
        """
        partial = self._begin(opcode)
        partial.fragments += 1
        partial.data += data
        self._check_bounds(partial)
        self._check_text(partial, data, fin)
        return self._finish(partial) if fin else None

    @property
    def is_idle(self) -> bool:
        """Whether no message is half received."""
        return self._partial is None

    def _begin(self, opcode: int) -> _Partial:
        if opcode == CONTINUATION:
            if self._partial is None:
                raise Fault(CloseCode.PROTOCOL_ERROR, "a continuation frame without a message to continue")
            return self._partial
        if self._partial is not None:
            raise Fault(CloseCode.PROTOCOL_ERROR, "a new message inside a fragmented one")
        self._partial = _Partial(opcode, bytearray(), 0)
        return self._partial

    def _check_bounds(self, partial: _Partial) -> None:
        if len(partial.data) > self._max_message:
            raise Fault(CloseCode.MESSAGE_TOO_BIG, f"a message of more than {self._max_message} bytes")
        if partial.fragments > self._max_fragments:
            raise Fault(CloseCode.MESSAGE_TOO_BIG, f"a message in more than {self._max_fragments} fragments")

    def _check_text(self, partial: _Partial, data: bytes, fin: bool) -> None:
        if partial.opcode != TEXT:
            return
        try:
            self._utf8.decode(data, fin)
            is_text = not _SURROGATES[0] <= self._utf8.getstate()[0][:2] <= _SURROGATES[1]
        except UnicodeDecodeError:
            is_text = False
        if not is_text:
            raise Fault(CloseCode.INVALID_PAYLOAD, "text that is not UTF-8")

    def _finish(self, partial: _Partial) -> str | bytes:
        self._partial = None
        self._utf8.reset()
        return partial.data.decode() if partial.opcode == TEXT else bytes(partial.data)
