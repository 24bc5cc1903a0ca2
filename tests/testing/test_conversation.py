"""Conversations as files: written, read again, compared, played from either side."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from hubbub import Misuse, Upgrade, testing
from hubbub.testing import Conversation, Said

TEXTS = st.text() | st.builds(json.dumps, st.dictionaries(st.text(), st.integers() | st.floats() | st.text()))
HELLO = (Said("client", "hello"), Said("server", "you said hello"))


async def parrot(upgrade: Upgrade) -> None:
    async with upgrade.accept() as socket:
        async for message in socket:
            await socket.send(f"you said {message}" if isinstance(message, str) else message)


@given(st.lists(st.builds(Said, st.sampled_from(["client", "server"]), TEXTS | st.binary())))
def test_a_conversation_comes_back_from_its_lines(said: list[Said]) -> None:
    lines = [str(one) for one in said]
    assert not any("\n" in line for line in lines)
    assert [Said.parse(line) for line in lines] == said


def test_its_file_can_be_read_by_people(tmp_path: Path) -> None:
    said = (
        Said("client", '{"op":"add","n":[1,2.0]}'),
        Said("server", '{"sum": 3}'),
        Said("server", "é"),
        Said("client", b"\x00\xff"),
    )
    path = tmp_path / "folder" / "talk.jsonl"
    Conversation(said).save(path)
    assert path.read_text().splitlines() == [
        '{"from": "client", "json": {"op": "add", "n": [1, 2.0]}}',
        '{"from": "server", "json": {"sum": 3}, "wide": true}',
        '{"from": "server", "text": "é"}',
        '{"from": "client", "hex": "00ff"}',
    ]
    assert Conversation.load(path).said == said


@pytest.mark.parametrize("line", ["nonsense", "[]", "{}", '{"from": "server"}', '{"from": "me", "text": "a"}', "1"])
def test_what_is_no_conversation_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "talk.jsonl"
    path.write_text(f"{HELLO[0]}\n{line}\n")
    with pytest.raises(Misuse, match="line 2"):
        Conversation.load(path)


async def talk(path: Path, *words: str) -> None:
    async with testing.connect(Upgrade.app(parrot)) as client, testing.record(client, path) as recorder:
        for word in words:
            await recorder.send(word)
            await recorder.receive()


async def test_the_first_time_writes_and_later_times_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "talk.jsonl"
    await talk(path, "hello")
    assert Conversation.load(path).said == HELLO
    await talk(path, "hello")
    with pytest.raises(AssertionError) as caught:
        await talk(path, "hello", "again")
    assert '+{"from": "client", "text": "again"}' in str(caught.value)
    assert Conversation.load(path).said == HELLO
    monkeypatch.setenv("HUBBUB_RECORD", "1")
    await talk(path, "again")
    assert len(Conversation.load(path).said) == 2


async def test_a_failed_test_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    with pytest.raises(TypeError):
        async with testing.connect(Upgrade.app(parrot)) as client, testing.record(client, path) as recorder:
            await recorder.send(None)  # type: ignore[arg-type]  # which is no message
    assert not path.exists()


async def test_what_differs_each_time_is_cleaned(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    for word in ("time 1", "time 2"):
        async with testing.connect(Upgrade.app(parrot)) as client:
            async with testing.record(client, path, clean=lambda data: str(data)[:-1]) as recorder:
                await recorder.send(word)
                assert await recorder.receive() == f"you said {word}"
    assert Conversation.load(path).said[1] == Said("server", "you said time ")


async def test_it_is_played_again_to_the_server() -> None:
    async with testing.connect(Upgrade.app(parrot)) as client:
        await testing.replay(client, Conversation(HELLO))
        with pytest.raises(AssertionError, match="you said hello"):
            await testing.replay(client, Conversation((HELLO[0], Said("server", "hello yourself"))))


async def test_it_is_played_again_to_a_client_of_another_library(tmp_path: Path) -> None:
    path = tmp_path / "talk.jsonl"
    Conversation(HELLO).save(path)
    failures: list[BaseException | None] = []

    async def play(connection: ServerConnection) -> None:
        played = await asyncio.gather(testing.replay(connection, path, as_server=True), return_exceptions=True)
        failures.extend(played)

    async with serve(play, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with connect(url) as client:
            await client.send("hello")
            assert await client.recv() == "you said hello"
        async with connect(url) as client:
            await client.send("good day")
            await client.wait_closed()
    assert failures[0] is None
    assert isinstance(failures[1], AssertionError)


async def test_a_server_that_says_nothing_is_told_of() -> None:
    async with testing.connect(Upgrade.app(parrot)) as client:
        with pytest.raises(TimeoutError, match=r'waited 0\.05 s for {"from": "server", "text": "good day"}'):
            await testing.replay(client, Conversation((Said("server", "good day"),)), timeout=0.05)


async def test_what_cannot_receive_is_a_misuse() -> None:
    class Mute:
        async def send(self, message: object) -> None: ...

    with pytest.raises(Misuse, match="neither receive"):
        await testing.replay(Mute(), Conversation((HELLO[1],)))
