"""A key opens what it is for, and is shown nowhere."""

from __future__ import annotations

import hmac
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import ApiKey, Misuse, Refused
from hubbub.api import keys
from hubbub.api.keys import METHODS, OF_CHANNELS, find

SECRET = "sesame-and-lily"


def test_a_key_is_found_by_what_is_presented_and_by_nothing_else() -> None:
    ring = [ApiKey("one"), ApiKey(SECRET), ApiKey("three")]
    assert find(ring, SECRET.encode()) is ring[1]
    for wrong in (b"", b"o", b"onee", b"ONE", SECRET.encode() + b"\0", "ö".encode()):
        assert find(ring, wrong) is None


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1), st.binary())
def test_no_other_bytes_are_a_key(secret: str, presented: bytes) -> None:
    assert (find([ApiKey(secret)], presented) is not None) == (presented == secret.encode())


def test_all_keys_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[int, int]] = []

    def compare(a: bytes, b: bytes) -> bool:
        compared.append((len(a), len(b)))
        return hmac.compare_digest(a, b)

    monkeypatch.setattr(keys, "compare_digest", compare)
    ring = [ApiKey(name) for name in ("a", "bb", "ccc")]
    assert find(ring, b"a") is ring[0]
    assert compared == [(32, 32)] * 3  # the first fits, and the others are compared all the same


def test_a_key_is_shown_nowhere() -> None:
    key = ApiKey(SECRET, name="orders", channels=["orders:*"])
    assert "orders" in repr(key)
    held = {name: getattr(key, name) for name in ApiKey.__slots__}
    assert SECRET not in repr(key) + str(key) + repr(held)
    assert SECRET.encode() not in pickle.dumps([repr(each) for each in held.values()])


@pytest.mark.parametrize("wrong", ["", " ", "a b", "a\n", "ä", None, 5])
def test_what_is_no_key_is_refused_and_not_repeated(wrong: Any) -> None:
    with pytest.raises(Misuse, match="ASCII without spaces") as raised:
        ApiKey(wrong)
    assert not wrong or repr(wrong) not in str(raised.value)


def test_a_key_does_everything_unless_it_is_for_less() -> None:
    assert ApiKey("k").methods == METHODS
    assert ApiKey("k", channels=["a"]).methods == OF_CHANNELS
    assert ApiKey("k", channels=["a"], methods=["info", "publish"]).methods == {"info", "publish"}
    with pytest.raises(Misuse, match="no method 'publsh'"):
        ApiKey("k", methods=["publsh"])
    for wrong in ({"methods": "publish"}, {"channels": "a"}):
        with pytest.raises(Misuse, match="give a list"):
            ApiKey("k", **wrong)


def test_a_method_that_it_is_not_for_is_refused() -> None:
    key = ApiKey("k", methods=["publish"])
    key.check_method("publish")
    with pytest.raises(Refused, match="103: permission denied: the key is not for `disconnect`"):
        key.check_method("disconnect")


@pytest.mark.parametrize(
    ("pattern", "channel", "fits"),
    [
        ("orders:*", "orders:1", True),
        ("orders:*", "orders", False),
        ("a[b]", "a[b]", True),
        ("a[b]", "ab", False),
    ],
)
def test_patterns_of_channels(pattern: str, channel: str, fits: bool) -> None:
    key = ApiKey("k", channels=["never", pattern])
    assert key.sees(channel) is fits
    if fits:
        key.check_channel(channel)
    else:
        with pytest.raises(Refused, match="not for this channel"):
            key.check_channel(channel)
    assert ApiKey("k").sees(channel)


def test_a_key_for_no_channel_sees_none() -> None:
    assert not ApiKey("k", channels=[]).sees("a")
