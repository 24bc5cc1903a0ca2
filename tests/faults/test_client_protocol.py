"""What a foreign, broken or hostile client of the client protocol may do: it gets the right code, and nobody else notices."""

from __future__ import annotations

import json

import pytest

from tests.faults.talker import PATH, Talker
from tests.faults.wire import BINARY
from tests.faults.witness import MIB, cpu_grows_by_less_than, memory_grows_by_less_than
from tests.serving import Server

DEEP = 10_000
BAD_REQUEST = (3501, "bad request")
METHOD_NOT_FOUND = {"code": 104, "message": "method not found"}


def command(**request: object) -> str:
    """A command with an id."""
    return json.dumps({"id": 7, **request})


# ---------------------------------------------------------------- what is no command

NO_COMMANDS: dict[str, str | bytes] = {
    "nothing": "",
    "an empty line": "\n",
    "words": "hello",
    "half an object": '{"id":7,"rpc":{',
    "a list": "[]",
    "a number": "3",
    "null": "null",
    "an id alone": '{"id":7}',
    "an unknown command": '{"id":7,"nothing":{}}',
    "a command that is null": '{"id":7,"subscribe":null}',
    "a ping": '{"id":7,"ping":{}}',
    "a pong that nobody asked for": "{}",
    "the id 0": '{"id":0,"rpc":{"method":"x"}}',
    "no id": '{"rpc":{"method":"x"}}',
    "a negative id": '{"id":-1,"rpc":{"method":"x"}}',
    "an id of 33 bits": '{"id":4294967296,"rpc":{"method":"x"}}',
    "an id of 400 digits": '{"id":1%s,"rpc":{"method":"x"}}' % (399 * "0"),
    "a fraction for an id": '{"id":1.5,"rpc":{"method":"x"}}',
    "a string for an id": '{"id":"7","rpc":{"method":"x"}}',
    "a list for a request": '{"id":7,"subscribe":[]}',
    "a number for a channel": '{"id":7,"subscribe":{"channel":5}}',
    "a negative offset": '{"id":7,"subscribe":{"channel":"room:1","recover":true,"offset":-1}}',
    "an offset of 65 bits": '{"id":7,"subscribe":{"channel":"room:1","recover":true,"offset":18446744073709551616}}',
    "NaN": '{"id":7,"publish":{"channel":"room:1","data":NaN}}',
    "an open nest": '{"id":7,"rpc":{"method":"x","data":' + DEEP * "[",
    "a deep nest": '{"id":7,"rpc":{"method":"x","data":' + DEEP * "[" + DEEP * "]" + "}}",
    "a deep nest where nothing is known": '{"id":7,"nothing":' + DEEP * '{"a":' + "1" + DEEP * "}" + "}",
    "a second connect": '{"id":7,"connect":{"token":"eve"}}',
    "pongs without end": 20_000 * "{}\n",
}


@pytest.mark.parametrize("frame", NO_COMMANDS.values(), ids=NO_COMMANDS)
def test_what_is_no_command_ends_the_connection(server: Server, frame: str) -> None:
    with Talker(server.port) as eve:
        assert eve.say(frame).closed() == BAD_REQUEST


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{}",
        "hello",
        command(subscribe={"channel": "room:1"}),
        command(publish={"channel": "room:1", "data": 1}),
        '{"connect":{}}',
        '{"id":0,"connect":{}}',
        '{"send":{"data":1}}',
    ],
)
def test_nothing_goes_before_connect(server: Server, frame: str) -> None:
    with Talker(server.port, user="") as eve:
        assert eve.say(frame).closed() == BAD_REQUEST


def test_what_comes_before_the_fault_in_a_frame_is_done_and_what_comes_behind_it_is_not(server: Server) -> None:
    publish = {"channel": "room:last", "data": 1}
    with Talker(server.port) as eve:
        eve.say(command(publish=publish), command(connect={}), command(publish=publish))
        assert eve.closed() == BAD_REQUEST
    with Talker(server.port) as eve:
        assert eve.ask(history={"channel": "room:last"})["history"]["offset"] == 1


def test_text_that_is_not_utf8_is_refused_as_websocket_says(server: Server) -> None:
    with Talker(server.port) as eve:
        assert eve.say(b'{"id":7,"rpc":{"method":"\xff"}}').closed()[0] == 1007


# ---------------------------------------------------------------- too much


def test_a_million_commands_in_a_frame_are_too_many_bytes(server: Server) -> None:
    with memory_grows_by_less_than(4 * MIB, server.pid), Talker(server.port) as eve:
        assert eve.say(1_000_000 * "{}\n").closed()[0] == 1009


def test_as_many_commands_as_fit_are_answered_in_order(server: Server) -> None:
    """And while they are, others are served."""
    count = 64 * 1024 // 38
    with Talker(server.port) as eve:
        eve.say(*(f'{{"id":{number},"rpc":{{"method":"x"}}}}' for number in range(1, count)))
        for number in range(1, count):
            assert eve.hear() == {"id": number, "error": METHOD_NOT_FOUND}


def test_an_id_that_is_used_again_is_the_clients_own_affair(server: Server) -> None:
    with Talker(server.port) as eve:
        eve.say(3 * (command(rpc={"method": "x"}) + "\n"))
        assert [eve.hear() for _ in range(3)] == 3 * [{"id": 7, "error": METHOD_NOT_FOUND}]


