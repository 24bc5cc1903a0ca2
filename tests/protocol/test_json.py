"""The JSON encoding: what is read, what is refused at what cost, and that what is written is one line a client can read."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from centrifuge.codecs import _JsonCodec
from centrifuge.fossil import apply_delta
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from hubbub.protocol.codec import MAX_COMMANDS, BadFrame
from hubbub.protocol.commands import (
    Command,
    ConnectRequest,
    ConnectResult,
    Disconnect,
    Error,
    HistoryResult,
    Leave,
    PresenceResult,
    PresenceStatsResult,
    Push,
    Reply,
    RpcRequest,
    SubscribeResult,
    Unsubscribe,
    UnsubscribeResult,
)
from hubbub.protocol.json import JSON
from hubbub.publication import ClientInfo, Publication
from tests.protocol.shapes import shapes

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def payload(text: str) -> bytes:
    """What is read of a payload that was written as `text`."""
    (command,) = JSON.decode(f'{{"id":1,"rpc":{{"data":{text}}}}}')
    assert command.rpc is not None
    return bytes(command.rpc.data)


@pytest.mark.parametrize(
    "frames",
    [
        ["{}"],
        ['{"id":1}', '{"id":2}\n{"id":3}'],
        ['{"id":1}\n\n{"id":2}\n', " \n{}"],
        [b'{"id":1}\n{}'],
        ["{}", b"{}\n{}"],
    ],
)
def test_commands_of_several_frames_are_those_of_each(frames: list[str | bytes]) -> None:
    assert JSON.decode_all(frames) == [command for frame in frames for command in JSON.decode(frame)]


@pytest.mark.parametrize("frames", [['{"id":', "1}"], ["{}", "\n"], ["{}\n{}", ""], ["{}\n" * MAX_COMMANDS + "{}"]])
def test_what_is_bad_in_one_of_several_frames_is_bad(frames: list[str | bytes]) -> None:
    with pytest.raises(BadFrame):
        JSON.decode_all(frames)


def test_commands_of_a_frame_come_in_order() -> None:
    frame = '{"id":1,"connect":{"token":"t"}}\n{"id":2,"subscribe":{"channel":"a"}}\n{}\n'
    connect, subscribe, pong = JSON.decode(frame)
    assert connect == Command(1, connect=ConnectRequest("t"))
    assert subscribe.subscribe is not None
    assert subscribe.subscribe.channel == "a"
    assert pong == Command()


def test_bytes_are_read_as_utf_8() -> None:
    assert JSON.decode('{"id":1,"rpc":{"method":"é"}}'.encode()) == [Command(1, rpc=RpcRequest(method="é"))]


def test_a_payload_is_kept_as_it_is_written() -> None:
    text = '{"b": [1.50, 1e400, 12345678901234567890123], "a":"\\u00e9é", "a":null}'
    assert payload(text) == text.encode()


@given(JSON_VALUES, st.booleans())
def test_any_json_is_a_payload(value: Any, is_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii)
    assert payload(text) == text.encode()


def test_the_last_of_two_keys_counts_and_unknown_keys_do_not() -> None:
    assert JSON.decode('{"id":1,"id":2,"new":[{"x":1}]}') == [Command(2)]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        " ",
        "\n",
        "\n \n\n",
        "null",
        "[]",
        "7",
        '{"id":1',
        "{}{}",
        "{} x",
        '{"id":1}\n{"id":',
        "\ufeff{}",
        '{"id":"1"}',
        '{"id":1.5}',
        '{"id":null}',
        '{"id":-1}',
        '{"id":4294967296}',
        '{"id":' + "9" * 5000 + "}",
        '{"connect":[]}',
        '{"connect":{"token":1}}',
        '{"connect":{"headers":{"a":1}}}',
        '{"rpc":{"data":nul}}',
        '{"rpc":{"data":01}}',
        '{"rpc":{"data":NaN}}',
        '{"rpc":{"data":"\t"}}',
        '{"rpc":{"data":"\\x"}}',
        "\ud800",
        b"\xff",
        b'{"rpc":{"data":"\xff"}}',
        b'{"rpc":{"data":"\xed\xa0\x80"}}',
        b"\x05\x08\x01\x22\x01\x00",
    ],
)
def test_what_is_no_frame_is_refused(frame: str | bytes) -> None:
    with pytest.raises(BadFrame):
        JSON.decode(frame)


@given(st.text() | st.binary())
def test_anything_is_a_frame_or_refused(frame: str | bytes) -> None:
    assert is_frame_or_refused(frame)


@given(st.text(alphabet='{}[]":,\\u\n d8ce0123i', max_size=40))
def test_whatever_resembles_json_is_a_frame_or_refused(text: str) -> None:
    for frame in (text, '{"rpc":{"data":' + text + "}}"):
        assert is_frame_or_refused(frame)


def is_frame_or_refused(frame: str | bytes) -> bool:
    """Whether there is a command, or a reason why there is none."""
    try:
        return bool(JSON.decode(frame))
    except BadFrame as error:
        return bool(str(error))


@pytest.mark.parametrize("inside", ['{"id":1,"rpc":{"data":%s}}', '{"id":1,"new":%s}', "%s"])
@pytest.mark.parametrize("depth", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_deep_nesting_is_refused(inside: str, depth: str) -> None:
    with pytest.raises(BadFrame):
        JSON.decode(inside % depth)


def test_a_deep_filter_is_refused() -> None:
    tf = '{"nodes":[' * 50_000
    with pytest.raises(BadFrame):
        JSON.decode(f'{{"id":1,"subscribe":{{"channel":"a","tf":{tf}}}}}')


def test_a_frame_holds_so_many_commands_and_no_more() -> None:
    assert len(JSON.decode("\n".join(["{}"] * MAX_COMMANDS))) == MAX_COMMANDS
    with pytest.raises(BadFrame, match="more than"):
        JSON.decode("\n".join(["{}"] * (MAX_COMMANDS + 1)))
    with pytest.raises(BadFrame, match="more than"):
        JSON.decode('{"id":1}\n' * 10**6)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"cut \ud83d"', r'"cut \ufffd"'),
        (r'"\ude00 cut"', r'"\ufffd cut"'),
        (r'"\ud83d\ud83d\ude00"', r'"\ufffd\ud83d\ude00"'),
        (r'"\\ud83d\ud83d"', r'"\\ud83d\ufffd"'),
        (r'{"\uDBFF":1}', r'{"\ufffd":1}'),
    ],
)
def test_half_a_character_becomes_the_sign_for_one(written: str, read: str) -> None:
    assert payload(written) == read.encode()
    assert JSON.decode(f'{{"id":1}}\n{{"rpc":{{"data":{written}}}}}'.encode())[1].rpc is not None


@pytest.mark.parametrize(
    ("data", "is_json"),
    [
        (b"1", True),
        (b' {"a": [null, "\xc3\xa9"]}\n', True),
        (b"", False),
        (b"1 2", False),
        (b"hello", False),
        (b'"\xff"', False),
        (b'"\xed\xa0\x80"', False),
        (rb'"\ud800"', False),
        (b"[" * 100_000, False),
    ],
)
def test_a_payload_is_json_or_is_not(data: bytes, is_json: bool) -> None:
    assert JSON.check(Raw(data)) is is_json


@given(st.text(alphabet='{}[]":,.\\un tfrals e0123-+E', max_size=12))
def test_what_is_json_is_what_the_standard_library_takes(text: str) -> None:
    assert JSON.check(Raw(text.encode())) is is_json(text)


def is_json(text: str) -> bool:
    """Whether Python's own reader takes it."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.dumps(json.loads(text, parse_constant=refuse), ensure_ascii=False).encode()
    except ValueError:
        return False
    return True


