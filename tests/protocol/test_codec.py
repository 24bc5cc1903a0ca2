"""The port of the two encodings: what both promise."""

from __future__ import annotations

from hubbub.protocol.codec import BadFrame, Codec
from hubbub.protocol.json import JSON


def test_a_bad_frame_is_an_error_of_value() -> None:
    assert issubclass(BadFrame, ValueError)


def test_json_is_one() -> None:
    codec: Codec[str] = JSON
    assert codec.name == "json"