def test_ten_thousand_subscriptions_are_refused_but_for_the_first(server: Server) -> None:
    with memory_grows_by_less_than(8 * MIB, server.pid), Talker(server.port) as eve:
        codes: list[int | None] = []
        for first in range(0, 10_000, 100):
            eve.say(*(_subscribe(number) for number in range(first + 1, first + 101)))
            while len(codes) < first + 100:
                message = eve.hear()
                if "id" in message:
                    codes.append(message.get("error", {}).get("code"))
        assert codes == 128 * [None] + 9_872 * [106]


def _subscribe(number: int) -> str:
    return f'{{"id":{number},"subscribe":{{"channel":"wide:{number}"}}}}'


def test_subscribing_and_leaving_for_ever_leaves_nothing(server: Server) -> None:
    with memory_grows_by_less_than(8 * MIB, server.pid), Talker(server.port) as eve:
        for number in range(2_000):
            eve.say(
                f'{{"id":1,"subscribe":{{"channel":"room:{number}"}}}}',
                f'{{"id":2,"unsubscribe":{{"channel":"room:{number}"}}}}',
            )
        heard: list[dict[str, object]] = []
        while len(heard) < 4_000:
            message = eve.hear()
            if "id" in message:
                heard.append(message)
        assert not any("error" in message for message in heard)


# ---------------------------------------------------------------- names

GOOD_NAMES = [
    "a",
    " ",
    "a b",
    "\t",
    "\r\n",
    "\0",
    "%00",
    "../..",
    "{room}",
    "*",
    "?",
    "[a]",
    '"',
    "\\",
    "'; --",
    "a:b",
    "a/b",
    "<b>",
]
GOOD_NAMES += [249 * "a" + "z"]
BAD_NAMES = {"\N{SNOWMAN}": 107, "é": 107, "\ud800": 107, 251 * "a": 107, "\x80": 107, 60_000 * "a": 107}


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_a_name_may_be_odd_and_comes_back_as_it_was(server: Server, name: str) -> None:
    channel = f"room:{name}"
    with Talker(server.port) as eve:
        assert "error" not in eve.ask(subscribe={"channel": channel})
        assert eve.push()["channel"] == channel, "the join"
        assert "error" not in eve.ask(publish={"channel": channel, "data": name})
        push = eve.push()
        assert (push["channel"], push["pub"]["data"]) == (channel, name)
        assert next(iter(eve.ask(presence={"channel": channel})["presence"]["presence"].values()))["user"] == "eve"
        assert "error" not in eve.ask(unsubscribe={"channel": channel})


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("verb", ["subscribe", "publish", "history", "presence"])
def test_a_name_that_cannot_be_is_a_bad_request(server: Server, name: str, verb: str) -> None:
    more = {"data": 1} if verb == "publish" else {}
    with Talker(server.port) as eve:
        assert eve.ask(**{verb: {"channel": f"room:{name}", **more}})["error"]["code"] == BAD_NAMES[name]


@pytest.mark.parametrize("channel", ["nowhere:1", ":", "::", ":room", "#", "$nowhere:1", "room"])
def test_a_channel_that_nobody_allows_is_refused(server: Server, channel: str) -> None:
    with Talker(server.port) as eve:
        assert eve.ask(subscribe={"channel": channel})["error"]["code"] in (102, 103, 107)
        assert eve.ask(publish={"channel": channel, "data": 1})["error"]["code"] in (102, 103, 107)


def test_unsubscribing_from_what_was_never_subscribed_is_no_fault(server: Server) -> None:
    with Talker(server.port) as eve:
        assert eve.ask(unsubscribe={"channel": "room:never"}) == {"id": 2, "unsubscribe": {}}


# ---------------------------------------------------------------- Protobuf

PROTOBUF = PATH + "?format=protobuf"
CONNECT = bytes.fromhex("04 08 01 22 00")  # a length, id 1, an empty connect

NO_MESSAGES = {
    "nothing": b"",
    "a length without a message": b"\x05",
    "a length of 70 bits": 10 * b"\xff" + b"\x01",
    "a length beyond the frame": b"\x7f\x08\x02",
    "noise": bytes(range(128, 256)),
    "a group that never ends": b"\x04\x0b\x0b\x0b\x0b",
    "field 0": b"\x02\x00\x01",
    "an unknown command": b"\x05\x08\x02\xfa\x01\x00",
    "an id alone": b"\x02\x08\x02",
    "a pong that nobody asked for": b"\x00",
    "a second connect": CONNECT,
    "text that is not UTF-8": b"\x07\x08\x02\x2a\x03\x0a\x01\xff",
    "a number for a request": b"\x04\x08\x02\x28\x01",
}


@pytest.mark.parametrize("noise", NO_MESSAGES.values(), ids=NO_MESSAGES)
def test_what_is_no_message_of_protobuf_ends_the_connection(server: Server, noise: bytes) -> None:
    with Talker(server.port, user="", path=PROTOBUF) as eve:
        eve.say(CONNECT, opcode=BINARY)
        assert eve.wire.message()[1:3] == b"\x08\x01"
        assert eve.say(noise, opcode=BINARY).closed() == BAD_REQUEST


def test_a_million_bytes_of_protobuf_are_too_many(server: Server) -> None:
    with cpu_grows_by_less_than(1.0, server.pid), Talker(server.port, user="", path=PROTOBUF) as eve:
        assert eve.say(1_000_000 * b"\x00", opcode=BINARY).closed()[0] == 1009
