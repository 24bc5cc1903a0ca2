"""The load generator of the HTTP API against servers that answer well, oddly and wrongly."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from bench.build import LOAD_API, LOAD_API_BUILD, make

RESULT = {"result": {"offset": 1, "epoch": "abcd"}}

# What goes back for one request: status and body.
Answer = Callable[[Any], tuple[int, Any]]


@pytest.fixture(scope="module", autouse=True)
def load_generator() -> None:
    assert make(LOAD_API_BUILD) == ""


async def load(answer: Answer, *options: str, cut: int = 0) -> tuple[int | None, dict[str, Any], list[Any]]:
    """Runs it for a moment; returns its status, what it printed, and what it sent."""
    sent: list[Any] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
                assert "x-api-key: bench\r\n" in head
                length = int(head.partition("content-length:")[2].partition("\r")[0])
                sent.append(json.loads(await reader.readexactly(length)))
                status, body = answer(sent[-1])
                said = json.dumps(body, separators=(",", ":")).encode()
                whole = b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%s" % (status, len(said), said)
                for at in range(0, len(whole), cut or len(whole)):
                    writer.write(whole[at : at + (cut or len(whole))])
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        words = ["--port", str(server.sockets[0].getsockname()[1]), "--seconds", "0.1", "--warmup", "0.05"]
        process = await asyncio.create_subprocess_exec(str(LOAD_API), *words, *options, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
    return process.returncode, json.loads(output), sent


def one(said: Any) -> tuple[int, Any]:
    return 200, RESULT


def batch(said: Any) -> tuple[int, Any]:
    return 200, {"replies": [{"publish": {"offset": 1}} for _ in said["commands"]]}


@pytest.mark.parametrize("cut", [0, 7])
async def test_publications_count_however_the_answer_is_cut(cut: int) -> None:
    status, printed, sent = await load(one, "--connections", "2", "--size", "64", cut=cut)
    assert (status, printed["missing"], printed["errors"]) == (0, 0, 0)
    assert printed["p99_us"] >= printed["p50_us"] > 0
    assert {json.dumps(each) for each in sent} == {json.dumps({"channel": "bench:1", "data": {"text": "x" * 64}})}


async def test_each_of_a_batch_counts() -> None:
    status, printed, sent = await load(batch, "--batch", "5", "--connections", "1", "--warmup", "0.001")
    assert (status, printed["errors"], printed["batch"]) == (0, 0, 5)
    assert {len(each["commands"]) for each in sent} == {5}
    published = printed["per_second"] * printed["seconds"]  # both are rounded
    assert len(sent) < published < 5.1 * len(sent)


@pytest.mark.parametrize(
    ("answer", "options", "fault"),
    [
        (lambda said: (401, {}), (), "refused"),
        (lambda said: (200, {"error": {"code": 102}}), (), "wrong_message"),
        (lambda said: (200, {"replies": [{"publish": {}}]}), ("--batch", "2"), "wrong_message"),
        (lambda said: (200, {"replies": [{"publish": {}}, {"error": {}}]}), ("--batch", "2"), "wrong_message"),
    ],
)
async def test_a_wrong_answer_is_an_error_of_its_kind(answer: Answer, options: tuple[str, ...], fault: str) -> None:
    status, printed, _ = await load(answer, "--connections", "1", *options)
    assert status == 1
    assert printed[fault] > 0
