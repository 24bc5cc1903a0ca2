"""Little that inflates to much: it is found as it inflates, and never is there more of it than one message may have."""

from __future__ import annotations

import zlib

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import BINARY, CLOSE, CONTINUATION, PING, TEXT, Wire, close_payload, fragments, frame
from tests.faults.witness import MIB, cpu_grows_by_less_than, memory_grows_by_less_than
from tests.serving import wait_until

OFFER = "Sec-WebSocket-Extensions: permessage-deflate"
RSV1 = 4


def deflated(data: bytes, times: int = 1) -> bytes:
    """`data`, compressed; so many times one behind the other in one message."""
    stream = zlib.compressobj(9, wbits=-15)
    return ((stream.compress(data) + stream.flush(zlib.Z_FULL_FLUSH)) * times)[:-4]


def opened(victim: Victim, path: str = "/deflate") -> Wire:
    """A connection on which compression was agreed on."""
    return victim.open(path, OFFER)


LARGE = deflated(bytes(MIB), 256)
"""A quarter of a megabyte, and 256 MiB in it."""

SMALL = deflated(bytes(4096))


def test_the_bombs_are_what_they_are_said_to_be() -> None:
    assert len(LARGE) < 270_000
    assert len(SMALL) <= 22


def test_a_large_one(victim: Victim) -> None:
    with memory_grows_by_less_than(5 * MIB, victim.pid), opened(victim) as wire:
        assert wire.send(frame(BINARY, LARGE, rsv=RSV1)).closed() == 1009


def test_a_large_one_in_fragments(victim: Victim) -> None:
    with memory_grows_by_less_than(5 * MIB, victim.pid), opened(victim) as wire:
        wire.send(frame(TEXT, LARGE[:1000], fin=False, rsv=RSV1))
        for start in range(1000, len(LARGE), 1000):
            wire.send(frame(CONTINUATION, LARGE[start : start + 1000], fin=False))
        assert wire.closed() == 1009


def test_a_small_one_under_a_small_limit(victim: Victim) -> None:
    with opened(victim, "/deflate_little") as wire:
        assert wire.send(frame(BINARY, SMALL, rsv=RSV1)).closed() == 1009


@pytest.mark.parametrize("size", [128, 129])
def test_the_limit_is_that_of_the_message_and_not_of_what_is_sent(victim: Victim, size: int) -> None:
    with opened(victim, "/deflate_little") as wire:
        wire.send(frame(BINARY, deflated(bytes(size)), rsv=RSV1))
        if size > 128:
            assert wire.closed() == 1009
        else:
            assert wire.send(frame(PING, b"?")).finish() == 1000


def test_many_that_are_just_small_enough_wait_as_they_are(victim: Victim) -> None:
    """Two hundred times 1 MiB, to a handler that is busy: there is never more of it than an inbox holds."""
    victim.monitor.ask("close the gate")
    with memory_grows_by_less_than(8 * MIB, victim.pid), opened(victim, "/deflate_pile") as wire:
        message = frame(BINARY, deflated(bytes(MIB)), rsv=RSV1)
        wire.send(message)
        assert wire.message() == b"%d" % MIB
        wire.send(message * 200, frame(CLOSE, close_payload(1000)))
        victim.monitor.ask("open the gate")
        assert wire.closed() == 1000
    wait_until(lambda: victim.monitor.ask("received") == [f"200 of {200 * MIB}"])


@pytest.mark.parametrize(
    "data",
    [b"\x03\x00" * 30_000, b"\x00\x00\x00\xff\xff" * 200_000 + b"\x00", deflated(b"a", 100_000)],
    ids=["last blocks", "empty blocks", "blocks of a byte"],
)
def test_what_is_tedious_to_inflate(victim: Victim, data: bytes) -> None:
    with cpu_grows_by_less_than(1.0, victim.pid), opened(victim) as wire:
        wire.send(frame(BINARY, data, rsv=RSV1), frame(PING, b"still there?"))
        wire.frame()


def test_nothing_in_a_hundred_thousand_fragments(victim: Victim) -> None:
    with memory_grows_by_less_than(4 * MIB, victim.pid), opened(victim) as wire:
        data = frame(TEXT, b"", fin=False, rsv=RSV1) + 300_000 * frame(CONTINUATION, fin=False)
        assert wire.send(data).closed() == 1009


def test_what_is_not_compressed_costs_its_sender(victim: Victim) -> None:
    for data in (b"\xff" * 100, deflated(b"hello")[:-2], b""):
        with opened(victim) as wire:
            assert wire.send(frame(TEXT, data, rsv=RSV1)).closed() == 1007


def test_fragments_of_a_byte(victim: Victim) -> None:
    data = deflated(b"hello")
    with opened(victim) as wire:
        whole = fragments(TEXT, [data[at : at + 1] for at in range(len(data))])
        wire.send(bytes((whole[0] | RSV1 << 4,)) + whole[1:])
        assert wire.message() == b"hello"


def test_ten_thousand_offers(victim: Victim) -> None:
    with cpu_grows_by_less_than(0.5, victim.pid):
        for offers in ("permessage-deflate; x," * 1000, "permessage-deflate; " + "x;" * 14_000, ',;="\\' * 5000):
            with victim.connect() as wire:
                wire.open("/deflate", f"Sec-WebSocket-Extensions: {offers}").echo()


def test_without_an_agreement_nothing_is_compressed(victim: Victim) -> None:
    for path, offer in (("/deflate", "X-Nothing: 1"), ("/echo", OFFER)):
        with victim.open(path, offer) as wire:
            assert wire.send(frame(TEXT, deflated(b"hello"), rsv=RSV1)).closed() == 1002


def test_only_the_first_frame_of_a_message_is_marked(victim: Victim) -> None:
    data = deflated(b"hello")
    for opcode, rest in ((CONTINUATION, data[3:]), (PING, b""), (CLOSE, b"")):
        with opened(victim) as wire:
            wire.send(frame(TEXT, data[:3], fin=False, rsv=RSV1))
            assert wire.send(frame(opcode, rest, rsv=RSV1)).closed() == 1002
