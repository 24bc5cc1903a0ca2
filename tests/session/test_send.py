"""`send`: it has no id and no answer."""

from __future__ import annotations

from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


async def test_the_app_is_told_and_nobody_answers() -> None:
    hooks = OpenHooks()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(['{"send":{"data":[1]}}'])
        assert await ann.hear() == []
        assert hooks.told == [("message", b"[1]")]


async def test_where_nobody_listens_it_ends_the_connection() -> None:
    hooks = OpenHooks()
    hooks.takes_messages = False
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(['{"send":{"data":[1]}}'])
        assert ann.link.closed == (3508, "not available")
