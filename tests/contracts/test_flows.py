"""Splitting, forwarding, selecting and broadcasting, over every twin: nothing is lost, and nothing is left running."""

from __future__ import annotations

import pytest

from tests.contracts.twins import Twin


async def test_the_halves_are_used_by_tasks_of_their_own(twin: Twin) -> None:
    async with twin.connect("/split") as client:
        await client.send("hello")
        received = [await client.receive() for _ in range(4)]
        assert received == ["0", "1", "2", "and got 'hello'"]
        ended = await client.wait_closed()
        assert (ended.code, ended.reason) == (4000, "split")


async def test_an_echo_by_forwarding_keeps_kinds_and_order(twin: Twin) -> None:
    messages = [str(n) if n % 3 else b"%d" % n for n in range(300)]
    async with twin.connect("/forward-echo") as client:
        for message in messages:
            await client.send(message)
        assert [await client.receive() for _ in messages] == messages
        await client.send("x" * 500_000)
        assert await client.receive() == "x" * 500_000
        await client.close()


async def test_forwarding_into_a_function_calls_it_in_order_until_it_fails(twin: Twin) -> None:
    async with twin.connect("/forward-to-function") as client:
        await client.send("a")
        await client.send(b"b")
        assert [await client.receive(), await client.receive()] == ["got 'a'", "got b'b'"]
        await client.send("fail")
        assert (await client.wait_closed()).code == 1011


async def test_a_chat_reaches_all_who_are_in_the_room_and_forgets_who_left(twin: Twin, key: str) -> None:
    async with twin.connect(f"/chat/{key}?key={key}") as first:
        assert await first.receive() == "joined"
        async with twin.connect(f"/chat/{key}?key={key}") as second:
            assert await second.receive() == "joined"
            for number in range(50):
                await first.send(f"first {number}")
                await second.send(f"second {number}")
            heard = [[await client.receive() for _ in range(100)] for client in (first, second)]
            assert heard[0] == heard[1]
            assert [word for word in heard[0] if str(word).startswith("first")] == [f"first {n}" for n in range(50)]
            await second.close()
        assert await twin.fact(key) == 1
        await first.send("still here")
        assert await first.receive() == "still here"
        await first.close()
    assert await twin.fact(key) == 0


async def test_a_task_may_read_a_broadcast_while_others_are_forwarded(twin: Twin, key: str) -> None:
    async with twin.connect(f"/chat/{key}") as chatting, twin.connect(f"/read-broadcast/{key}") as reading:
        assert [await chatting.receive(), await reading.receive()] == ["joined", "joined"]
        for number in range(5):
            await chatting.send(str(number))
        assert [await reading.receive() for _ in range(5)] == [f"read {number}" for number in range(5)]


async def test_wrapped_values_of_a_broadcast_arrive_unwrapped(twin: Twin, key: str) -> None:
    async with twin.connect(f"/wrapped-broadcast/{key}") as client:
        assert [await client.receive(), await client.receive()] == ["wrapped", "plain"]


@pytest.mark.parametrize("how", ["result", "peer", "exception"])
async def test_the_first_of_a_select_to_end_ends_the_others(twin: Twin, key: str, how: str) -> None:
    async with twin.connect(f"/select/{how}?key={key}") as client:
        if how == "peer":
            await client.close()
        assert await twin.fact(key) == "cleaned up"
        if how == "exception":
            assert (await client.wait_closed()).code == 1011
        else:
            assert await twin.fact(key) == ("result" if how == "result" else None)
