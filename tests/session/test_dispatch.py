"""From a command to its slice: what is no command ends the connection, what fails is answered."""

from __future__ import annotations

import pytest

from hubbub.protocol.commands import Command
from hubbub.session.dispatch import SLICES
from tests.session.talk import open_house, talkers


def test_every_request_of_the_protocol_has_its_slice_but_pings() -> None:
    assert set(SLICES) == {name for name in Command.__struct_fields__ if name not in ("id", "ping")}


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "no json",
        "[1]",
        '{"id":7}',
        '{"id":7,"ping":{}}',
        '{"subscribe":{"channel":"chat:a"}}',
        '{"id":7,"unknown":{}}',
        '{"id":-1,"rpc":{}}',
        "[" * 5000,
    ],
)
async def test_what_is_no_command_ends_the_connection(frame: str) -> None:
    async with open_house() as shared, talkers(shared, "ann", "bob") as (ann, bob):
        ann.session.receive(frame, True)
        assert ann.link.closed == (3501, "bad request")
        assert await bob.ask(rpc={"data": 1}) == {"rpc": {"data": 1}}


async def test_what_follows_the_end_in_a_frame_is_not_done() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive('{"id":2}\n{"id":3,"subscribe":{"channel":"chat:a"}}', True)
        assert not shared.node.rooms
        assert await ann.hear() == []
