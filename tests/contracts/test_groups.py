"""Sockets by key over every twin: all get it, the sender aside; who goes is out; who does not read holds up nobody."""

from __future__ import annotations

from tests.contracts.test_slow import COUNT, read_all
from tests.contracts.twins import Client, Twin


async def who(client: Client) -> str | bytes:
    """The group as it is now."""
    await client.send("!who")
    return await client.receive()


async def test_all_but_the_sender_get_it_and_who_goes_is_out(twin: Twin, key: str) -> None:
    async with (
        twin.connect(f"/group/{key}/ann") as ann,
        twin.connect(f"/group/{key}/ann") as tab,
        twin.connect(f"/group/{key}/bob") as bob,
    ):
        for _ in range(3):
            await twin.fact(key)
        await ann.send("hello")
        await ann.send(b"\x00\x01")
        for other in (tab, bob):
            assert [await other.receive(), await other.receive()] == ["hello", b"\x00\x01"]
        assert await who(ann) == "['ann', 'bob'] 3"
        await tab.close()
        await ann.send("!kick")
        assert (await bob.wait_closed()).code == 4001
        answer = await who(ann)
        while answer != "['ann'] 1":  # the ends of the two are heard in their time
            answer = await who(ann)


async def test_what_a_slow_reader_has_no_room_for_is_dropped_and_counted(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pour-group?count={COUNT}&key={key}", slow=True) as client:
        taken, sent, dropped = await twin.fact(key)
        numbers = await read_all(client)
    assert (taken, sent, taken + dropped) == (len(numbers), taken, COUNT)
    assert dropped > 0
    assert numbers == sorted(numbers)
