"""The load generator as a client of the client protocol, against servers that answer well, oddly and wrongly."""

import asyncio
import json
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from bench.build import LOAD, LOAD_BUILD, make
from bench.tests.raw_server import frame, raw_server

INFO = '"info":{"user":"someone","client":"b7f5"}'


@pytest.fixture(scope="module", autouse=True)
def load_generator() -> None:
    assert make(LOAD_BUILD) == ""


class Room:
    """One channel; `push` may be spoiled."""

    def __init__(self, push: Callable[[str, int], str] | None = None, ack: str = '{"id":%d,"publish":{}}') -> None:
        self._push = push or plain
        self._ack = ack
        self._offsets = count(1)
        self._texts: list[str] = []
        self.pongs = 0

    def answer(self, payload: bytes) -> list[bytes]:
        """What comes back for a frame of commands, in one frame, and a ping."""
        lines = [line for command in payload.split(b"\n") for line in self.lines(json.loads(command))]
        return [frame("\n".join(lines).encode())] if lines else []

    def lines(self, command: dict[str, Any]) -> Iterator[str]:
        """What comes back for a command."""
        if not command:
            self.pongs += 1
        elif "connect" in command:
            yield f'{{"id":{command["id"]},"connect":{{"client":"b7f5","version":"0","ping":25,"pong":true}}}}'
        elif "subscribe" in command:
            recovered = self.recovered(command["subscribe"])
            yield f'{{"id":{command["id"]},"subscribe":{{"recoverable":true,"epoch":"abcd"{recovered}}}}}'
        else:
            text = command["publish"]["data"]["text"]
            self._texts.append(text)
            yield self._ack % command["id"]
            yield self._push(text, next(self._offsets))
            yield "{}"

    def recovered(self, request: dict[str, Any]) -> str:
        """Everything, where that is asked."""
        if not request.get("recover") or request["epoch"] != "abcd" or request["offset"] != 0:
            return ""
        texts = ",".join(
            f'{{"data":{{"text":"{text}"}},"offset":{number}}}' for number, text in enumerate(self._texts, 1)
        )
        return f',"publications":[{texts}],"recovered":true,"offset":{len(self._texts)}'


def plain(text: str, offset: int) -> str:
    return f'{{"push":{{"channel":"bench","pub":{{"data":{{"text":"{text}"}},{INFO},"offset":{offset}}}}}}}'


def otherwise(text: str, offset: int) -> str:
    """The same in another order."""
    return f'{{"push":{{"pub":{{{INFO},"offset":{offset},"data":{{"text":"{text}"}}}},"channel":"bench"}}}}'


def without_offset(text: str, offset: int) -> str:
    return f'{{"push":{{"channel":"bench","pub":{{"data":{{"text":"{text}"}}}}}}}}'


async def load(room: Room, mode: str, *options: str, cut: int = 0) -> tuple[int | None, dict[str, Any]]:
    """Runs it for a moment; returns its status and what it printed. `cut` is how many bytes are written at once."""

    def answer(payload: bytes) -> list[bytes]:
        whole = b"".join(room.answer(payload))
        return [whole[at : at + cut] for at in range(0, len(whole), cut)] if cut else [whole]

    words = [mode, "--connections", "1", "--seconds", "0.1", "--warmup", "0.05", *options]
    async with raw_server(answer) as port:
        process = await asyncio.create_subprocess_exec(
            str(LOAD), *words, "--port", str(port), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        output, _ = await process.communicate()
    return process.returncode, json.loads(output)


@pytest.mark.parametrize("cut", [0, 7])
@pytest.mark.parametrize("push", [plain, otherwise, without_offset])
async def test_what_is_published_and_comes_back_counts_however_it_is_cut(
    push: Callable[[str, int], str], cut: int
) -> None:
    room = Room(push)
    status, printed = await load(room, "publish", "--window", "3", cut=cut)
    assert (status, printed["missing"], printed["surplus"], printed["errors"]) == (0, 0, 0, 0)
    assert printed["per_second"] > 0
    assert printed["p99_us"] >= printed["p50_us"] > 0
    assert room.pongs > 0


def too_long(text: str, offset: int) -> str:
    return plain(text + "!", offset)


def of_another(text: str, offset: int) -> str:
    return plain(text[:16] + "PPPPPPPP" + text[24:], offset)


def with_a_gap(text: str, offset: int) -> str:
    return plain(text, offset + (offset > 1))


def twice(text: str, offset: int) -> str:
    return plain(text, offset) + "\n" + plain(text, offset)


def no_publication(text: str, offset: int) -> str:
    return '{"push":{"channel":"bench","join":{"info":{"user":"","client":"b7f5"}}}}'


@pytest.mark.parametrize(
    ("push", "fault"),
    [
        (too_long, "wrong_length"),
        (of_another, "wrong_message"),
        (with_a_gap, "wrong_message"),
        (twice, "wrong_message"),
        (no_publication, "wrong_message"),
    ],
)
async def test_a_wrong_push_is_an_error_of_its_kind(push: Callable[[str, int], str], fault: str) -> None:
    status, printed = await load(Room(push), "publish", "--window", "2")
    assert status == 1
    assert printed[fault] > 0


async def test_a_publication_that_is_not_acknowledged_is_missing() -> None:
    status, printed = await load(Room(ack="{}"), "publish")
    assert status == 1
    assert printed["missing"] > 0


async def test_a_refusal_is_told() -> None:
    room = Room(ack='{"id":%d,"error":{"code":103,"message":"permission denied"}}')
    status, printed = await load(room, "publish")
    assert (status, printed["refused"]) == (1, 1)


async def test_joins_are_counted() -> None:
    status, printed = await load(Room(), "join", "--connections", "2", "--sources", "2")
    assert (status, printed["missing"], printed["errors"]) == (0, 0, 0)
    assert printed["per_second"] > 0


async def test_a_join_must_recover_all_that_was_missed() -> None:
    status, printed = await load(Room(), "join", "--missed", "10")
    assert (status, printed["missing"], printed["errors"]) == (0, 0, 0)
    assert printed["per_second"] > 0
    forgetful = Room()
    forgetful._texts = [""]  # one more than was missed
    status, printed = await load(forgetful, "join", "--missed", "10")
    assert status == 1
    assert printed["wrong_message"] > 0


async def test_those_who_only_listen_have_joined() -> None:
    status, printed = await load(Room(), "listen", "--connections", "3")
    assert (status, printed["errors"]) == (0, 0)
