"""The messenger over the wire: keys that make a message once, marks in all tabs, moderators; and how much its page weighs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from hubbub import testing
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonClient, PythonSdk
from tests.serving import Server, serve

KEY = "a-key-of-this-test"
LIGHT = 100 * 1024
PATH = "/connection/websocket"


@pytest.fixture(scope="module")
def messenger() -> Iterator[Server]:
    """The messenger, with its API."""
    with serve("examples.messenger:app", env={"MESSENGER_API_KEY": KEY}) as server:
        yield server


def enter(server: Server, name: str, moderator: bool = False) -> str:
    """A token."""
    answer = httpx2.post(server.url("/enter", "http"), json={"name": name, "moderator": moderator})
    return str(answer.raise_for_status().json()["token"])


def order(server: Server, **data: Any) -> Any:
    """What the API says to it."""
    answer = httpx2.post(
        server.url("/api/rpc", "http"), headers={"X-API-Key": KEY}, json={"method": "moderate", "params": data}
    )
    return answer.raise_for_status().json()


class Somebody:
    """A person in a tab."""

    def __init__(self, client: PythonClient, told: dict[str, Any]) -> None:
        self.client = client
        self.user: str = told["user"]
        self.name: str = told["name"]
        self.told = told

    async def call(self, method: str, **data: Any) -> Any:
        return (await self.client.call("rpc", method, data)).get("data")

    async def say(self, text: str, key: str, room: str = "lobby") -> int:
        return int((await self.call("say", room=room, key=key, text=text))["offset"])


async def come(people: PythonSdk, url: str, token: str) -> Somebody:
    """Somebody who has come in by a token."""
    client = await people.make(url, token=token)
    await client.connect()
    return Somebody(client, (await client.ears.until("connected"))["data"])


async def test_a_message_that_is_sent_twice_is_said_once(messenger: Server, people: PythonSdk) -> None:
    ann = await come(people, messenger.url(PATH), enter(messenger, " Ann "))
    ears = await ann.client.subscribe("room:lobby")
    await ears.until("subscribed")
    first = await ann.say("hello", "k1")
    assert await ann.say("hello", "k1") == first
    assert await ann.say("and on", "k2") == first + 1
    heard = await ears.data(2)
    assert [(each["text"], each["name"], each["user"]) for each in heard] == [
        ("hello", "Ann", ann.user),
        ("and on", "Ann", ann.user),
    ]
    assert heard[0]["id"] == f"{ann.user}.k1"


async def test_what_was_said_while_one_was_away_comes(messenger: Server, people: PythonSdk) -> None:
    bob = await come(people, messenger.url(PATH), enter(messenger, "Bob"))
    async with testing.proxy(messenger.port) as line:
        ann = await come(people, line.url(PATH), enter(messenger, "Ann"))
        ears = await ann.client.subscribe("room:garden")
        await ears.until("subscribed")
        line.refuse()
        line.cut()
        for number in range(20):
            await bob.say(f"{number}", f"k{number}", "garden")
        await ears.until("subscribing")
        line.heal()
        assert [each["text"] for each in await ears.data(20)] == [f"{number}" for number in range(20)]


async def test_history_comes_in_pages(messenger: Server, people: PythonSdk) -> None:
    ann = await come(people, messenger.url(PATH), enter(messenger, "Ann"))
    await (await ann.client.subscribe("room:kitchen")).until("subscribed")
    top = [await ann.say(f"{number}", f"p{number}", "kitchen") for number in range(5)][-1]
    page = await ann.client.call("history", "room:kitchen", {"limit": 2, "reverse": True})
    assert [each["data"]["text"] for each in page["publications"]] == ["4", "3"]
    since = {"offset": top - 1, "epoch": page["epoch"]}
    page = await ann.client.call("history", "room:kitchen", {"limit": 2, "reverse": True, "since": since})
    assert [each["data"]["text"] for each in page["publications"]] == ["2", "1"]


async def test_a_person_has_read_in_all_tabs_what_was_read_in_one(messenger: Server, people: PythonSdk) -> None:
    token = enter(messenger, "Ann")
    tabs = [await come(people, messenger.url(PATH), token) for _ in range(2)]
    assert tabs[0].user == tabs[1].user
    await tabs[0].call("read", room="lobby", offset=7)
    for tab in tabs:
        told = await tab.client.ears.until("publication")
        assert (told["channel"], told["data"]) == (f"me:#{tab.user}", {"read": {"lobby": 7}})
    await tabs[1].call("read", room="lobby", offset=3)  # a tab that is behind
    assert (await tabs[0].client.ears.until("publication"))["data"] == {"read": {"lobby": 7}}
    later = await come(people, messenger.url(PATH), token)
    assert later.told["read"] == {"lobby": 7}


async def test_a_name_is_one_persons_as_long_as_it_is_here(messenger: Server, people: PythonSdk) -> None:
    names = [(await come(people, messenger.url(PATH), enter(messenger, name))).name for name in ("Eve", "eve", "Eve")]
    assert names == ["Eve", "eve 2", "Eve 3"]


async def test_one_person_joins_once_and_types_for_the_others(messenger: Server, people: PythonSdk) -> None:
    ann = await come(people, messenger.url(PATH), enter(messenger, "Ann"))
    ears = await ann.client.subscribe("here:garden")
    await ears.until("subscribed")
    token = enter(messenger, "Bob")
    for _ in range(2):
        bob = await come(people, messenger.url(PATH), token)
        await (await bob.client.subscribe("here:garden")).until("subscribed")
    await bob.client.call("publish", "here:garden", {"anything": 1})
    heard = await ears.until("publication")
    assert (heard["data"], heard["info"]["user"], heard["info"]["conn_info"]["name"]) == ({}, bob.user, "Bob")
    clients = (await ann.client.call("presence", "here:garden"))["clients"].values()
    assert sorted(info["conn_info"]["name"] for info in clients) == ["Ann", "Bob", "Bob"]
    assert [event for event, _ in ears.rest() if event == "join"] == []
    with pytest.raises(SdkError, match="enter the room first"):
        await bob.client.call("publish", "here:lobby", {})


async def test_moderators_mute_and_remove_and_others_do_not(messenger: Server, people: PythonSdk) -> None:
    mod = await come(people, messenger.url(PATH), enter(messenger, "Mod", moderator=True))
    bob = await come(people, messenger.url(PATH), enter(messenger, "Bob"))
    ears = await bob.client.subscribe("room:lobby")
    await ears.until("subscribed")
    with pytest.raises(SdkError, match="moderators may do that"):
        await bob.call("moderate", do="mute", user=mod.user)
    await bob.say("rubbish", "r1")
    await mod.call("moderate", do="remove", room="lobby", message=f"{bob.user}.r1")
    assert (await ears.data(2))[1] == {"remove": f"{bob.user}.r1"}
    await mod.call("moderate", do="mute", user=bob.user)
    assert (await bob.client.ears.until("publication"))["data"]["muted"] > 0
    for call in (bob.say("more", "r2"), bob.call("react", room="lobby", to="x", sign="❤️")):
        with pytest.raises(SdkError) as refused:
            await call
        assert (refused.value.code, refused.value.message) == (403, "you are muted for 5 min")


async def test_a_backend_moderates_by_the_api(messenger: Server, people: PythonSdk) -> None:
    token = enter(messenger, "Bob")
    bob = await come(people, messenger.url(PATH), token)
    assert order(messenger, do="mute", user=bob.user, seconds=60) == {"result": {"data": None}}
    with pytest.raises(SdkError, match="you are muted for 1 min"):
        await bob.say("hello", "m1")
    assert order(messenger, do="mute", user="nobody")["error"] == {"code": 404, "message": "there is no such user"}
    assert "do" in order(messenger, do="praise")["error"]["message"]
    order(messenger, do="expel", user=bob.user)
    gone = (4501, "a moderator has removed you")
    ended = await bob.client.ears.until("disconnected")
    assert (ended["code"], ended["reason"]) == gone
    again = await people.make(messenger.url(PATH), token=token)
    await again.connect()
    ended = await again.ears.until("disconnected")
    assert (ended["code"], ended["reason"]) == gone
    answer = httpx2.post(messenger.url("/api/rpc", "http"), json={"method": "moderate", "params": {"do": "expel"}})
    assert answer.status_code == 401


@pytest.mark.parametrize("token", ["", "rubbish", "e30.e30.e30"])
async def test_who_has_not_entered_is_not_let_in(messenger: Server, people: PythonSdk, token: str) -> None:
    client = await people.make(messenger.url(PATH), token=token)
    await client.connect()
    ended = await client.ears.until("disconnected")
    assert (ended["code"], ended["reason"]) == (4500, "enter first")


@pytest.mark.parametrize(
    ("method", "data"),
    [
        ("say", {"room": "cellar", "key": "k", "text": "hello"}),
        ("say", {"room": "lobby", "key": "not a key", "text": "hello"}),
        ("say", {"room": "lobby", "key": "k", "text": " "}),
        ("react", {"room": "lobby", "to": "x", "sign": "<b>"}),
        ("read", {"room": "lobby", "offset": -1}),
    ],
)
async def test_what_is_wrong_is_refused(messenger: Server, people: PythonSdk, method: str, data: Any) -> None:
    ann = await come(people, messenger.url(PATH), enter(messenger, "Ann"))
    with pytest.raises(SdkError) as refused:
        await ann.call(method, **data)
    assert refused.value.code == 107


def test_the_first_page_is_light(messenger: Server) -> None:
    """All that it loads before anybody has entered, as compressed as it comes."""
    seen, left = {}, [""]
    while left:
        path = left.pop()
        with httpx2.stream("GET", messenger.url(f"/{path}", "http"), headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.status_code == 200, path
            body = b"".join(answer.iter_raw())
            seen[path] = len(body)
        text = httpx2.get(messenger.url(f"/{path}", "http")).text
        left += [each for each in wanted(path, text) if each not in seen and each not in left]
    assert {"shared/centrifuge.js", "shared/page.css", "shared/colors.css", "room.js", "messenger.css"} <= set(seen)
    assert sum(seen.values()) < LIGHT
    assert seen["shared/centrifuge.js"] < LIGHT / 3


def wanted(path: str, text: str) -> list[str]:
    """What a file loads, from the page's folder."""
    folder = path.rpartition("/")[0]
    if path == "":
        return re.findall(r'(?:src|href)="([\w/.]+\.(?:js|css|svg))"', text)
    found = re.findall(r'^import .* from "\./([\w/.]+)"|@import url\("([\w.]+)"\)', text, re.MULTILINE)
    return [f"{folder}/{name}".lstrip("/") for pair in found for name in pair if name]
