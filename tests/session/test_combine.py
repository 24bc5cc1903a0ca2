"""Publications that come at once: whatever the app does in between, the outcome is that of one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from hubbub import Client, Hub, Namespace, Refused
from hubbub.brokers.memory import MemoryBroker
from hubbub.channels.broker import History, HistoryQuery, Published, PublishOptions
from hubbub.errors import BrokerError
from hubbub.publication import ClientInfo
from hubbub.session.combine import MAX_BYTES
from hubbub.session.hooks import Approval
from hubbub.session.session import BURST
from tests.session.talk import Talker

ROOM = Namespace("chat", history_size=100, history_ttl=300, force_recovery=True, allow_subscribe_for_client=True)
OPEN = Namespace("open", history_size=100, history_ttl=300, allow_subscribe_for_client=True)
mark: ContextVar[int] = ContextVar("mark", default=0)


class LateBroker(MemoryBroker):
    """Takes its time; what is said to be of no use it refuses."""

    async def publish(
        self, channel: str, data: Raw, options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        return await self.publish_all(channel, [data], options, info)

    async def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Published:
        published = super().publish_all(channel, data, options, info)
        await asyncio.sleep(0)
        if b'"lost"' in map(bytes, data):
            raise BrokerError("not known to have been done")
        return await published

    async def history(self, channel: str, query: HistoryQuery) -> History:
        found = await super().history(channel, query)
        await asyncio.sleep(0)
        return found


def _hub(broker: MemoryBroker) -> Hub:
    hub = Hub([ROOM, OPEN], broker=broker)

    @hub.on_connect
    async def who() -> str:
        return "somebody"

    @hub.on_publish("chat:{room}")
    async def judge(client: Client, room: str, act: str) -> Any:
        match act:
            case "change":
                return {"by": room}
            case "nothing":
                return None
            case "refuse":
                raise Refused(403, "no")
            case "fail":
                raise ValueError("the app's own")
            case "tag":
                return Approval(act, tags={"k": "v"})
            case "loose":
                return Approval(act, skip_history=True)
            case "wait" | "lost":
                await asyncio.sleep(0)
            case "wait and refuse":
                await asyncio.sleep(0)
                raise Refused(403, "no")
            case "look":
                return len((await hub.history(f"chat:{room}", limit=-1)).publications)
            case "say":
                await hub.publish(f"chat:{room}", "the app's")
            case "forget":
                await hub.remove_history(f"chat:{room}")
            case "mark":
                mark.set(mark.get() + 1)
                return mark.get()
            case "cancel":
                task = asyncio.current_task()
                assert task is not None
                task.cancel()
            case "cancelled":
                raise asyncio.CancelledError
            case "options":
                hub.namespaces.change("chat", history_size=101)
            case "tell":
                client.send("told")
            case "leave":
                client.disconnect(4000, "left")
        return act

    return hub


ACTS = [
    *(
        "keep",
        "change",
        "nothing",
        "refuse",
        "fail",
        "tag",
        "loose",
        "wait",
        "wait and refuse",
        "look",
        "say",
        "forget",
    ),
    *("mark", "cancel", "cancelled", "options", "tell", "leave"),
]


async def _hear(talker: Talker) -> list[dict[str, Any]]:
    """Until nothing more comes."""
    heard: list[dict[str, Any]] = []
    while came := await talker.hear():
        heard += came
    return heard


async def _outcome(acts: list[str], sizes: list[int], broker: MemoryBroker) -> tuple[list[Any], list[Any], Any]:
    """What the client was answered, what another heard, and how it ended, when so many commands come at once."""
    hub = _hub(broker)
    async with hub.lifespan(None):
        ann, bob = Talker(hub._shared), Talker(hub._shared)
        for talker in (ann, bob):
            talker.say(connect={})
            await talker.subscribe("chat:1")
            await _hear(talker)
        frames = [
            json.dumps({"id": id, "publish": {"channel": "chat:1", "data": act}}) for id, act in enumerate(acts, 3)
        ]
        answers = []
        while frames:
            size = sizes.pop() if sizes else 1
            ann.session.receive(frames[:size])
            frames = frames[size:]
            heard = await _hear(ann)
            answers += [message for message in heard if "pub" not in message.get("push", {})]
        told = [push["push"]["pub"] for push in await _hear(bob)]
        for pub in told:
            pub.pop("info", None)
        closed = ann.link.closed
        for talker in (ann, bob):
            talker.session.disconnect(3000)
        return answers, told, closed


@settings(max_examples=20)
@given(st.lists(st.sampled_from(ACTS), min_size=1, max_size=12), st.lists(st.integers(1, 12), max_size=12))
@example([act for act in ACTS for _ in (1, 2)], [2 * len(ACTS)])
@example(["keep"] * (2 * BURST + 3) + ["look"], [2 * BURST + 4])
@example(["look"] * (BURST + 3), [BURST + 3])
@pytest.mark.parametrize("broker", [MemoryBroker, LateBroker])
def test_it_is_as_one_by_one(broker: type[MemoryBroker], acts: list[str], sizes: list[int]) -> None:
    assert asyncio.run(_outcome(acts, sizes, broker())) == asyncio.run(_outcome(acts, [], broker()))


async def test_those_of_which_a_broker_does_not_know_are_all_refused() -> None:
    answers, _, _ = await _outcome(["keep", "lost", "keep"], [3], LateBroker())
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, 100, None]
    hub = _hub(LateBroker())
    async with hub.lifespan(None):
        hub.namespaces.change("open", allow_publish_for_client=True)
        ann = Talker(hub._shared)
        ann.say(connect={})
        await ann.subscribe("open:1")
        ann.say(publish={"channel": "open:1", "data": "keep"})
        await ann.hear()
        saying = '{"id":%d,"publish":{"channel":"open:1","data":"%s"}}'
        ann.session.receive([saying % (7, "keep"), saying % (8, "lost"), saying % (9, "keep")])
        answers = [answer for answer in await ann.hear() if "id" in answer]
        assert [(answer["id"], answer["error"]["code"]) for answer in answers] == [(7, 100), (8, 100), (9, 100)]
        ann.session.disconnect(3000)


class _Counting(MemoryBroker):
    def __init__(self) -> None:
        super().__init__()
        self.counts: list[int] = []

    def publish_all(
        self, channel: str, data: Sequence[Raw], options: PublishOptions, info: ClientInfo | None = None
    ) -> Any:
        self.counts.append(len(data))
        return super().publish_all(channel, data, options, info)


async def test_the_broker_is_asked_once_for_all_that_came_at_once_within_bounds() -> None:
    broker = _Counting()
    hub = _hub(broker)
    async with hub.lifespan(None):
        ann = Talker(hub._shared)
        ann.say(connect={})
        await ann.subscribe("chat:1")
        for data, count in [("keep", 3), ("keep", 2 * BURST), ("x" * (MAX_BYTES // 2), 2), ("", 2)]:
            frames = [
                json.dumps({"id": id, "publish": {"channel": "chat:1", "data": data}}) for id in range(9, 9 + count)
            ]
            ann.session.receive(frames)
            assert sum("error" not in answer for answer in await ann.hear() if "id" in answer) == count
        assert broker.counts == [BURST, BURST, 2]  # the first settles how they are made; the large go one by one
        told = hub.node()
        assert (told.num_publications, told.num_deliveries) == (3 + 2 * BURST + 2 + 2,) * 2  # however they are made
        ann.session.disconnect(3000)
