"""Who is connected, by id and by user; the options of a channel."""

from __future__ import annotations

import pytest

from hubbub import Refused
from tests.session.talk import open_house, talkers


async def test_clients_are_found_by_id_and_by_user_while_they_are_connected() -> None:
    async with open_house() as shared:
        async with talkers(shared, "ann", "ann", "bob") as (one, other, bob):
            assert set(shared.users["ann"]) == {one.session.id, other.session.id}
            one.session.on_closed(3000, "")
            assert set(shared.users["ann"]) == {other.session.id}
            assert set(shared.users) == {"ann", "bob"}
            assert shared.sessions[bob.session.id] is bob.session
        assert not shared.users


async def test_a_namespace_that_is_not_there_is_an_unknown_channel() -> None:
    async with open_house() as shared:
        assert shared.namespace_of("chat:a").presence
        with pytest.raises(Refused) as raised:
            shared.namespace_of("nowhere:a")
        assert raised.value.code == 102
