"""`publish`: as the app approves it, with its sender's info, kept where the channel keeps it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from msgspec import Raw

from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import Published, PublishOptions
from hubbub.channels.namespace import Namespace
from hubbub.publication import ClientInfo
from hubbub.session.hooks import Approval, Grant, Visit
from hubbub.session.session import BURST
from tests.session.standins import OpenHooks
from tests.session.talk import open_house, talkers


class _Editor(OpenHooks):
    def __init__(self, approval: Approval) -> None:
        super().__init__()
        self._approval = approval

    async def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> Approval:
        return self._approval


async def test_the_sender_hears_it_too_behind_the_answer() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        ann.say(publish={"channel": "chat:a", "data": [1, "x"]})
        answer, push = await ann.hear()
        assert answer == {"id": 3, "publish": {}}
        assert push["push"]["pub"]["data"] == [1, "x"]


async def test_the_app_may_change_it_and_keep_it_from_its_sender() -> None:
    hooks = _Editor(Approval(Raw(b'"changed"'), to_others=True))
    async with open_house(hooks) as shared, talkers(shared, "ann", "bob") as (ann, bob):
        await ann.subscribe("chat:a")
        await bob.subscribe("chat:a")
        await ann.hear()
        assert await ann.ask(publish={"channel": "chat:a", "data": 1}) == {"publish": {}}
        (push,) = await bob.hear()
        assert push["push"]["pub"]["data"] == "changed"


async def test_what_skips_the_history_has_no_offset() -> None:
    hooks = _Editor(Approval(Raw(b"1"), skip_history=True))
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        ann.say(publish={"channel": "chat:a", "data": 1})
        _, push = await ann.hear()
        assert "offset" not in push["push"]["pub"]


async def test_without_a_channel_or_data_it_is_a_bad_request() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        assert (await ann.ask(publish={"data": 1}))["error"]["code"] == 107
        assert (await ann.ask(publish={"channel": "chat:a"}))["error"]["code"] == 107
        assert (await ann.ask(publish={"channel": "nowhere:a", "data": 1}))["error"]["code"] == 102


async def test_payloads_are_kept_without_the_frame_that_they_came_in() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.session.receive(['{"id":9,"publish":{"channel":"chat:a","data":"abc"}}' + " " * 500])
        await ann.hear()
        answer = await ann.ask(history={"channel": "chat:a", "limit": -1})
        assert answer["history"]["publications"][0]["data"] == "abc"


class _Options(MemoryBroker):
    def __init__(self) -> None:
        super().__init__()
        self.options: list[PublishOptions] = []

    async def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        self.options.append(options)
        return await super().publish(channel, data, options, info)


async def test_how_long_a_stream_lives_and_whether_patches_may_be_sent_is_the_namespaces_word() -> None:
    kept: dict[str, Any] = {"history_size": 9, "history_ttl": 60, "history_meta_ttl": 600}
    delta = Namespace("delta", allowed_delta_types=("fossil",), delta_publish=True, **kept)
    broker = _Options()
    async with (
        open_house(None, delta, Namespace("kept", **kept), broker=broker) as shared,
        talkers(shared, "a") as (ann,),
    ):
        for channel in ("delta:a", "kept:a"):
            await ann.ask(publish={"channel": channel, "data": 1})
        assert [options.meta_ttl for options in broker.options] == [600, 600]
        assert [options.use_delta for options in broker.options] == [True, False]


def _saying(channel: str, *ids: int) -> str:
    return "\n".join(f'{{"id":{id},"publish":{{"channel":"{channel}","data":{id}}}}}' for id in ids)


class _Open(OpenHooks):
    def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> None:  # type: ignore[override]
        """It may, as it came."""


async def test_what_is_read_at_once_is_acknowledged_in_one_message() -> None:
    async with open_house(_Open()) as shared, talkers(shared, "ann") as (ann,):
        ann.link.sent.clear()
        ann.session.receive([_saying("chat:a", 7, 8), _saying("chat:a", 9)])
        assert ann.link.sent == ['{"id":7,"publish":{}}\n{"id":8,"publish":{}}\n{"id":9,"publish":{}}']


async def test_what_a_burst_says_leaves_before_the_next_one_begins() -> None:
    async with open_house(_Open()) as shared, talkers(shared, "ann") as (ann,):
        await ann.subscribe("chat:a")
        await ann.hear()
        ids = range(7, 7 + BURST + 2)
        ann.session.receive([_saying("chat:a", id) for id in ids])
        said, *told = [line for message in ann.link.sent for line in message.split('\n{"push')]
        assert [json.loads(line)["id"] for line in said.split("\n")] == list(ids[:BURST])
        assert len(told) == BURST
        assert [message["id"] for message in await ann.hear() if "id" in message] == list(ids)


class _Slow(OpenHooks):
    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def publish(self, client: Visit, channel: str, data: Raw, grant: Grant | None) -> Approval:
        if data == Raw(b"8"):
            await self.gate.wait()
        return Approval(data)


async def test_an_acknowledgement_waits_for_no_publication_behind_it() -> None:
    hooks = _Slow()
    async with open_house(hooks) as shared, talkers(shared, "ann") as (ann,):
        ann.link.sent.clear()
        ann.session.receive([_saying("chat:a", 7, 8), _saying("chat:a", 9)])
        assert ann.link.sent == ['{"id":7,"publish":{}}']
        hooks.gate.set()
        assert [message["id"] for message in await ann.hear()] == [7, 8, 9]


async def test_acknowledgements_keep_their_place_among_answers_and_before_the_end() -> None:
    async with open_house() as shared, talkers(shared, "ann") as (ann,):
        ann.link.sent.clear()
        answered = _saying("chat:a", 7) + '\n{"id":8,"rpc":{"data":1}}\n' + _saying("chat:a", 9) + "\n{}"
        ann.session.receive([answered, _saying("chat:a", 10) + '\n{"id":11}'])
        assert ann.link.closed == (3501, "bad request")
        said = [json.loads(line)["id"] for message in ann.link.sent for line in message.split("\n")]
        assert said == [7, 8, 9]
