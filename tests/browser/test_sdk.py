"""The published JavaScript SDK in Chromium reads what our codecs write, and they read what it writes; in both encodings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw
from playwright.sync_api import Browser, Page

from hubbub.protocol.codec import Codec
from hubbub.protocol.commands import (
    Command,
    ConnectResult,
    HistoryResult,
    Join,
    Leave,
    Message,
    PresenceResult,
    PresenceStatsResult,
    Push,
    Reply,
    RpcResult,
    SubscribeResult,
    Unsubscribe,
)
from hubbub.protocol.json import JSON
from hubbub.protocol.protobuf import PROTOBUF
from hubbub.publication import ClientInfo, Publication

SDK = Path(__file__).parent.parent / "sdk"
BUILDS: list[tuple[str, Codec[Any]]] = [("centrifuge.js", JSON), ("centrifuge.protobuf.js", PROTOBUF)]
DRIVE = Path(__file__).with_name("sdk.js").read_text(encoding="utf-8").split("\n", 1)[1].rstrip().rstrip(";")


def payload(value: object) -> Raw:
    """JSON, as an app publishes it."""
    return Raw(json.dumps(value, ensure_ascii=False, indent=1).encode())


ANNA = ClientInfo("anna", "c2", payload({"name": "Anna"}), payload("é"))
ANNA_SEEN = {"user": "anna", "client": "c2", "connInfo": {"name": "Anna"}, "chanInfo": "é"}
STORY = "Ein naïver Café-Besitzer 😀 zählt „Übergänge“. " * 3
TOLD: list[Any] = [
    {"story": STORY, "n": "é"},
    {"story": STORY, "n": "è"},
    {"story": STORY.replace("😀", "😁"), "n": "è"},
    "short",
    STORY + "\u2028\n" + STORY,
    STORY + "\u2029\n" + STORY,
    [STORY] * 20,
    [STORY] * 10 + [None] + [STORY] * 10,
]


def publications(codec: Codec[Any]) -> Iterator[Publication]:
    """What is told to a subscriber that has negotiated delta."""
    before = None
    for offset, value in enumerate(TOLD, 1):
        data = payload(value)
        yield codec.delta(Publication(data, ANNA, offset, {"mood": "good"}), before)
        before = data


def frames(codec: Codec[Any]) -> list[Any]:
    """The answers to what the SDK sends: all to its first frame, none to its pong, then one to each of its calls."""
    subscribed = SubscribeResult(epoch="e", positioned=True, recoverable=True, delta=True, data=payload({"topic": 1}))
    opening = [
        codec.reply(Reply(1, connect=ConnectResult("c1", "hubbub", ping=25, pong=True, data=payload([1])))),
        codec.ping,
        codec.reply(Reply(2, subscribe=subscribed)),
        codec.push(Push("news", join=Join(ANNA))),
        *codec.publications("news", list(publications(codec))),
        codec.push(Push("news", leave=Leave(ANNA))),
        codec.push(Push(message=Message(payload("psst")))),
    ]
    history = [Publication(payload(1), None, 2), Publication(payload(2), ANNA, 3)]
    return [
        codec.join(opening),
        None,  # to the pong
        codec.published([3]),
        codec.reply(Reply(4, presence=PresenceResult({"c2": ANNA}))),
        codec.reply(Reply(5, presence_stats=PresenceStatsResult(2, 1))),
        codec.reply(Reply(6, history=HistoryResult(history, "e", 3))),
        codec.join(
            [
                codec.reply(Reply(7, rpc=RpcResult(payload(3)))),
                codec.push(Push("news", unsubscribe=Unsubscribe(2000, "server unsubscribe"))),
            ]
        ),
    ]


@pytest.fixture(scope="module", params=BUILDS, ids=lambda build: build[1].name)
def talk(request: pytest.FixtureRequest, browser: Browser) -> Iterator[tuple[Codec[Any], dict[str, Any]]]:
    """What the SDK sent and saw."""
    build, codec = request.param
    page: Page = browser.new_page()
    page.add_script_tag(path=SDK / build)
    answers = [list(frame) if isinstance(frame, bytes) else frame for frame in frames(codec)]
    yield codec, page.evaluate(DRIVE, {"protocol": codec.name, "frames": answers})
    page.close()


def test_the_sdk_sees_every_publication_whole(talk: tuple[Codec[Any], dict[str, Any]]) -> None:
    codec, told = talk
    seen = [context for event, context in told["seen"] if event == "publication"]
    assert [publication["data"] for publication in seen] == TOLD
    assert [int(publication["offset"]) for publication in seen] == list(range(1, len(TOLD) + 1))
    assert [publication["info"] for publication in seen] == [ANNA_SEEN] * len(TOLD)
    assert seen[0]["tags"] == {"mood": "good"}
    assert [publication.delta for publication in publications(codec)] == [
        False,
        True,
        True,
        False,
        False,
        True,
        True,
        True,
    ]


def test_the_sdk_sees_all_else_that_is_pushed(talk: tuple[Codec[Any], dict[str, Any]]) -> None:
    _, told = talk
    events = [(event, context) for event, context in told["seen"] if event != "publication"]
    assert [event for event, _ in events] == ["connected", "subscribed", "join", "leave", "message", "unsubscribed"]
    connected, subscribed, join, leave, message, unsubscribed = (context for _, context in events)
    assert (connected["client"], connected["data"]) == ("c1", [1])
    assert (subscribed["positioned"], subscribed["recoverable"], subscribed["data"]) == (True, True, {"topic": 1})
    assert join["info"] == leave["info"] == ANNA_SEEN
    assert message == {"data": "psst"}
    assert (unsubscribed["code"], unsubscribed["reason"]) == (2000, "server unsubscribe")


def test_the_sdk_reads_every_reply(talk: tuple[Codec[Any], dict[str, Any]]) -> None:
    _, told = talk
    published, presence, stats, history, sum_ = told["results"]
    assert published == {}
    member = presence["clients"]["c2"]
    assert [member[key] for key in ("user", "client", "conn_info", "chan_info")] == list(ANNA_SEEN.values())
    assert stats == {"numClients": 2, "numUsers": 1}
    assert [publication["data"] for publication in history["publications"]] == [1, 2]
    assert (history["epoch"], int(history["offset"])) == ("e", 3)
    assert sum_ == {"data": 3}


def test_we_read_every_command(talk: tuple[Codec[Any], dict[str, Any]]) -> None:
    codec, told = talk
    sent = [codec.decode(frame if isinstance(frame, str) else bytes(frame)) for frame in told["sent"]]
    (connect, subscribe), (pong,), (publish,), (presence,), (stats,), (history,), (rpc,) = sent
    assert (connect.id, subscribe.id, publish.id, rpc.id) == (1, 2, 3, 7)
    assert connect.connect is not None
    assert connect.connect.name == "js"
    assert pong == Command()
    assert subscribe.subscribe is not None
    assert (subscribe.subscribe.channel, subscribe.subscribe.delta) == ("news", "fossil")
    assert subscribe.subscribe.positioned
    assert subscribe.subscribe.join_leave
    assert publish.publish is not None
    assert (publish.publish.channel, json.loads(bytes(publish.publish.data))) == ("news", {"text": "hi"})
    assert presence.presence is not None
    assert stats.presence_stats is not None
    assert history.history is not None
    assert history.history.since is not None
    assert (history.history.limit, history.history.since.offset, history.history.since.epoch) == (10, 1, "e")
    assert rpc.rpc is not None
    assert (rpc.rpc.method, json.loads(bytes(rpc.rpc.data))) == ("add", [1, 2])


@pytest.mark.parametrize("build", [build for build, _ in BUILDS])
def test_the_builds_are_those_that_were_published(build: str) -> None:
    digest = hashlib.sha256((SDK / build).read_bytes()).hexdigest()
    assert f"| {digest} |" in (SDK / "README.md").read_text(encoding="utf-8")
