"""Peers that do not read, over every twin: each policy does what it says, and a handler can see what was dropped."""

from __future__ import annotations

import pytest

from hubbub import Closed
from tests.contracts.apps.slow import number_of
from tests.contracts.twins import Client, Twin

COUNT = 200  # of 100 kB each: more than the buffers of kernels and servers hold


async def read_all(client: Client) -> list[int]:
    """The numbers of all that is left, until the end."""
    numbers = []
    try:
        while True:
            numbers.append(number_of(await client.receive()))
    except Closed:
        return numbers


async def test_a_sender_that_waits_loses_nothing(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour/wait?count={COUNT}&key={key}", slow=True) as client:
        assert await read_all(client) == list(range(COUNT))


async def test_the_oldest_are_dropped(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour/drop_oldest?count={COUNT}&key={key}", slow=True) as client:
        assert await twin.fact(key) == "begun"
        told = await twin.fact(key)
        numbers = await read_all(client)
    assert told["dropped"] > 0
    assert len(numbers) == COUNT - told["dropped"]
    assert numbers == sorted(numbers)
    assert numbers[-1] == COUNT - 1


async def test_the_newest_are_dropped(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour/drop_newest?count={COUNT}&key={key}", slow=True) as client:
        assert await twin.fact(key) == "begun"
        told = await twin.fact(key)
        numbers = await read_all(client)
    assert told["dropped"] > 0
    assert len(numbers) == COUNT - told["dropped"]
    assert numbers == sorted(numbers)
    assert numbers[:8] == list(range(8))


async def test_the_newest_of_each_key_is_kept(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour/keep_newest?count={COUNT}&key={key}", slow=True) as client:
        assert await twin.fact(key) == "begun"
        told = await twin.fact(key)
        numbers = await read_all(client)
    assert told["dropped"] > 0
    assert len(numbers) == COUNT - told["dropped"]
    assert set(range(COUNT - 4, COUNT)) <= set(numbers)


async def test_a_slow_reader_is_closed_with_a_code_of_its_own(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour/close?count=100000&key={key}", slow=True) as client:
        facts = [await twin.fact(key)]
        while facts[-1] == "begun":
            facts.append(await twin.fact(key))
        assert facts[-1] == ["TooSlow", 3008]
        numbers = await read_all(client)
        with pytest.raises(Closed, match="3008"):
            await client.receive()
    assert numbers == list(range(len(numbers)))


async def test_sending_without_waiting_is_refused_when_there_is_no_room(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour-nowait?key={key}", slow=True) as client:
        refused = await twin.fact(key)
        received = [number_of(await client.receive()) for _ in range(refused)]
        assert received == list(range(refused))
        await client.send("enough")


@pytest.mark.parametrize("on_lag", ["skip", "newest", "function"])
async def test_a_forwarded_broadcast_tells_a_slow_reader_what_it_says(twin: Twin, key: str, on_lag: str) -> None:
    async with twin.connect(f"/pour-broadcast/{on_lag}?count={COUNT}&key={key}", slow=True) as client:
        assert await twin.fact(key) == "sent"
        missed, last = 0, -1
        while last < COUNT - 1:
            message = await client.receive()
            if isinstance(message, str):
                missed += int(message.removeprefix("missed "))
            else:
                assert number_of(message) > last
                last = number_of(message)
    assert (missed > 0) is (on_lag == "function")


async def test_a_forwarded_broadcast_closes_a_slow_reader(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour-broadcast/close?count={COUNT}&key={key}", slow=True):
        assert await twin.fact(key) == "sent"
        code, _ = await twin.fact(key)
    assert code == 3008
