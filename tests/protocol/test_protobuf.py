"""The Protobuf encoding: what is read, what is refused at what cost, and that what is written is what the SDK reads."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from centrifuge.codecs import _ProtobufCodec
from centrifuge.protocol import client_pb2 as theirs
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, to_builtins

from hubbub.protocol.codec import MAX_COMMANDS, BadFrame
from hubbub.protocol.commands import (
    Command,
    ConnectRequest,
    Error,
    FilterNode,
    HistoryRequest,
    Leave,
    PublishRequest,
    Push,
    Reply,
    StreamPosition,
    SubscribeRequest,
    UnsubscribeResult,
)
from hubbub.protocol.protobuf import PROTOBUF, _reader
from hubbub.publication import NOTHING, ClientInfo, Publication
from tests.protocol.shapes import shapes

ANNA = ClientInfo("anna", "c1", conn_info=Raw(b"\x00\xff"))


def framed(*commands: Command) -> bytes:
    """Commands as the SDK's classes write them."""
    messages = [theirs.Command(**to_builtins(c, builtin_types=(bytes,), enc_hook=bytes)) for c in commands]
    return b"".join(varint(message.ByteSize()) + message.SerializeToString() for message in messages)


def varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def test_commands_of_a_frame_come_in_order() -> None:
    frame = _ProtobufCodec.encode_commands(
        [
            {"id": 1, "connect": {"token": "t", "subs": {"a": {"recover": True, "offset": 7}}, "headers": {"k": "v"}}},
            {"id": 2, "subscribe": {"channel": "a", "tf": {"op": "and", "nodes": [{"cmp": "in", "vals": ["x", "y"]}]}}},
            {"id": 3, "history": {"channel": "a", "limit": -1, "since": {}}},
            {},
        ]
    )
    tf = FilterNode("and", nodes=[FilterNode(cmp="in", vals=["x", "y"])])
    assert PROTOBUF.decode(frame) == [
        Command(
            1, connect=ConnectRequest("t", subs={"a": SubscribeRequest(recover=True, offset=7)}, headers={"k": "v"})
        ),
        Command(2, subscribe=SubscribeRequest("a", tf=tf)),
        Command(3, history=HistoryRequest("a", limit=-1, since=StreamPosition())),
        Command(),
    ]


@given(st.lists(shapes(Command), min_size=1, max_size=3))
def test_what_an_sdk_writes_is_read(commands: list[Command]) -> None:
    assert PROTOBUF.decode(framed(*commands)) == commands


def test_a_payload_is_any_bytes_and_none_is_nothing() -> None:
    full, empty = PROTOBUF.decode(
        framed(Command(publish=PublishRequest("a", Raw(b"\x00\xff"))), Command(publish=PublishRequest("a")))
    )
    assert full.publish is not None
    assert bytes(full.publish.data) == b"\x00\xff"
    assert empty.publish is not None
    assert empty.publish.data is NOTHING
    assert PROTOBUF.check(Raw(b"\xff"))


def test_what_the_schema_does_not_have_is_left_out() -> None:
    assert PROTOBUF.decode(b"\x06\x08\x01\xfa\x06\x01x") == [Command(1)]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{}",
        b"",
        b"\x01",
        b"\x02\x08",
        b"\x00\x80",
        b"\x00\x80\x80\x80\x80\x80\x80",
        b"\xff\xff\xff\xff\x0f",
        b"\xff" * 20,
        b"\x80\x80\x80\x80\x80\x00",
        b'{"id":1}',
        b"\x01\x08",
        b"\x01\x00",
        framed(Command(1))[:-1],
        b"\x05\x22\x03\x0a\x01\xff",
        framed(Command(1)) + b"\x7f",
    ],
)
def test_what_is_no_frame_is_refused(frame: str | bytes) -> None:
    with pytest.raises(BadFrame):
        PROTOBUF.decode(frame)


@given(st.binary() | st.binary(max_size=100).map(lambda data: varint(len(data)) + data))
def test_anything_is_a_frame_or_refused(frame: bytes) -> None:
    try:
        commands = PROTOBUF.decode(frame)
    except BadFrame as error:
        assert str(error) != ""  # noqa: PT017
    else:
        assert 0 < len(commands) <= MAX_COMMANDS


