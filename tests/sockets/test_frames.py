"""Frames, judged by a foreign parser of them: that of the `websockets` package."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.exceptions import ProtocolError
from websockets.frames import Close as ForeignClose
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from hubbub import Binary, Close, Data, Message, Ping, Pong, Text
from hubbub.codes import cut_reason
from hubbub.sockets.frames import (
    MAX_CONTROL,
    close_frame,
    close_payload,
    control_frame,
    encode,
    encode_block,
    lone_close,
    lone_text,
)

DATA = st.text() | st.binary()
CONTROL = st.binary(max_size=MAX_CONTROL)
CODES = st.integers(1000, 1003) | st.integers(1007, 1014) | st.integers(3000, 4999)
MESSAGES = (
    DATA
    | st.builds(Text, st.text())
    | st.builds(Binary, st.binary())
    | st.builds(Ping, CONTROL)
    | st.builds(Pong, CONTROL)
)


def parse(data: bytes) -> list[Frame]:
    """All frames in `data`, which must hold nothing else."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    frames = []
    while not run(reader.at_eof()):
        frames.append(run(Frame.parse(reader.read_exact, mask=False)))
    return frames


def run(parsing: Generator[None, None, Any]) -> Any:
    """What a parser gives that has all that it needs."""
    try:
        next(parsing)
    except StopIteration as done:
        return done.value
    raise AssertionError("the frame is not whole")


def expected(message: Data | Message) -> tuple[Opcode, bytes]:
    """What a message should look like to a stranger."""
    match message:
        case str(text) | Text(text):
            return Opcode.TEXT, text.encode()
        case bytes(data) | Binary(data):
            return Opcode.BINARY, data
        case Ping(data):
            return Opcode.PING, data
        case Pong(data):
            return Opcode.PONG, data
    raise AssertionError(message)


@given(MESSAGES)
@example("x" * 125)
@example("x" * 126)
@example(b"x" * 65535)
@example(b"x" * 65536)
@example("ü" * 40000)
def test_a_stranger_reads_what_was_written(message: Data | Message) -> None:
    [frame] = parse(encode(message))
    frame.check()
    assert (frame.opcode, bytes(frame.data)) == expected(message)
    assert (frame.fin, frame.rsv1, frame.rsv2, frame.rsv3) == (True, False, False, False)


@given(st.lists(MESSAGES, max_size=10))
def test_a_block_is_its_frames_in_order(messages: list[Data | Message]) -> None:
    assert [(frame.opcode, bytes(frame.data)) for frame in parse(encode_block(messages))] == list(
        map(expected, messages)
    )


@given(CODES, st.text(max_size=200))
def test_a_close_carries_its_code_and_a_reason_that_fits(code: int, reason: str) -> None:
    [frame] = parse(encode(Close(code, reason)))
    frame.check()
    close = ForeignClose.parse(bytes(frame.data))
    assert (frame.opcode, close.code, close.reason) == (Opcode.CLOSE, code, cut_reason(reason))
    assert bytes(frame.data) == close_payload(code, reason)


def test_a_close_may_carry_nothing() -> None:
    [frame] = parse(close_frame(None))
    assert (frame.opcode, bytes(frame.data)) == (Opcode.CLOSE, b"")


@pytest.mark.parametrize("message", [Ping(bytes(126)), Pong(bytes(126))])
def test_a_control_frame_that_is_too_long_is_refused(message: Message) -> None:
    with pytest.raises(ValueError, match="at most 125 bytes, not 126"):
        encode(message)
    assert len(control_frame(0x9, bytes(125))) == 127


@pytest.mark.parametrize("view", [bytearray(b"abc"), memoryview(b"abc")])
def test_whatever_holds_bytes_is_binary(view: Any) -> None:
    assert encode(view) == encode(b"abc")


@pytest.mark.parametrize("value", [7, None, {"a": 1}, ["a"]])
def test_what_is_no_message_is_refused_by_name(value: Any) -> None:
    with pytest.raises(TypeError, match=f"not {type(value).__name__}: socket.typed"):
        encode(value)


def test_text_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("\ud800")


