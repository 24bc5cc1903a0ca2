"""Actors over every twin: they answer, find one another, fail and end, and a peer that does not read stops no timer."""

from __future__ import annotations

import pytest

from tests.contracts.twins import Twin


async def test_text_and_binary_are_echoed(twin: Twin, key: str) -> None:
    async with twin.connect(f"/actor/{key}") as client:
        await client.send("hello")
        await client.send(b"\x00\x01")
        assert [await client.receive(), await client.receive()] == ["hello", b"\x00\x01"]


async def test_they_tell_one_another_something_by_address(twin: Twin, key: str) -> None:
    async with twin.connect(f"/actor/{key}") as ann, twin.connect(f"/actor/{key}") as bob:
        for number, client in enumerate((ann, bob), 1):
            await client.send("join")
            assert await client.receive() == f"you are {number}"
        await ann.send("say hello")
        assert [await ann.receive(), await bob.receive()] == ["hello", "hello"]
        await bob.close()
        assert (await twin.fact(key))[0] == "stopped"
        await ann.send("ask who is left?")
        assert {await ann.receive(), await ann.receive()} == {"who is left?", "1 heard it"}


async def test_a_service_that_fails_goes_on_and_who_asked_hears_of_it(twin: Twin, key: str) -> None:
    async with twin.connect(f"/actor/{key}") as client:
        await client.send("join")
        assert await client.receive() == "you are 1"
        await client.send("ask fail")
        assert await client.receive() == "Hall stopped or failed before it replied"
        await client.send("say still there?")
        assert await client.receive() == "still there?"


@pytest.mark.parametrize(("word", "code"), [("stop", 1000), ("fail", 1011)])
async def test_its_end_is_the_sockets(twin: Twin, key: str, word: str, code: int) -> None:
    async with twin.connect(f"/actor/{key}") as client:
        await client.send(word)
        assert (await client.wait_closed()).code == code
    assert await twin.fact(key) == ["stopped", None]


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_the_sockets_end_is_its(twin: Twin, key: str, how: str) -> None:
    async with twin.connect(f"/actor/{key}") as client:
        await client.send("hello")
        assert await client.receive() == "hello"
        if how == "close":
            await client.close(4000)
        else:
            client.abort()
        word, code = await twin.fact(key)
    assert word == "stopped"
    assert code is not None


async def test_it_hears_pings(native_twin: Twin, key: str) -> None:
    async with native_twin.connect(f"/actor/{key}") as client:
        await client.send("are you there?")
        assert await client.receive() == "are you there?"
        await client.ping()
        assert (await native_twin.fact(key))[0] == "ping"


async def test_a_peer_that_does_not_read_holds_up_no_timer_and_no_stop(twin: Twin, key: str) -> None:
    async with twin.connect(f"/fountain?key={key}", slow=True) as client:
        await client.send("pour")
        assert await twin.fact(key) == [5, True]
        assert await twin.fact(key) == "stopped"
