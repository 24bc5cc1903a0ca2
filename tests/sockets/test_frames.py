"""Frames, judged by a foreign parser of them: that of the `websockets` package."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.frames import Close as ForeignClose
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from hubbub import Binary, Close, Data, Message, Ping, Pong, Text
from hubbub.codes import cut_reason
from hubbub.sockets.frames import MAX_CONTROL, close_frame, close_payload, control_frame, encode, encode_block

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
