"""The Protobuf encoding: each message with its length before it, payloads as bytes. Pure.

The schema is `client.proto`. Its fields are named as those of the shapes, so one way leads to any message, and one back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from google.protobuf.message import DecodeError, Message
from msgspec import Raw, Struct, to_builtins

from ..publication import Publication
from . import client_pb2 as schema
from .codec import MAX_COMMANDS, BadFrame
from .commands import Command, Push, Reply
from .delta import make_patch

Read: TypeAlias = Callable[[Any], Any]
"""A field's value in a message of the schema to that in a shape."""


class ProtobufCodec:
    """The Protobuf encoding: see `Codec`. It has no state: `PROTOBUF` is the one that there is."""

    name = "protobuf"
    ping = b"\x00"

    def decode(self, frame: str | bytes) -> list[Command]:
        """The commands of a frame, which is of bytes."""
        if isinstance(frame, str):
            raise BadFrame("text, where Protobuf was agreed on")
        if not frame:
            raise BadFrame("an empty frame")
        commands: list[Command] = []
        at = 0
        while at < len(frame):
            if len(commands) == MAX_COMMANDS:
                raise BadFrame(f"more than {MAX_COMMANDS} commands in a frame")
            start, end = _measure(frame, at)
            commands.append(_decode(frame[start:end]))
            at = end
        return commands

    def decode_all(self, frames: Sequence[str | bytes]) -> list[Command]:
        """The commands of all frames, in order."""
        return [command for frame in frames for command in self.decode(frame)]

    def check(self, data: Raw) -> bool:
        """Any payload will do."""
        return True

    def reply(self, reply: Reply) -> bytes:
        """A reply as a message."""
        return _framed(schema.Reply(**_fields(reply)))

    def published(self, ids: Sequence[int]) -> bytes:
        """The replies to publications that were made: fields 1, the id, and 8, an empty result."""
        return b"".join([b"%c\x08%b\x42\x00" % (len(number) + 3, number) for number in map(_varint, ids)])

    def push(self, push: Push) -> bytes:
        """A push as a message."""
        return _framed(schema.Reply(push=_fields(push)))

    def bare_push(self, push: Push) -> bytes:
        """A push without the reply around it."""
        return _framed(schema.Push(**_fields(push)))

    def publications(self, channel: str, publications: Sequence[Publication]) -> list[bytes]:
        """The push of each publication as a message."""
        return [_framed(schema.Reply(push={"channel": channel, "pub": _fields(each)})) for each in publications]

    def delta(self, publication: Publication, before: Raw | None) -> Publication:
        """The data is the patch, or the whole as it is."""
        patch = None if before is None else make_patch(bytes(before), bytes(publication.data))
        if patch is None:
            return publication
        return Publication(Raw(patch), publication.info, publication.offset, publication.tags, True)

    def join(self, messages: Sequence[bytes]) -> bytes:
        """Messages, one behind the other."""
        return b"".join(messages)


PROTOBUF = ProtobufCodec()


def _fields(shape: Struct) -> dict[str, Any]:
    """What a message of the schema is made of: the shape's fields that are not default, payloads as bytes."""
    fields: dict[str, Any] = to_builtins(shape, builtin_types=(bytes,), enc_hook=bytes)
    return fields


def _framed(message: Message) -> bytes:
    data = message.SerializeToString()
    return _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have the highest bit set."""
    if value < 0x80:
        return b"%c" % value
    digits = bytearray()
    while value >= 0x80:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)


def _measure(frame: bytes, at: int) -> tuple[int, int]:
    """Where the message starts and ends whose length stands at `at`."""
    size = shift = 0
    for start, byte in enumerate(frame[at : at + 5], at + 1):
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            if start + size > len(frame):
                break
            return start, start + size
    raise BadFrame("a message's length is not right")


def _decode(data: bytes) -> Command:
    try:
        command: Command = _read_command(schema.Command.FromString(data))
    except DecodeError as error:
        raise BadFrame(str(error)) from None
    return command


def _reader(shape: type[Struct]) -> Read:
    """Reads a message of the schema as `shape`. What the schema has and the shape has not is left out."""
    reads: dict[str, Read] = {}
    _readers[shape] = lambda message: shape(
        **{name: reads[name](value) for field, value in message.ListFields() if (name := field.name) in reads}
    )
    reads.update((name, _value_reader(hint)) for name, hint in get_type_hints(shape).items())
    return _readers[shape]


_readers: dict[type[Struct], Read] = {}


def _value_reader(hint: Any) -> Read:
    """Reads a value of that type: a scalar as it is."""
    kind, inner = get_origin(hint), get_args(hint)
    if kind in (UnionType, Union):
        return _value_reader(inner[0])
    if kind is list:
        read_item = _value_reader(inner[0])
        return lambda values: [read_item(value) for value in values]
    if kind is dict:
        read_item = _value_reader(inner[1])
        return lambda values: {key: read_item(value) for key, value in values.items()}
    if issubclass(hint, Struct):
        return _readers.get(hint) or _reader(hint)
    return Raw if hint is Raw else hint


_read_command = _reader(Command)
