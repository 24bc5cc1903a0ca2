"""What a channel carries, and where in its stream it stands. Values only; imports nothing of ours.

They are shaped as the client protocol writes them, so that a codec encodes them as they are.
"""

from __future__ import annotations

from msgspec import Raw, Struct

NOTHING = Raw(b"")
"""No payload. Compare by identity: what a codec leaves out."""

NULL = Raw(b"null")
"""A payload that says nothing. Compare by value: JSON that came in is never this very one."""


class Position(Struct, frozen=True, gc=False):
    """A place in a channel's stream. Offsets count from 1 for the first publication; 0 is before it.

    Args:
        offset: of the newest publication that is known.
        epoch: names the life of the stream: another epoch is another stream, whatever its offsets.
    """

    offset: int = 0
    epoch: str = ""


BEGINNING = Position()
"""Of a stream that is not known to exist, or of a channel that keeps none."""


class ClientInfo(Struct, frozen=True, omit_defaults=True, gc=False):
    """Who a client is, as others see it.

    Args:
        user: the user's id; empty for nobody in particular.
        client: the connection's id.
        conn_info: the app's own, given when it connected: JSON, or bytes where its clients speak Protobuf.
        chan_info: the app's own, given when it subscribed.
    """

    user: str
    client: str
    conn_info: Raw = NOTHING
    chan_info: Raw = NOTHING


class Publication(Struct, frozen=True, omit_defaults=True, gc=False):
    """One message of a channel.

    Args:
        data: the payload: JSON, or bytes where the channel's clients speak Protobuf.
        info: who published it; `None` for the server.
        offset: its place in the stream; 0 where the channel keeps none.
        tags: names and values by which subscribers may filter.
        delta: whether `data` is a patch against the publication before it.
    """

    data: Raw
    info: ClientInfo | None = None
    offset: int = 0
    tags: dict[str, str] | None = None
    delta: bool = False