MASKED = st.builds(
    lambda opcode, data, fin: Frame(opcode, data, fin=fin).serialize(mask=True),
    st.sampled_from([Opcode.TEXT, Opcode.TEXT, Opcode.BINARY, Opcode.CONT]),
    st.text(max_size=150).map(str.encode) | st.binary(max_size=150),
    st.just(True) | st.booleans(),
)


def foreign_text(data: bytes) -> str | None:
    """What a stranger takes for the text that is alone in `data`."""
    reader = StreamReader()
    reader.feed_data(data)
    try:
        frame = run(Frame.parse(reader.read_exact, mask=True))
        text = frame.data.decode()
    except (AssertionError, UnicodeDecodeError, ProtocolError):
        return None
    plain = frame.opcode is Opcode.TEXT and frame.fin and not reader.buffer
    return text if plain else None


@given(MASKED)
def test_a_text_that_comes_alone_is_read_as_a_stranger_reads_it(frame: bytes) -> None:
    assert lone_text(frame) == foreign_text(frame)


@given(st.lists(MASKED, min_size=1, max_size=2).map(b"".join), st.integers(0, 320))
def test_what_is_cut_or_does_not_come_alone_is_none(data: bytes, size: int) -> None:
    assert lone_text(data[:size]) == foreign_text(data[:size])


def masked(first: int, data: bytes, mask: bytes) -> bytes:
    """A short frame as a client sends it, its first byte as given."""
    plain = zip(data, mask * (len(data) // 4 + 1), strict=False)
    return bytes((first, 0x80 | len(data))) + mask + bytes(a ^ b for a, b in plain)


CLOSES = st.builds(
    masked,
    st.sampled_from([0x88, 0x88, 0x88, 0x88, 0x89, 0x08, 0xC8]),
    st.binary(max_size=125) | st.builds(close_payload, st.integers(0, 65535), st.text(max_size=40)),
    st.binary(min_size=4, max_size=4),
)


def foreign_close(data: bytes) -> tuple[int | None, str] | None:
    """What a stranger takes for the Close that is alone in `data`, whatever its code."""
    reader = StreamReader()
    reader.feed_data(data)
    try:
        frame = run(Frame.parse(reader.read_exact, mask=True))
        reason = frame.data[2:].decode()
    except (AssertionError, UnicodeDecodeError, ProtocolError):
        return None
    if frame.opcode is not Opcode.CLOSE or len(frame.data) == 1 or reader.buffer:
        return None
    return (int.from_bytes(frame.data[:2], "big"), reason) if frame.data else (None, "")


@given(CLOSES)
@example(masked(0x88, b"", b"mask"))
@example(masked(0x88, b"\x03", b"mask"))
@example(masked(0x88, b"\x03\xe8\xff", b"mask"))
@example(masked(0x88, b"\x03\xe8", b"mask") + b"\x00")
@example(b"\x88\x00")
@example(b"\x88\x02\x03\xe8\0\0\0\0")
def test_a_close_that_comes_alone_is_read_as_a_stranger_reads_it(frame: bytes) -> None:
    assert lone_close(frame) == foreign_close(frame)


@given(st.lists(CLOSES, min_size=1, max_size=2).map(b"".join), st.integers(0, 260))
def test_a_close_that_is_cut_or_does_not_come_alone_is_none(data: bytes, size: int) -> None:
    assert lone_close(data[:size]) == foreign_close(data[:size])


@pytest.mark.parametrize("size", [125, 126, 127, 128, 65535, 65536])
def test_a_long_text_is_read_to_where_others_have_to(size: int) -> None:
    frame = Frame(Opcode.TEXT, b"x" * size).serialize(mask=True)
    assert lone_text(frame) == ("x" * size if size < 65536 else None)


@pytest.mark.parametrize("head", [b"\x81\xfe\x00\x7c", b"\x81\xfe\x00\x7d", b"\x81\x02", b"\xc1\x82", b"\x81\xff"])
def test_an_odd_head_is_left_to_others(head: bytes) -> None:
    for size in range(140):
        assert lone_text(head + bytes(4) + b"x" * size) is None
