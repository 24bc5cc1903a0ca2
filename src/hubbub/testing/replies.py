"""What a client of a hub hears, as a test reads it: payloads decoded. Values only."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw, Struct

from ..errors import HubbubError
from ..publication import NOTHING


class Info(Struct, frozen=True):
    """Who somebody is: in presence, joins, leaves, and beside what was published."""

    user: str = ""
    client: str = ""
    conn_info: Any = None
    chan_info: Any = None


class Heard(Struct, frozen=True):
    """A publication, as it reached a client."""

    data: Any = None
    info: Info | None = None
    offset: int = 0
    tags: dict[str, str] = {}
    delta: bool = False


class Subscribed(Struct, frozen=True):
    """How a subscription was answered."""

    expires: bool = False
    ttl: int = 0
    recoverable: bool = False
    epoch: str = ""
    publications: list[Heard] = []
    recovered: bool = False
    offset: int = 0
    positioned: bool = False
    data: Any = None
    was_recovering: bool = False
    delta: bool = False


class Connected(Struct, frozen=True):
    """How `connect` was answered."""

    client: str = ""
    version: str = ""
    expires: bool = False
    ttl: int = 0
    data: Any = None
    subs: dict[str, Subscribed] = {}
    ping: int = 0
    pong: bool = False


class Renewed(Struct, frozen=True):
    """How long a connection or a subscription lives on."""

    expires: bool = False
    ttl: int = 0


class Past(Struct, frozen=True):
    """A history."""

    publications: list[Heard]
    epoch: str
    offset: int


class Stats(Struct, frozen=True):
    """How many are in a channel."""

    num_clients: int
    num_users: int


class Payload(Struct, frozen=True):
    """A payload alone: a message's, or what a method gave."""

    data: Any = None


class Whom(Struct, frozen=True):
    """Who has joined or left."""

    info: Info


class Ended(Struct, frozen=True):
    """How the server ended a subscription."""

    code: int = 0
    reason: str = ""


class Fault(Struct, frozen=True):
    """Why a command was not done."""

    code: int
    message: str = ""
    temporary: bool = False


class Members(Struct, frozen=True):
    """Who is in, by the connection's id."""

    presence: dict[str, Info]


class Pushed(Struct, frozen=True):
    """What came unasked."""

    channel: str = ""
    pub: Heard | None = None
    join: Whom | None = None
    leave: Whom | None = None
    unsubscribe: Ended | None = None
    message: Payload | None = None
    subscribe: Subscribed | None = None
    refresh: Renewed | None = None


class Answer(Struct, frozen=True):
    """One message of the server's; what answers a command keeps its JSON until it is known what was asked."""

    id: int = 0
    error: Fault | None = None
    push: Pushed | None = None
    connect: Raw = NOTHING
    subscribe: Raw = NOTHING
    unsubscribe: Raw = NOTHING
    publish: Raw = NOTHING
    presence: Raw = NOTHING
    presence_stats: Raw = NOTHING
    history: Raw = NOTHING
    rpc: Raw = NOTHING
    refresh: Raw = NOTHING
    sub_refresh: Raw = NOTHING

    @property
    def is_ping(self) -> bool:
        """Whether it asks for a sign of life."""
        return not self.id and self.push is None


class Unsubscribed(HubbubError):
    """A subscription has ended.

    Args:
        code: as the server says; 0 where the client asked for it.
        reason: in words.
    """

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"unsubscribed with {self.code}" + (f": {self.reason}" if self.reason else "")


read_answer = msgspec.json.Decoder(Answer).decode
