"""Frames, good and bad: a row for each, and each row however its bytes arrive."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.app import MAX
from tests.faults.conftest import Victim
from tests.faults.wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Wire,
    close_payload,
    fragments,
    frame,
    frame_head,
)
from tests.faults.witness import MIB, memory_grows_by_less_than

TIB = 1 << 40
RSV1, RSV2, RSV3 = 4, 2, 1


def unmasked(opcode: int, payload: bytes) -> bytes:
    """A frame as only a server may send it."""
    return frame_head(opcode, len(payload), masked=False) + payload


def open_message(payload: bytes = b"a") -> bytes:
    """A message of which there is more to come."""
    return frame(TEXT, payload, fin=False)


# name, bytes, close code
FAULTS: list[tuple[str, bytes, int]] = [
    ("unmasked text", unmasked(TEXT, b"hello"), 1002),
    ("unmasked ping", unmasked(PING, b""), 1002),
    ("unmasked close", unmasked(CLOSE, close_payload(1000)), 1002),
    ("RSV1", frame(TEXT, b"a", rsv=RSV1), 1002),
    ("RSV2", frame(TEXT, b"a", rsv=RSV2), 1002),
    ("RSV3", frame(BINARY, b"a", rsv=RSV3), 1002),
    ("RSV1 on a ping", frame(PING, rsv=RSV1), 1002),
    ("RSV1 on a continuation", open_message() + frame(CONTINUATION, b"b", rsv=RSV1), 1002),
    *((f"opcode {opcode:x}", frame(opcode, b"a"), 1002) for opcode in (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)),
    ("a ping in fragments", frame(PING, b"a", fin=False), 1002),
    ("a close in fragments", frame(CLOSE, close_payload(1000), fin=False), 1002),
    ("a ping of 126 bytes", frame(PING, 126 * b"a"), 1002),
    ("a pong of 126 bytes", frame(PONG, 126 * b"a"), 1002),
    ("a close of 126 bytes", frame(CLOSE, close_payload(1000, 124 * b"a")), 1002),
    ("length 2^63", frame_head(TEXT, 1 << 63), 1002),
    ("length 2^64 - 1", frame_head(BINARY, (1 << 64) - 1), 1002),
    ("1 TiB", frame_head(BINARY, TIB), 1009),
    ("1 TiB to continue with", open_message() + frame_head(CONTINUATION, TIB), 1009),
    ("a byte too many", frame_head(BINARY, MAX + 1), 1009),
    ("5 bytes with a length of 16 bits", frame(TEXT, b"hello", form=126), 1002),
    ("125 bytes with a length of 16 bits", frame(TEXT, 125 * b"a", form=126), 1002),
    ("5 bytes with a length of 64 bits", frame(TEXT, b"hello", form=127), 1002),
    ("300 bytes with a length of 64 bits", frame(TEXT, 300 * b"a", form=127), 1002),
    ("a continuation of nothing", frame(CONTINUATION, b"a"), 1002),
    ("a continuation of what was whole", frame(TEXT, b"a") + frame(CONTINUATION, b"a"), 1002),
    ("text inside a message", open_message() + frame(TEXT, b"a"), 1002),
    ("binary inside a message", open_message() + frame(BINARY, b"a"), 1002),
    ("bad UTF-8", frame(TEXT, b"\xff"), 1007),
    ("a surrogate", frame(TEXT, b"\xed\xa0\x80"), 1007),
    ("an overlong form", frame(TEXT, b"\xc0\xaf"), 1007),
    ("beyond Unicode", frame(TEXT, b"\xf4\x90\x80\x80"), 1007),
    ("half a character", frame(TEXT, "\N{EURO SIGN}".encode()[:2]), 1007),
    ("half a character in fragments", fragments(TEXT, [b"a", "\N{EURO SIGN}".encode()[:2]]), 1007),
    ("bad UTF-8 in the midst of fragments", open_message() + frame(CONTINUATION, b"\xff", fin=False), 1007),
    *((f"close code {code}", frame(CLOSE, close_payload(code)), 1002)
      for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)),
    ("close of one byte", frame(CLOSE, b"\x03"), 1002),
    ("close with a reason of bad UTF-8", frame(CLOSE, close_payload(1000, b"\xff")), 1007),
]  # fmt: skip

# name, bytes, echo
GOOD: list[tuple[str, bytes, bytes]] = [
    ("nothing", frame(TEXT), b""),
    *((f"{size} bytes", frame(BINARY, size * b"a"), size * b"a") for size in (1, 125, 126, 127, 65535, 65536)),
    ("as much as allowed", frame(BINARY, MAX * b"a"), MAX * b"a"),
    ("as much as allowed, in fragments", fragments(BINARY, 16 * [MAX // 16 * b"a"]), MAX * b"a"),
    ("a character over two fragments", fragments(TEXT, ["\N{EURO SIGN}".encode()[:1], "\N{EURO SIGN}".encode()[1:]]),
     "\N{EURO SIGN}".encode()),
    ("empty fragments", fragments(TEXT, [b"", b"a", b"", b"b", b""]), b"ab"),
    ("a mask of zeros", b"\x81\x85\0\0\0\0hello", b"hello"),
    ("a pong that nobody asked for", frame(PONG, b"x") + frame(TEXT, b"a"), b"a"),
]  # fmt: skip

CLOSES = [None, 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]


def at_once(wire: Wire, data: bytes) -> None:
    """All in one segment."""
    wire.send(data)


def byte_by_byte(wire: Wire, data: bytes) -> None:
    """Each byte in a segment of its own, and so each header split at each of its bytes; the long rest at once."""
    wire.send_in(1, data[:100]).send(data[100:])


WAYS: list[Callable[[Wire, bytes], None]] = [at_once, byte_by_byte]


@pytest.mark.parametrize("path", ["/echo", "/forward"])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "data", "code"), FAULTS, ids=[name for name, *_ in FAULTS])
def test_a_fault_ends_the_connection_with_its_code(
    victim: Victim, name: str, data: bytes, code: int, way: Callable[[Wire, bytes], None], path: str
) -> None:
    with victim.open(path) as wire:
        way(wire, data)
        assert wire.closed() == code
        assert victim.monitor.wait_for_end(wire)[0] == code, "the handler is told the same"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "data", "echo"), GOOD, ids=[name for name, *_ in GOOD])
def test_what_is_allowed_is_taken(
    victim: Victim, name: str, data: bytes, echo: bytes, way: Callable[[Wire, bytes], None]
) -> None:
    with victim.open() as wire:
        way(wire, data)
        assert wire.message() == echo
        assert wire.finish() == 1000


@pytest.mark.parametrize("code", CLOSES)
def test_a_close_is_answered_with_its_code(victim: Victim, code: int | None) -> None:
    with victim.open() as wire:
        wire.send(frame(CLOSE, b"" if code is None else close_payload(code, b"bye")))
        assert wire.closed() == code
        assert victim.monitor.wait_for_end(wire)[:2] == [code or 1005, "bye" if code else ""]


def test_a_message_too_big_in_fragments_ends_with_1009(victim: Victim) -> None:
    with victim.open() as wire:
        wire.send(fragments(BINARY, 17 * [MAX // 16 * b"a"]))
        assert wire.closed() == 1009


def test_a_terabyte_is_refused_before_it_comes_and_nothing_is_set_aside(victim: Victim) -> None:
    with memory_grows_by_less_than(MIB, victim.pid), victim.open() as wire:
        assert wire.send(frame_head(BINARY, TIB)).closed() == 1009


def test_pings_are_answered_inside_a_fragmented_message(victim: Victim) -> None:
    with victim.open() as wire:
        wire.send(open_message(b"a"), frame(PING, b"now"), frame(CONTINUATION, b"b"))
        assert (wire.frame().opcode, wire.message()) == (PONG, b"ab")


AFTER = [
    ("a fault", frame(TEXT, b"before") + frame(TEXT, b"a", rsv=RSV1)),
    ("bad UTF-8", frame(TEXT, b"before") + frame(TEXT, b"\xff")),
    ("a fault in a fragment", frame(TEXT, b"before") + frame(CONTINUATION, b"a")),
    ("a close", frame(TEXT, b"before") + frame(CLOSE, close_payload(1000))),
]


@pytest.mark.parametrize(("name", "data"), AFTER, ids=[name for name, _ in AFTER])
def test_what_came_before_is_heard_and_what_comes_after_is_not(victim: Victim, name: str, data: bytes) -> None:
    with victim.open("/record") as wire:
        wire.send(data, frame(TEXT, b"after"), open_message(b"after"), frame(CONTINUATION, b"after"))
        assert wire.closed() in (1000, 1002, 1007)
        assert victim.monitor.ask("received") == ["before"]


@pytest.mark.parametrize(("name", "data"), AFTER, ids=[name for name, _ in AFTER])
def test_what_came_before_is_passed_on_and_what_comes_after_is_not(victim: Victim, name: str, data: bytes) -> None:
    with victim.open("/talk") as other, victim.open("/talk") as wire:
        wire.send(data, frame(TEXT, b"after"))
        assert other.message() == b"before"
        wire.closed()
        other.echo(b"the next")


def test_a_ping_behind_a_fault_is_not_answered(victim: Victim) -> None:
    with victim.open() as wire:
        wire.send(frame(TEXT, b"a", rsv=RSV1), frame(PING, b"after"))
        assert wire.frame().opcode == CLOSE
        assert wire.rest() == b""


SECOND = [
    ("another close", frame(CLOSE, close_payload(1001))),
    ("a reserved opcode", frame(3)),
    ("bytes of no meaning", b"\xff\xff\xff\xff"),
    ("text", frame(TEXT, b"after")),
]


@pytest.mark.parametrize(("name", "data"), SECOND, ids=[name for name, _ in SECOND])
def test_a_close_counts_whatever_follows_in_the_same_segment(victim: Victim, name: str, data: bytes) -> None:
    with victim.open() as wire:
        wire.send(frame(CLOSE, close_payload(4001, b"bye")), data)
        assert wire.closed() == 4001
        assert victim.monitor.wait_for_end(wire)[:2] == [4001, "bye"]