ANNA = ClientInfo("anna", "c1", conn_info=Raw(b'{"name":"Anna"}'))


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (Reply(), "{}"),
        (Reply(1, error=Error(100, "internal server error", True)),
         '{"id":1,"error":{"code":100,"message":"internal server error","temporary":true}}'),
        (Reply(1, unsubscribe=UnsubscribeResult()), '{"id":1,"unsubscribe":{}}'),
        (Reply(1, connect=ConnectResult("c1", "1", subs={"a": SubscribeResult()})),
         '{"id":1,"connect":{"client":"c1","version":"1","subs":{"a":{}}}}'),
        (Reply(1, presence=PresenceResult({})), '{"id":1,"presence":{"presence":{}}}'),
        (Reply(1, presence=PresenceResult({"c": ClientInfo("", "c")})),
         '{"id":1,"presence":{"presence":{"c":{"user":"","client":"c"}}}}'),
        (Reply(1, presence_stats=PresenceStatsResult(0, 0)), '{"id":1,"presence_stats":{"num_clients":0,"num_users":0}}'),
        (Reply(1, history=HistoryResult([], "", 0)), '{"id":1,"history":{"publications":[],"epoch":"","offset":0}}'),
    ],
)  # fmt: skip
def test_a_reply_leaves_out_what_is_default_and_no_more(reply: Reply, text: str) -> None:
    assert JSON.reply(reply) == text


def test_the_reply_to_a_publish() -> None:
    assert JSON.published([7]) == '{"id":7,"publish":{}}'
    assert JSON.published([7, 8]) == '{"id":7,"publish":{}}\n{"id":8,"publish":{}}'


def test_a_push_of_a_publication() -> None:
    publication = Publication(Raw(b'{"text":"hi"}'), ANNA, 3, {"price": "1"})
    text = (
        '{"push":{"channel":"a","pub":{"data":{"text":"hi"},"info":{"user":"anna","client":"c1",'
        '"conn_info":{"name":"Anna"}},"offset":3,"tags":{"price":"1"}}}}'
    )
    assert JSON.publications("a", [publication])[0] == text
    assert JSON.push(Push("a", pub=publication)) == text


