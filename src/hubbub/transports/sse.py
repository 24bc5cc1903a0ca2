"""Server-sent events, with commands beside them: `/connection/sse`. An event a message, JSON only (the HTML standard, 9.2).

A browser's `EventSource` can send no body: its first commands are in the query.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol.json import JSON
from .streams import Form, Way

OPENING = b"\r\n"
"""An empty line means nothing, and makes all that is between us and the client let the head of the response go."""


def as_events(messages: Sequence[str]) -> bytes:
    """Messages, which are on one line each, as events.

    Example:
        >>> as_events(["{}", '{"id":1}'])
        b'data: {}\\n\\ndata: {"id":1}\\n\\n'
    """
    return "".join([f"data: {message}\n\n" for message in messages]).encode()


EVENTS = Form(JSON, "text/event-stream; charset=utf-8", as_events, OPENING)

SSE = Way("sse", ("GET", "POST"), {"": EVENTS})
