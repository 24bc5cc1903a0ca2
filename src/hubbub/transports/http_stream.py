"""A response that is read as it comes, with commands beside it: `/connection/http_stream`, for `fetch` and its like.

A line a message in JSON; in Protobuf, where the request's body is that, each message with its length before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.json import JSON
from ..protocol.protobuf import PROTOBUF
from .streams import Form, Way

BYTES = "application/octet-stream"
"""The media type of requests and responses in Protobuf."""


def as_lines(messages: Sequence[str]) -> bytes:
    """Messages, a line each.

    Example:
        >>> as_lines(["{}", '{"id":1}'])
        b'{}\\n{"id":1}\\n'
    """
    return "".join([f"{message}\n" for message in messages]).encode()


def as_frames(messages: Sequence[bytes]) -> bytes:
    """Messages, which have their lengths before them."""
    return b"".join(messages)


LINES = Form(JSON, "application/x-ndjson", as_lines)
FRAMES = Form(PROTOBUF, BYTES, as_frames)

HTTP_STREAM = Way("http_stream", ("POST",), {"": LINES, BYTES: FRAMES})
