"""Messages to the frames that a server writes (RFC 6455 section 5.2): no mask, one frame a message. Pure.

Reading frames is picows' work, but for a text or a Close that comes alone; what a sequence of them means is `assembler.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from struct import Struct

from ..codes import cut_reason
from .message import Binary, Close, Data, Message, Ping, Pong, Text

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

MAX_CONTROL = 125
"""Bytes that a control frame may carry (RFC 6455 section 5.5)."""

_FIN = 0x80
_RSV1 = 0x40
_MASKED = 0x80
_SHORT = Struct("!BBH").pack
_LONG = Struct("!BBQ").pack
_CODE = Struct("!H").pack
_TEXT_HEADS = tuple(bytes((_FIN | TEXT, n)) for n in range(126))
_MASKED_TEXT_HEADS = tuple(bytes((_FIN | TEXT, _MASKED | n)) for n in range(126))
_BINARY_HEADS = tuple(bytes((_FIN | BINARY, n)) for n in range(126))


class _Heads(dict[int, bytes]):
    """Heads of text frames by the length of their payload; those of long ones are made when they are asked for."""

    def __missing__(self, size: int) -> bytes:
        return _long_head(TEXT, size)


_text_head = _Heads(enumerate(_TEXT_HEADS)).__getitem__
_ASCII = str.encode
_ONLY_TEXT = frozenset((str,))


def text_frame(text: str) -> bytes:
    """A whole text message as one frame."""
    data = text.encode()
    if len(data) < 126:
        return _TEXT_HEADS[len(data)] + data
    return _long_head(TEXT, len(data)) + data


def binary_frame(data: bytes) -> bytes:
    """A whole binary message as one frame."""
    if len(data) < 126:
        return _BINARY_HEADS[len(data)] + data
    return _long_head(BINARY, len(data)) + data


def compressed_frame(opcode: int, data: bytes) -> bytes:
    """A whole message that was compressed to `data`, as one frame (RFC 7692 section 6)."""
    if len(data) < 126:
        return bytes((_FIN | _RSV1 | opcode, len(data))) + data
    return _long_head(_RSV1 | opcode, len(data)) + data


def control_frame(opcode: int, data: bytes) -> bytes:
    """A Ping, Pong or Close frame; `data` of more than 125 bytes is refused."""
    if len(data) > MAX_CONTROL:
        raise ValueError(f"a control frame carries at most {MAX_CONTROL} bytes, not {len(data)}")
    return bytes((_FIN | opcode, len(data))) + data


def close_frame(code: int | None, reason: str = "") -> bytes:
    """A Close frame; `None` is a Close that carries no code."""
    return control_frame(CLOSE, b"" if code is None else close_payload(code, reason))


def close_payload(code: int, reason: str) -> bytes:
    """What a Close frame carries: the code, then the reason, cut to fit."""
    return _CODE(code) + cut_reason(reason).encode("utf-8", "replace")


def encode(message: Data | Message) -> bytes:
    """Any message as one frame.

    Example:
        >>> encode("hi")
        b'\\x81\\x02hi'
    """
    if type(message) is str:  # `text_frame` written out: this is the way of nearly every message
        data = message.encode()
        return _TEXT_HEADS[len(data)] + data if len(data) < 126 else _long_head(TEXT, len(data)) + data
    if isinstance(message, str):
        return text_frame(message)
    if isinstance(message, bytes):
        return binary_frame(message)
    return _encode_wrapped(message)


def encode_block(values: Iterable[Data | Message]) -> bytes:
    """Many messages as one block of frames, to be written at once."""
    return b"".join(map(encode, values))


def lone_text(data: bytes) -> str | None:
    """The message, where `data` is one masked frame with a whole text of less than 64 KiB and nothing else.

    Example:
        >>> lone_text(b"\\x81\\x82\\0\\0\\0\\0hi")
        'hi'
    """
    begin = 6 if len(data) < 132 else 8
    size = len(data) - begin
    if size < 0 or data[: begin - 4] != (_MASKED_TEXT_HEADS[size] if size < 126 else _long_masked_text_head(size)):
        return None
    try:
        return _unmasked(data, begin, size).decode()
    except UnicodeDecodeError:
        return None


def lone_close(data: bytes) -> tuple[int | None, str] | None:
    """Code and reason, where `data` is one masked Close and nothing else; the code may be one that may not be sent.

    Example:
        >>> lone_close(b"\\x88\\x82\\0\\0\\0\\0\\x03\\xe8")
        (1000, '')
    """
    size = len(data) - 6
    if not 0 <= size <= MAX_CONTROL or data[:2] != bytes((_FIN | CLOSE, _MASKED | size)) or size == 1:
        return None
    plain = _unmasked(data, 6, size)
    try:
        return (int.from_bytes(plain[:2], "big"), plain[2:].decode()) if plain else (None, "")
    except UnicodeDecodeError:
        return None


def _unmasked(data: bytes, begin: int, size: int) -> bytes:
    """So many bytes from there on, behind their mask."""
    mask = data[begin - 4 : begin] * (size // 4 + 1)
    plain = int.from_bytes(data[begin:], "big") ^ int.from_bytes(mask[:size], "big")
    return plain.to_bytes(size, "big")


def _long_masked_text_head(size: int) -> bytes:
    """Its first bytes, up to the mask; none for what is longer."""
    return _SHORT(_FIN | TEXT, _MASKED | 126, size) if size < 65536 else b""


def payload(message: Data | Message) -> tuple[int, bytes] | None:
    """The opcode and the bytes of a data message; `None` for what is none."""
    data = message.data if isinstance(message, (Text, Binary)) else message
    if isinstance(data, str):
        return TEXT, data.encode()
    if isinstance(data, bytes):
        return BINARY, data
    return None


def join(items: list[bytes | str]) -> bytes:
    """Frames, and ASCII texts that are none yet, as one block.

    A busy connection's texts pass here many at once, so no step of Python's is taken for each.

    Example:
        >>> join(["hi", b"\\x89\\x00"])
        b'\\x81\\x02hi\\x89\\x00'
    """
    if len(items) == 1:
        item = items[0]
        return text_frame(item) if isinstance(item, str) else item
    if not _ONLY_TEXT.issuperset(map(type, items)):
        items = [text_frame(item) if isinstance(item, str) else item for item in items]
        return b"".join(items)  # type: ignore[arg-type]
    texts = list(map(_ASCII, items))  # type: ignore[arg-type]  # all are `str` here
    return b"".join(chain.from_iterable(zip(map(_text_head, map(len, texts)), texts, strict=True)))


def _encode_wrapped(message: Message) -> bytes:
    match message:
        case Text(text):
            return text_frame(text)
        case Binary(data):
            return binary_frame(data)
        case Ping(data):
            return control_frame(PING, data)
        case Pong(data):
            return control_frame(PONG, data)
        case Close(code, reason):
            return close_frame(code, reason)
    return binary_frame(_as_bytes(message))


def _as_bytes(value: object) -> bytes:
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError(
        f"a message is str, bytes or one of Text, Binary, Ping, Pong, Close, not {type(value).__name__}: "
        "socket.typed(...) sends other values as JSON"
    )


def _long_head(opcode: int, size: int) -> bytes:
    return _SHORT(_FIN | opcode, 126, size) if size < 65536 else _LONG(_FIN | opcode, 127, size)
