"""The load generator against servers that answer well, oddly and wrongly."""

import asyncio
import json
import zlib
from typing import Any

import pytest

from bench.build import LOAD, LOAD_BUILD, make
from bench.tests.raw_server import Answer, frame, raw_server


@pytest.fixture(scope="module", autouse=True)
def load_generator() -> None:
    assert make(LOAD_BUILD) == ""


async def load(port: int, mode: str, *options: str) -> tuple[int | None, dict[str, Any]]:
    """Runs it for a moment; returns its status and what it printed."""
    words = [mode, "--port", str(port), "--connections", "2", "--seconds", "0.1", "--warmup", "0.05", *options]
    process = await asyncio.create_subprocess_exec(str(LOAD), *words, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return process.returncode, json.loads(output)


def bytewise(payload: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in frame(payload)]


def fragmented(payload: bytes) -> list[bytes]:
    ping = frame(b"in between", opcode=9)
    return [frame(payload[:7], final=False) + ping + frame(b"", 0, final=False) + frame(payload[7:], 0)]


def whole(payload: bytes) -> list[bytes]:
    return [frame(payload)]


@pytest.mark.parametrize("answer", [whole, bytewise, fragmented])
@pytest.mark.parametrize("size", ["64", "126", "1000"])
async def test_a_right_answer_counts_however_it_is_cut(answer: Answer, size: str) -> None:
    if answer is fragmented:
        answer = without_pongs(fragmented)
    async with raw_server(answer) as port:
        status, printed = await load(port, "echo", "--size", size, "--depth", "3")
    assert (status, printed["missing"], printed["surplus"], printed["errors"]) == (0, 0, 0, 0)
    assert printed["per_second"] > 0
    assert printed["p99_us"] >= printed["p50_us"] > 0


def without_pongs(answer: Answer) -> Answer:
    """The pong that each ping brings is not a message."""
    return lambda payload: [] if payload == b"in between" else answer(payload)


def too_long(payload: bytes) -> list[bytes]:
    return [frame(payload + b"!")]


def masked(payload: bytes) -> list[bytes]:
    data = frame(payload)
    return [bytes([data[0], data[1] | 0x80]) + b"\0\0\0\0" + payload]


def compressed(payload: bytes) -> list[bytes]:
    return [frame(payload, opcode=0x41)]


def of_another(payload: bytes) -> list[bytes]:
    return [frame(payload[:11] + b"oooo" + payload[15:])]


def closing(payload: bytes) -> list[bytes]:
    return [frame(b"\x03\xe8", opcode=8)]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (too_long, "wrong_length"),
        (masked, "illegal_frame"),
        (compressed, "illegal_frame"),
        (of_another, "wrong_message"),
        (closing, "closed_early"),
    ],
)
async def test_a_wrong_answer_is_an_error_of_its_kind(answer: Answer, fault: str) -> None:
    async with raw_server(answer) as port:
        status, printed = await load(port, "echo")
    assert status == 1
    assert printed[fault] > 0


async def test_a_lost_message_is_missing() -> None:
    lost = iter([True])

    def losing_one(payload: bytes) -> list[bytes]:
        return [] if next(lost, False) else [frame(payload)]

    async with raw_server(losing_one) as port:
        status, printed = await load(port, "echo", "--depth", "2")
    assert (status, printed["missing"], printed["surplus"]) == (1, 1, 0)


async def test_a_doubled_message_is_surplus() -> None:
    doubled = iter([True])

    def doubling_one(payload: bytes) -> list[bytes]:
        return [frame(payload)] * (2 if next(doubled, False) else 1)

    async with raw_server(doubling_one) as port:
        status, printed = await load(port, "echo", "--depth", "2")
    assert status == 1
    assert printed["surplus"] >= 1


async def test_a_fanout_that_only_echoes_is_missing_the_others() -> None:
    async with raw_server(whole) as port:
        status, printed = await load(port, "fanout", "--publishers", "1")
    assert status == 1
    assert printed["missing"] > 0


async def fanout_of_compressed(answer: Answer) -> tuple[int | None, dict[str, Any]]:
    async with raw_server(answer) as port:
        return await load(port, "fanout", "--connections", "1", "--size", "1000", "--deflate")


async def test_what_is_compressed_is_counted_where_that_was_offered() -> None:
    status, printed = await fanout_of_compressed(lambda payload: [frame(zlib.compress(payload), opcode=0x41)])
    assert (status, printed["missing"], printed["surplus"], printed["errors"]) == (0, 0, 0, 0)
    assert printed["per_second"] > 0
    assert "p99_us" not in printed
    status, printed = await fanout_of_compressed(whole)
    assert (status, printed["errors"]) == (0, 0)


async def test_what_is_compressed_must_be_shorter_and_marked_where_it_may_be() -> None:
    status, printed = await fanout_of_compressed(compressed)
    assert (status, printed["wrong_length"] > 0) == (1, True)
    status, printed = await fanout_of_compressed(lambda payload: [frame(b"", opcode=0x49)])
    assert (status, printed["illegal_frame"]) == (1, 1)


async def test_a_refused_upgrade_is_told() -> None:
    async with raw_server(whole, response=b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
        status, printed = await load(port, "echo")
    assert status == 1
    assert printed["not_upgraded"] > 0


async def test_connects_are_counted() -> None:
    async with raw_server(whole) as port:
        status, printed = await load(port, "connect", "--sources", "4")
    assert (status, printed["errors"]) == (0, 0)
    assert printed["per_second"] > 0


async def test_a_fixed_rate_sends_no_more_than_was_due() -> None:
    async with raw_server(whole) as port:
        status, printed = await load(port, "rate", "--rate", "200")
    assert status == 0
    assert 0 < printed["per_second"] <= 300  # 0.15 s of messages at most, counted within 0.1 s