def test_pushes_with_and_without_the_reply_around_them() -> None:
    push = Push("a", unsubscribe=Unsubscribe(2500, "insufficient state"))
    bare = '{"channel":"a","unsubscribe":{"code":2500,"reason":"insufficient state"}}'
    assert JSON.bare_push(push) == bare
    assert JSON.push(push) == '{"push":' + bare + "}"
    assert JSON.push(Push(disconnect=Disconnect())) == '{"push":{"disconnect":{}}}'
    assert JSON.push(Push("a", leave=Leave(ANNA))).startswith('{"push":{"channel":"a","leave":{"info":{"user":')


def test_messages_are_joined_by_line_feeds() -> None:
    assert JSON.join([JSON.ping, JSON.published([1])]) == '{}\n{"id":1,"publish":{}}'


@given(st.text(min_size=1), JSON_VALUES, st.sampled_from(["\n", "\r\n", "\r", " "]))
def test_a_message_is_one_line_whatever_is_in_it(channel: str, value: Any, end: str) -> None:
    data = json.dumps(value, indent=1, ensure_ascii=False).replace("\n", end)
    publication = Publication(Raw(data.encode()))
    for text in (*JSON.publications(channel, [publication] * 3), JSON.push(Push(channel, pub=publication))):
        assert not {"\n", "\r"} & set(text)
        assert json.loads(text) == {"push": {"channel": channel, "pub": {"data": value}}}


@given(st.lists(st.sampled_from(["1", '"a\\n"', "[\n]", "[1,\r2]", '{"a":1}']), min_size=1))
def test_each_publication_is_a_message_whatever_the_others_are(values: list[str]) -> None:
    texts = JSON.publications("a", [Publication(Raw(value.encode())) for value in values])
    assert [json.loads(text)["push"]["pub"]["data"] for text in texts] == [json.loads(value) for value in values]


def told(publication: Publication) -> Any:
    """The data as a client that has negotiated delta reads it."""
    return json.loads(JSON.publications("a", [publication])[0])["push"]["pub"]["data"]


def test_with_delta_the_first_publication_is_whole_as_a_string() -> None:
    publication = JSON.delta(Publication(Raw('{"text": "é\\n"}'.encode()), ANNA, 3, {"a": "b"}), None)
    assert told(publication) == '{"text": "é\\n"}'
    assert (publication.info, publication.offset, publication.tags, publication.delta) == (ANNA, 3, {"a": "b"}, False)


def test_with_delta_the_next_is_a_patch_where_that_is_shorter() -> None:
    before, after = json.dumps({"text": "x" * 100, "n": 1}), json.dumps({"text": "x" * 100, "n": 2})
    publication = JSON.delta(Publication(Raw(after.encode()), ANNA, 4), Raw(before.encode()))
    assert publication.delta
    assert apply_delta(before.encode(), told(publication).encode()).decode() == after
    whole = JSON.delta(Publication(Raw(b'"short"'), ANNA, 5), Raw(after.encode()))
    assert (told(whole), whole.delta) == ('"short"', False)


def test_a_patch_cuts_no_character() -> None:
    before, after = '"' + "x" * 50 + "é" + "y" * 50 + '"', '"' + "x" * 50 + "è" + "y" * 50 + '"'
    publication = JSON.delta(Publication(Raw(after.encode())), Raw(before.encode()))
    assert publication.delta
    assert "è" in told(publication)


@given(st.lists(JSON_VALUES, min_size=1, max_size=5))
def test_a_client_with_delta_sees_what_was_published(values: list[Any]) -> None:
    before: bytes = b""
    for value in values:
        data = json.dumps(value, ensure_ascii=False, indent=2).encode()
        delta = JSON.delta(Publication(Raw(data)), Raw(before) if before else None)
        pub = json.loads(JSON.publications("a", [delta])[0])["push"]["pub"]
        seen, before = _JsonCodec.apply_delta_if_needed(before, SimpleNamespace(delta=delta.delta, data=pub["data"]))
        assert pub.get("delta", False) is delta.delta
        assert (seen, before) == (value, data)


@given(shapes(Command))
def test_a_command_is_read_as_it_was_written(command: Command) -> None:
    assert JSON.decode(msgspec.json.encode(command)) == [command]


@given(shapes(Reply), shapes(Push), shapes(Publication))
def test_what_is_written_holds_all_that_there_is(reply: Reply, push: Push, publication: Publication) -> None:
    assert msgspec.json.decode(JSON.reply(reply), type=Reply) == reply
    assert msgspec.json.decode(JSON.bare_push(push), type=Push) == push
    assert msgspec.json.decode(JSON.publications("a", [publication])[0], type=dict[str, Push]) == {
        "push": Push("a", pub=publication)
    }
