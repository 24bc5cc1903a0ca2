"""Channels watched from a terminal: the speech by itself, and a whole conversation with one `hubbub serve`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.server import ServerConnection, serve

from hubbub.cli.call.place import Place
from hubbub.cli.call.post import post
from hubbub.cli.terminal.backoff import FullJitter
from hubbub.cli.terminal.channels import Channels, position_of
from hubbub.cli.terminal.exits import Exit
from hubbub.cli.terminal.render import Look
from hubbub.cli.terminal.session import Talk
from hubbub.errors import Misuse
from hubbub.publication import Position
from tests.cli.conftest import Run
from tests.cli.terminal.conversation import Conversation, Told
from tests.serving import Server
from tests.standalone.conftest import KEY, SECRET, standalone, token, write

# The speech by itself


def said(frames: Any) -> list[Any]:
    return [json.loads(frame) for frame in frames]


def opened(speech: Channels, **result: Any) -> list[Any]:
    """Connected; gives what is asked then."""
    (connect,) = said(speech.opened())
    answer = {"id": connect["id"], "connect": {"client": "c1", "version": "x", "pong": True, **result}}
    return said(speech.heard(json.dumps(answer)).answers)


def test_who_one_is_comes_first_and_then_each_channel() -> None:
    speech = Channels(["a", "b"], token="t1", data='{"x": 1.50}', recover=True)
    (connect,) = speech.opened()
    assert json.loads(connect) == {"id": 1, "connect": {"token": "t1", "data": {"x": 1.5}, "name": "hubbub"}}
    assert b"1.50" in connect.encode() if isinstance(connect, str) else False
    assert not speech.is_ready
    subscribes = said(speech.heard('{"id":1,"connect":{"client":"c"}}').answers)
    wish = {"recoverable": True, "join_leave": True}
    assert subscribes == [
        {"id": 2, "subscribe": {"channel": "a", **wish}},
        {"id": 3, "subscribe": {"channel": "b", **wish}},
    ]
    assert not speech.is_ready
    speech.heard('{"id":2,"subscribe":{}}\n{"id":3,"subscribe":{}}')
    assert speech.is_ready


def test_pings_are_answered_where_that_is_asked() -> None:
    speech = Channels(["a"])
    assert speech.heard("{}").answers == []
    opened(speech)
    assert speech.heard("{}").answers == ["{}"]


def test_what_is_typed_is_published_as_json_or_as_text() -> None:
    speech = Channels(["a", "b"])
    for typed, data in (
        ("hello", "hello"),
        ('{"n":\n1}', {"n": 1}),
        ("12", 12),
        ('"12"', "12"),
        ("NaN", "NaN"),
        (b"x", "x"),
    ):
        assert "\n" not in str(frame := speech.said(typed))
        assert json.loads(frame)["publish"] == {"channel": "a", "data": data}
    with pytest.raises(Misuse, match="bytes cannot be published"):
        speech.said(b"\xff")
    assert speech.ended() == ["6 publications have no answer: they may be lost"]
    assert speech.ended() == []


def test_what_is_shown_to_eyes_and_to_programs() -> None:
    speech = Channels(["a"])
    opened(speech)
    pub = '{"push":{"channel":"a","pub":{"data":{"x":1.50},"info":{"user":"ann","client":"c2"},"offset":7}}}'
    (shown,) = speech.heard(pub).shown
    assert (shown.mark, shown.text, shown.counts) == ("< a 7 ann", '{"x":1.50}', True)
    assert b"1.50" in str(shown.line).encode()
    assert json.loads(shown.line)["pub"]["offset"] == 7
    (shown,) = speech.heard('{"push":{"channel":"a","join":{"info":{"user":"ann","client":"c2"}}}}').shown
    assert (shown.mark, shown.text, shown.counts) == ("+ a", '{"user":"ann","client":"c2"}', False)
    (shown,) = speech.heard('{"push":{"channel":"a","leave":{"info":{"user":"","client":"c2"}}}}').shown
    assert shown.mark == "- a"
    (shown,) = speech.heard('{"push":{"message":{"data":1}}}').shown
    assert (shown.mark, shown.text) == ("< message", "1")


def test_it_goes_on_from_where_it_was() -> None:
    speech = Channels(["a"])
    opened(speech)
    assert speech.heard('{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":3}}').notices == [
        "a: subscribed, on from 3"
    ]
    speech.heard('{"push":{"channel":"a","pub":{"data":1,"offset":4}}}')
    speech.ended()
    (subscribe,) = opened(speech)
    wish = {"channel": "a", "recover": True, "offset": 4, "epoch": "e", "join_leave": True}
    assert subscribe["subscribe"] == wish
    answer = {"recoverable": True, "epoch": "e", "offset": 4, "was_recovering": True, "recovered": True}
    pubs = [{"data": 5, "offset": 5}, {"data": 6, "offset": 6}]
    heard = speech.heard(json.dumps({"id": subscribe["id"], "subscribe": {**answer, "publications": pubs}}))
    assert heard.notices == ["a: recovered: 2 missed"]
    assert [shown.text for shown in heard.shown] == ["5", "6"]
    speech.ended()
    (subscribe,) = opened(speech)
    assert subscribe["subscribe"]["offset"] == 6
    answer = {**answer, "epoch": "f", "offset": 9, "recovered": False}
    heard = speech.heard(json.dumps({"id": subscribe["id"], "subscribe": answer}))
    assert heard.errors == ["a: recovered: false: what was missed is not known; on from 9"]


def test_what_cannot_be_recovered_is_said() -> None:
    speech = Channels(["a"])
    opened(speech)
    assert speech.heard('{"id":2,"subscribe":{}}').notices == ["a: subscribed"]
    speech.ended()
    (subscribe,) = opened(speech)
    assert "recover" not in subscribe["subscribe"]
    heard = speech.heard(f'{{"id":{subscribe["id"]},"subscribe":{{}}}}')
    assert heard.notices == ["a: subscribed again; what was missed is not known"]


def test_recovery_that_is_asked_for_and_not_to_be_had_is_an_error() -> None:
    for how, told in (({"recover": True}, "without recovery"), ({"since": Position(3)}, "recovered: false")):
        speech = Channels(["a"], **how)
        opened(speech)
        (error,) = speech.heard('{"id":2,"subscribe":{}}').errors
        assert told in error


def test_what_the_server_has_subscribed_is_watched_too() -> None:
    speech = Channels(["a"])
    (asked,) = opened(speech, subs={"#ann": {"recoverable": True, "epoch": "e", "offset": 2}, "old": {"epoch": "e"}})
    assert asked["subscribe"]["channel"] == "a"
    speech.heard('{"push":{"channel":"later","subscribe":{"recoverable":true,"epoch":"e","offset":1}}}')
    speech.ended()
    (connect,) = said(speech.opened())
    wish = {"recover": True, "epoch": "e"}
    assert connect["connect"]["subs"] == {
        "#ann": {"channel": "#ann", "offset": 2, **wish},
        "old": {"channel": "old"},
        "later": {"channel": "later", "offset": 1, **wish},
    }
    speech.heard(json.dumps({"id": connect["id"], "connect": {"client": "c", "subs": {"#ann": {}}}}))
    speech.ended()
    assert list(said(speech.opened())[0]["connect"]["subs"]) == ["#ann"]


@pytest.mark.parametrize(("code", "comes_back"), [(2000, False), (2500, True), (2502, True)])
def test_an_unsubscribe_is_heeded(code: int, comes_back: bool) -> None:
    speech = Channels(["a"])
    opened(speech)
    speech.heard('{"id":2,"subscribe":{}}')
    heard = speech.heard(json.dumps({"push": {"channel": "a", "unsubscribe": {"code": code, "reason": "why"}}}))
    assert bool(heard.answers) is comes_back
    assert (heard.end is None) is comes_back
    assert f"a: unsubscribed: {code} (why)" in (*heard.notices, heard.end.text if heard.end else "")


def test_refusals() -> None:
    speech = Channels(["a", "b"])
    speech.opened()
    heard = speech.heard('{"id":1,"error":{"code":109,"message":"token expired"}}')
    assert heard.end
    assert (heard.end.exit, heard.end.text) == (Exit.REFUSED, "connect: refused: error 109: token expired")
    speech.ended()
    opened(speech)
    heard = speech.heard('{"id":3,"error":{"code":103,"message":"no"}}')
    assert (heard.end, heard.errors) == (None, ["a: refused: error 103: no"])
    heard = speech.heard('{"id":4,"error":{"code":100,"message":"no","temporary":true}}')
    assert heard.end
    assert heard.end.comes_back
    heard = speech.heard('{"push":{"disconnect":{"code":3500,"reason":"invalid token"}}}')
    assert heard.end
    assert not heard.end.comes_back


@pytest.mark.parametrize("frame", ["hello", b"\xff", "[" * 5000, '{"id":"x"}'])
def test_what_is_no_client_protocol(frame: str | bytes) -> None:
    end = Channels(["a"]).heard(frame).end
    assert end
    assert end.exit is Exit.LOST
    assert "does not speak the client protocol" in end.text


def test_places_and_options() -> None:
    assert [position_of(text) for text in ("0", "12:AbCd")] == [Position(), Position(12, "AbCd")]
    for text in ("", "x", "-1", ":e", "9" * 19):
        with pytest.raises(Misuse, match="--since"):
            position_of(text)
    with pytest.raises(Misuse, match="name one alone"):
        Channels(["a", "b"], since=Position())
    with pytest.raises(Misuse, match="--data is no JSON"):
        Channels(["a"], data="x")
    (subscribe,) = opened(Channels(["a"], since=Position(3, "e")))
    assert subscribe["subscribe"]["recover"]
    assert isinstance(Channels(["a"]).backoff, FullJitter)


# A whole conversation


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    chat = {"presence": True, "join_leave": True, "history_size": 3, "history_ttl": "60s", "force_recovery": True}
    may = {
        "allow_subscribe_for_client": True,
        "allow_presence_for_subscriber": True,
        "allow_publish_for_subscriber": True,
    }
    settings = {
        "client": {"token": {"hmac_secret_key": SECRET}},
        "http_api": {"key": KEY},
        "channel": {
            "namespaces": [
                {"name": "chat", **chat, **may},
                {"name": "news", "allow_subscribe_for_client": True},
                {"name": "closed"},
            ]
        },
    }
    with standalone(write(tmp_path_factory.mktemp("channels") / "hubbub.json", settings)) as running:
        yield running


async def api(server: Server, command: str, **body: Any) -> Any:
    place = Place(server.url("/api", "http"), KEY)
    return json.loads(await asyncio.to_thread(post, place, command, json.dumps(body).encode()))


def watch(server: Server, *channels: str, talk: Talk | None = None, user: str = "ann", **how: Any) -> Conversation:
    look = how.pop("look", None)
    speech = Channels(channels, token=token(user), **how)
    return Conversation(server.url("/connection/websocket"), talk, speech=speech, look=look)


async def end(conversation: Conversation, running: asyncio.Task[Told]) -> Told:
    conversation.say(None)
    return await running


async def test_what_is_published_is_heard_and_what_is_typed_is_published(server: Server) -> None:
    ann = watch(server, "chat:a", look=Look(is_terminal=True))
    running = asyncio.create_task(ann.run())
    await ann.until("chat:a: subscribed, on from 0\n")
    await ann.until("+ chat:a {")
    await api(server, "publish", channel="chat:a", data={"text": "hello"})
    ann.say("and back")
    await ann.until('< chat:a 1 {"text": "hello"}\n')
    await ann.until('< chat:a 2 ann "and back"\n')
    told = await end(ann, running)
    assert told.exit is Exit.OK


async def test_in_a_pipe_each_is_a_line_of_json(server: Server) -> None:
    await api(server, "broadcast", channels=["chat:b"], data=1)
    told = await watch(server, "chat:b", talk=Talk(count=2, first=("2",)), since=Position()).run()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [line["pub"]["data"] for line in lines if "pub" in line] == [1, 2]
    assert told.exit is Exit.OK


async def test_it_comes_back_with_what_it_missed_or_says_that_it_is_gone(server: Server) -> None:
    ann = watch(server, "chat:c", user="cut")
    running = asyncio.create_task(ann.run())
    await ann.until("chat:c: subscribed")
    await cut_and_publish(server, 1, 2)
    await ann.until("* the server closed: 3011 (force reconnect)")
    await ann.until("* chat:c: recovered: 2 missed\n")
    await ann.until('"pub":{"data":2,')
    await cut_and_publish(server, *range(3, 8))
    await ann.until("* chat:c: recovered: false: what was missed is not known; on from 7\n")
    ann.say("8")
    await ann.until('"pub":{"data":8,')
    told = await end(ann, running)
    assert [line["pub"]["data"] for line in map(json.loads, told.out.splitlines()) if "pub" in line] == [1, 2, 8]
    assert told.exit is Exit.OK


async def cut_and_publish(server: Server, *numbers: int) -> None:
    """In one request, so that the client is away."""
    cut = {"disconnect": {"user": "cut", "disconnect": {"code": 3011, "reason": "force reconnect"}}}
    commands = [cut, *({"publish": {"channel": "chat:c", "data": number}} for number in numbers)]
    async with httpx2.AsyncClient(trust_env=False, headers={"X-API-Key": KEY}) as http:
        answer = await http.post(server.url("/api/batch", "http"), json={"commands": commands})
    assert not any("error" in reply for reply in answer.json()["replies"])


async def test_what_is_refused(server: Server) -> None:
    told = await watch(server, "closed:a").run()
    assert (told.exit, "* closed:a: refused: error 103: permission denied\n" in told.err) == (Exit.REFUSED, True)
    conversation = watch(server, "news:a")
    conversation.say("hello", None)
    told = await conversation.run()
    assert (told.exit, "* news:a: not published: error 103: permission denied\n" in told.err) == (Exit.REFUSED, True)
    speech = Channels(["news:a"], token="none")
    told = await Conversation(server.url("/connection/websocket"), speech=speech).run()
    assert (told.exit, "3500 (invalid token)" in told.err) == (Exit.CLOSED, True)


async def test_what_cannot_be_said_is_told_and_nothing_is_sent(server: Server, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff")
    conversation = watch(server, "chat:d")
    conversation.say("/hex ff", f"/file {tmp_path / 'picture'}", "/info", None)
    told = await conversation.run()
    assert told.err.count("* bytes cannot be published: channels are spoken to in JSON\n") == 2
    assert "bytes sent" not in told.err
    assert ", 0 sent\n" in told.err


async def test_a_server_that_does_not_answer() -> None:
    async def listen(connection: ServerConnection) -> None:
        async for _ in connection:
            pass

    async with serve(listen, "127.0.0.1", 0) as running:
        port = next(iter(running.sockets)).getsockname()[1]
        conversation = Conversation(f"ws://127.0.0.1:{port}", speech=Channels(["a"]), timeout=0.2)
        told = await conversation.run()
    assert (told.exit, "* no answer to connect in time\n" in told.err) == (Exit.UNREACHABLE, True)


def test_the_command(server: Server, run_connect: Run) -> None:
    env = {"HUBBUB_TOKEN": token("ann")}
    line = [f"127.0.0.1:{server.port}", "--channel", "chat:e", "-x", '{"a": 1}', "--one"]
    done = run_connect(*line, env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    *_, last = done.stdout.splitlines()
    assert json.loads(last)["pub"]["data"] == {"a": 1}
    assert env["HUBBUB_TOKEN"].encode() not in done.stdout + done.stderr
