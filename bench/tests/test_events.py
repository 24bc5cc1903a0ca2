"""The load generator for server-sent events against servers that answer well, oddly and wrongly."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.build import LOAD_EVENTS, LOAD_EVENTS_BUILD, make

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\n\r\n"

# What a stream gets for one posted text: the chunks that are written, one write each.
Answer = Callable[[bytes], list[bytes]]


@pytest.fixture(scope="module", autouse=True)
def load_generator() -> None:
    assert make(LOAD_EVENTS_BUILD) == ""


@asynccontextmanager
async def raw_server(answer: Answer, head: bytes = HEAD) -> AsyncIterator[int]:
    """Serves on a free port, which it yields."""
    streams: list[asyncio.StreamWriter] = []

    async def publish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
        while request.startswith(b"POST"):
            length = int(request.lower().partition(b"content-length:")[2].partition(b"\r")[0])
            text = await reader.readexactly(length)
            for chunk in answer(text):
                for stream in streams:
                    stream.write(chunk)
                    await stream.drain()
            writer.write(EMPTY)
            request = await reader.readuntil(b"\r\n\r\n")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            if request.startswith(b"GET"):
                streams.append(writer)
                writer.write(head)
                await reader.read()
            await publish(reader, writer, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def load(port: int) -> tuple[int | None, dict[str, Any]]:
    """Runs it for a moment; returns its status and what it printed."""
    words = ["--port", str(port), "--connections", "2", "--seconds", "0.1", "--warmup", "0.05"]
    process = await asyncio.create_subprocess_exec(str(LOAD_EVENTS), *words, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return process.returncode, json.loads(output)


def whole(text: bytes) -> list[bytes]:
    return [b"data: " + text + b"\nid: 7\n\n"]


def bytewise(text: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in whole(text)[0]]


@pytest.mark.parametrize("answer", [whole, bytewise])
async def test_a_right_answer_counts_however_it_is_cut(answer: Answer) -> None:
    async with raw_server(answer) as port:
        status, printed = await load(port)
    assert (status, printed["missing"], printed["surplus"], printed["errors"]) == (0, 0, 0, 0)
    assert printed["per_second"] > 0
    assert printed["p99_us"] >= printed["p50_us"] > 0


async def test_a_lost_event_is_missing() -> None:
    lost = iter([True])
    async with raw_server(lambda text: [] if next(lost, False) else whole(text)) as port:
        status, printed = await load(port)
    assert (status, printed["missing"]) == (1, 2)


async def test_a_doubled_event_is_surplus() -> None:
    async with raw_server(lambda text: whole(text) * 2) as port:
        status, printed = await load(port)
    assert status == 1
    assert printed["surplus"] > 0
    assert printed["wrong_message"] > 0


async def test_a_refused_stream_is_told() -> None:
    async with raw_server(whole, head=b"HTTP/1.1 406 Not Acceptable\r\n\r\n") as port:
        status, printed = await load(port)
    assert status == 1
    assert printed["refused"] > 0
