"""The port of the two encodings: what both promise."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from msgspec import json, to_builtins

from hubbub.protocol import client_pb2 as schema
from hubbub.protocol.codec import BadFrame, Codec
from hubbub.protocol.commands import Command
from hubbub.protocol.json import JSON
from hubbub.protocol.protobuf import PROTOBUF
from tests.protocol.shapes import shapes

TEXT: Codec[str] = JSON
BINARY: Codec[bytes] = PROTOBUF
CODECS: list[Codec[Any]] = [JSON, PROTOBUF]


def test_each_has_its_name_and_is_one() -> None:
    assert [TEXT.name, BINARY.name] == ["json", "protobuf"]
    assert len({JSON, PROTOBUF}) == 2


@pytest.mark.parametrize("codec", CODECS)
def test_the_empty_message_is_a_frame_of_one_empty_command(codec: Codec[Any]) -> None:
    assert codec.decode(codec.ping) == [Command()]
    assert codec.decode(codec.join([codec.ping, codec.ping])) == [Command(), Command()]


@pytest.mark.parametrize("codec", CODECS)
def test_a_frame_without_a_command_is_a_bad_one(codec: Codec[Any]) -> None:
    assert issubclass(BadFrame, ValueError)
    with pytest.raises(BadFrame):
        codec.decode(codec.join([]))


@given(shapes(Command))
def test_both_read_the_same_of_what_a_client_says(command: Command) -> None:
    message = schema.Command(**to_builtins(command, builtin_types=(bytes,), enc_hook=bytes)).SerializeToString()
    head = bytes([len(message) & 127 | 128, len(message) >> 7 & 127 | 128, len(message) >> 14])
    assert BINARY.decode(head + message) == TEXT.decode(json.encode(command)) == [command]
