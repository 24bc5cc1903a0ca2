"""The shapes: what a client may leave out, and how wide its integers are."""

from __future__ import annotations

import pytest
from msgspec import ValidationError, convert

from hubbub.protocol.commands import Command, HistoryRequest, Reply, StreamPosition, SubscribeRequest, UnsubscribeResult
from hubbub.publication import NOTHING


def test_an_empty_command_is_a_pong() -> None:
    assert convert({}, Command) == Command()
    assert Command().publish is None


def test_what_is_left_out_is_nothing() -> None:
    assert SubscribeRequest("news").data is NOTHING
    assert Reply(1, unsubscribe=UnsubscribeResult()).subscribe is None


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({"id": 2**32}, Command),
        ({"id": -1}, Command),
        ({"id": True}, Command),
        ({"offset": -1}, StreamPosition),
        ({"offset": 2**63}, StreamPosition),
        ({"offset": 2**63}, SubscribeRequest),
        ({"limit": 2**31}, HistoryRequest),
        ({"limit": -(2**31) - 1}, HistoryRequest),
    ],
)
def test_an_integer_beyond_the_schemas_width_is_refused(value: dict[str, int], shape: type) -> None:
    with pytest.raises(ValidationError):
        convert(value, shape)


def test_an_integer_of_the_schemas_width_is_taken() -> None:
    assert convert({"id": 2**32 - 1}, Command).id == 2**32 - 1
    assert convert({"limit": -(2**31)}, HistoryRequest).limit == -(2**31)
    assert convert({"offset": 2**63 - 1}, StreamPosition).offset == 2**63 - 1
