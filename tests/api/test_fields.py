"""What fields of several commands share."""

from __future__ import annotations

import sys

import pytest
from msgspec import Raw
from msgspec.json import decode, encode

from hubbub import Refused
from hubbub.api.fields import (
    Nothing,
    StreamPosition,
    bad_request,
    check_given,
    info_of,
    payload,
    payload_or_nothing,
    says_nothing,
)
from hubbub.publication import NOTHING, ClientInfo


def test_a_payload_is_json_or_base64_and_has_to_be_given() -> None:
    given = Raw(b'{"a":1}')
    assert bytes(payload(given, None)) == b'{"a":1}'
    assert bytes(payload(given, "AAH/")) == b"\0\1\xff"
    assert bytes(payload(given, "")) == b'{"a":1}'
    with pytest.raises(Refused, match="107: bad request: `data` is missing"):
        payload(NOTHING, None)
    for wrong in ("A", "ä", "AA\nAA", "AA-_"):
        with pytest.raises(Refused, match="`b64info` is no Base64"):
            payload(NOTHING, wrong, "info")


def test_a_payload_does_not_keep_the_request() -> None:
    body = b'[{"a":1}, "and a megabyte more"]'
    held = sys.getrefcount(body)
    found = payload(decode(body, type=list[Raw])[0], None)
    assert bytes(found) == b'{"a":1}'
    assert sys.getrefcount(body) == held


def test_a_payload_that_need_not_be_given() -> None:
    assert payload_or_nothing(NOTHING, None, "info") is NOTHING
    assert payload_or_nothing(Raw(b"null"), "", "info") is NOTHING
    assert bytes(payload_or_nothing(Raw(b"null"), "MQ==", "info")) == b"1"
    assert bytes(payload_or_nothing(Raw(b"0"), None, "info")) == b"0"


def test_a_client_stands_in_json_whatever_is_said_of_it() -> None:
    info = ClientInfo("ann", "c1", Raw(b'{"x":1}'), Raw(b"\xff{"))
    shown = decode(encode(info_of(info)))
    assert shown == {"user": "ann", "client": "c1", "conn_info": {"x": 1}, "b64chan_info": "/3s="}
    assert info_of(ClientInfo("", "c1")) == {"user": "", "client": "c1"}


def test_what_is_missing_is_named() -> None:
    check_given("x", "channel")
    with pytest.raises(Refused, match="`channel` is missing"):
        check_given("", "channel")
    assert str(bad_request("so")) == "107: bad request: so"


def test_shapes() -> None:
    assert encode(Nothing()) == b"{}"
    assert decode(b"{}", type=StreamPosition) == StreamPosition(0, "")


def test_null_says_no_more_than_what_is_not_there() -> None:
    assert [says_nothing(Raw(data)) for data in (b"", b"null", b"0", b'""', b"nullx")] == [
        True,
        True,
        False,
        False,
        False,
    ]
