"""What a channel carries is written as the client protocol writes it."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from hubbub.publication import BEGINNING, ClientInfo, Position, Publication


def test_a_position_is_a_value() -> None:
    assert Position(7, "a") == Position(7, "a") != Position(7, "b")
    assert len({Position(7, "a"), Position(7, "a")}) == 1
    assert Position(0, "") == BEGINNING


def test_what_is_not_said_is_not_written() -> None:
    assert msgspec.json.encode(Publication(Raw(b'{"a": 1}'))) == b'{"data":{"a": 1}}'


def test_all_is_written_as_the_protocol_names_it() -> None:
    info = ClientInfo("ann", "1", Raw(b"{}"), Raw(b"[]"))
    publication = Publication(Raw(b"1"), info, 7, {"k": "v"}, delta=True)
    assert msgspec.json.encode(publication) == (
        b'{"data":1,"info":{"user":"ann","client":"1","conn_info":{},"chan_info":[]},"offset":7,"tags":{"k":"v"},"delta":true}'
    )


def test_who_a_client_is_always_names_user_and_client() -> None:
    assert msgspec.json.encode(ClientInfo("", "")) == b'{"user":"","client":""}'


@pytest.mark.parametrize("value", [Position(), ClientInfo("", ""), Publication(Raw(b"1"))])
def test_a_value_cannot_be_changed(value: object) -> None:
    with pytest.raises(AttributeError):
        value.offset = 1  # type: ignore[attr-defined]  # that is the point
