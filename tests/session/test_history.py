"""`history`: forwards and backwards, from a position, within bounds."""

from __future__ import annotations

from hubbub.session.limits import ClientLimits
from tests.session.talk import open_house, talkers


async def test_it_is_read_from_either_end_and_from_a_position() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        for number in range(5):
            ann.say(publish={"channel": "chat:a", "data": number})
        await ann.hear()

        async def read(**query: object) -> list[int]:
            found = (await ann.ask(history={"channel": "chat:a", **query}))["history"]
            assert found["offset"] == 5
            assert len(found["epoch"]) == 8
            return [publication["data"] for publication in found["publications"]]

        assert await read() == []
        assert await read(limit=-1) == [0, 1, 2, 3, 4]
        assert await read(limit=2, since={"offset": 1}) == [1, 2]
        assert await read(limit=2, reverse=True) == [4, 3]
        assert await read(limit=-1, reverse=True, since={"offset": 3}) == [1, 0]


async def test_no_more_is_given_than_the_bound() -> None:
    async with open_house(limits=ClientLimits(history=2)) as shared, talkers(shared, "ann") as (ann,):
        for number in range(5):
            ann.say(publish={"channel": "chat:a", "data": number})
        await ann.hear()
        for limit in (-1, 100):
            found = (await ann.ask(history={"channel": "chat:a", "limit": limit}))["history"]["publications"]
            assert [publication["data"] for publication in found] == [0, 1]


async def test_what_is_wrong_is_an_error() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        for query, code in (
            ({}, 107),
            ({"channel": "plain"}, 108),
            ({"channel": "chat:a", "since": {"epoch": "another"}}, 112),
            ({"channel": "chat:a", "reverse": True, "since": {}}, 107),
        ):
            assert (await ann.ask(history=query))["error"]["code"] == code
