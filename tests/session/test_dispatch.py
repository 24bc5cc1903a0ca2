"""From a command to its slice: what is no command ends the connection, what fails is answered."""

from __future__ import annotations

import pytest

from hubbub import Closed, Hub, Namespace, Refused, Verifier, testing
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
        ann.session.receive([frame])
        assert ann.link.closed == (3501, "bad request")
        assert await bob.ask(rpc={"data": 1}) == {"rpc": {"data": 1}}


async def test_what_follows_the_end_in_a_frame_is_not_done() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(['{"id":2}\n{"id":3,"subscribe":{"channel":"chat:a"}}'])
        assert not shared.node.rooms
        assert await ann.hear() == []


async def test_the_log_tells_why_a_client_is_denied(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "hubbub.denied")
    hub = Hub([Namespace("chat"), Namespace("news", allow_subscribe_for_client=True)], anonymous=True)
    async with testing.hub_client(hub) as ann:
        for channel in ("chat:a", "news:a", "nowhere:a"):
            with pytest.raises(Refused):
                await ann.subscribe(channel)
        with pytest.raises(Refused):
            await ann.rpc("add", 1)
    said = [record.getMessage().split(") ", 1)[1] for record in caplog.records]
    nobody = "no @hub.on_subscribe is for this channel, and no option allow_subscribe_for_... and no token allows it"
    nameless = "of a client without a name allow_subscribe_for_anonymous is asked too"
    assert said == [
        f"subscribe chat:a denied with 103: {nobody}; {nameless}",
        f"subscribe news:a denied with 103: {nobody}; {nameless}",
        "subscribe nowhere:a denied with 102: unknown channel",
        "rpc add denied with 108: not available",
    ]


async def test_the_log_tells_why_a_client_may_not_connect(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "hubbub.denied")
    for hub, token in ((Hub(), ""), (Hub(), "x"), (Hub(tokens=Verifier("k" * 32)), "x")):
        with pytest.raises(Closed):
            async with testing.hub_client(hub, token=token):
                pass
    said = [
        record.getMessage().split(" denied with ")[1] for record in caplog.records if record.name == "hubbub.denied"
    ]
    assert said == [
        "3501: it brought no token, there is no @hub.on_connect, and the hub is not anonymous=True",
        "3500: nothing judges tokens: Hub(tokens=Verifier(...)), or @hub.on_connect",
        "3500: a token has three parts between dots, not 1",
    ]
