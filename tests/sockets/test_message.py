"""Messages are values: compared by what they carry, told apart by `match`."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from hubbub import Binary, Close, Data, Message, Ping, Pong, Text
from hubbub.sockets.message import as_message

ALL: list[Message] = [Text("a"), Binary(b"a"), Ping(b"a"), Pong(b"a"), Close(1000, "a")]


@pytest.mark.parametrize(
    ("item", "message"), [("a", Text("a")), (b"a", Binary(b"a")), *((message, message) for message in ALL)]
)
def test_whatever_is_received_has_a_wrapping(item: Data | Message, message: Message) -> None:
    assert as_message(item) == message


def test_messages_of_different_kinds_are_never_equal() -> None:
    assert len(set(ALL)) == len(ALL)


@pytest.mark.parametrize("message", ALL)
def test_a_message_does_not_change(message: Message) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(message, fields(message)[0].name, "b")


def test_control_messages_may_be_empty() -> None:
    assert (Ping().data, Pong().data, Close()) == (b"", b"", Close(1005, ""))