def test_a_deep_filter_is_refused() -> None:
    tf = b""
    for _ in range(5000):
        tf = b"\x32" + varint(len(tf)) + tf
    subscribe = b"\x6a" + varint(len(tf)) + tf
    command = b"\x2a" + varint(len(subscribe)) + subscribe
    with pytest.raises(BadFrame):
        PROTOBUF.decode(varint(len(command)) + command)


def test_a_frame_holds_so_many_commands_and_no_more() -> None:
    assert len(PROTOBUF.decode(bytes(MAX_COMMANDS))) == MAX_COMMANDS
    with pytest.raises(BadFrame, match="more than"):
        PROTOBUF.decode(bytes(10**6))


@given(shapes(Reply))
def test_a_reply_is_what_the_sdk_reads(reply: Reply) -> None:
    (message,) = replies(PROTOBUF.reply(reply))
    assert _reader(Reply)(message) == reply


@given(shapes(Push))
def test_a_push_is_what_the_sdk_reads(push: Push) -> None:
    (message,) = replies(PROTOBUF.push(push))
    assert _reader(Push)(message.push) == push
    bare = PROTOBUF.bare_push(push)
    read = theirs.Push.FromString(bare[len(varint(message.push.ByteSize())) :])
    assert _reader(Push)(read) == push


def replies(frame: bytes) -> list[theirs.Reply]:
    """What the SDK's own reading cuts a frame into."""
    found, at = [], 0
    while at < len(frame):
        size = shift = 0
        while True:
            byte = frame[at]
            at, size, shift = at + 1, size | (byte & 127) << shift, shift + 7
            if byte < 128:
                break
        found.append(theirs.Reply.FromString(frame[at : at + size]))
        at += size
    return found


def test_empty_results_are_there() -> None:
    read = _ProtobufCodec.decode_replies(PROTOBUF.reply(Reply(3, unsubscribe=UnsubscribeResult())))
    assert read == [{"id": 3, "unsubscribe": {}}]
    assert _ProtobufCodec.decode_replies(PROTOBUF.ping) == [{}]


@given(st.lists(st.integers(1, 2**32 - 1), min_size=1))
def test_the_replies_to_publications(ids: list[int]) -> None:
    assert _ProtobufCodec.decode_replies(PROTOBUF.published(ids)) == [{"id": id, "publish": {}} for id in ids]


@given(shapes(Publication))
def test_a_publication_is_its_push(publication: Publication) -> None:
    assert replies(PROTOBUF.publications("a", [publication])[0]) == replies(PROTOBUF.push(Push("a", pub=publication)))


def test_messages_are_joined() -> None:
    frame = PROTOBUF.join(
        [
            PROTOBUF.ping,
            PROTOBUF.published([1]),
            PROTOBUF.push(Push("a", leave=Leave(ANNA))),
            PROTOBUF.reply(Reply(2, error=Error(100))),
        ]
    )
    assert _ProtobufCodec.decode_replies(frame) == [
        {},
        {"id": 1, "publish": {}},
        {"push": {"channel": "a", "leave": {"info": {"user": "anna", "client": "c1", "conn_info": "AP8="}}}},
        {"id": 2, "error": {"code": 100}},
    ]


@given(
    st.lists(
        st.binary(min_size=1, max_size=60) | st.text(min_size=8).map(lambda text: f"{text}{text}".encode()), min_size=1
    )
)
def test_a_client_with_delta_sees_what_was_published(payloads: list[bytes]) -> None:
    before = b""
    for data in payloads:
        publication = PROTOBUF.delta(Publication(Raw(data), ANNA, 4, {"a": "b"}), Raw(before) if before else None)
        assert (publication.info, publication.offset, publication.tags) == (ANNA, 4, {"a": "b"})
        pub = replies(PROTOBUF.publications("a", [publication])[0])[0].push.pub
        assert len(pub.data) <= len(data)
        seen, before = _ProtobufCodec.apply_delta_if_needed(before, SimpleNamespace(delta=pub.delta, data=pub.data))
        assert seen == before == data


def test_with_delta_a_change_is_a_patch() -> None:
    before, after = b"x" * 100 + b"1", b"x" * 100 + b"2"
    assert PROTOBUF.delta(Publication(Raw(after)), Raw(before)).delta
    assert not PROTOBUF.delta(Publication(Raw(after)), None).delta
