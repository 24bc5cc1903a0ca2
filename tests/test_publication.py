"""What a channel carries, as values: shaped as the client protocol writes it."""

from __future__ import annotations

import msgspec
from msgspec import Raw

from hubbub.publication import NOTHING, ClientInfo, Position, Publication


def test_what_is_not_there_is_not_written() -> None:
    assert msgspec.json.encode(Publication(Raw(b"1"))) == b'{"data":1}'
    full = Publication(Raw(b"1"), ClientInfo("ann", "x"), 7, {"a": "b"})
    wanted = b'{"data":1,"info":{"user":"ann","client":"x"},"offset":7,"tags":{"a":"b"}}'
    assert msgspec.json.encode(full) == wanted


def test_a_client_is_named_even_when_it_has_no_name() -> None:
    assert msgspec.json.encode(ClientInfo("", "")) == b'{"user":"","client":""}'


def test_a_position_is_a_pair_and_begins_before_the_first() -> None:
    assert Position() == Position(0, "")
    assert not len(NOTHING)
