"""What all sessions of a hub share: the node, the app's word, the bounds, and the list of who is connected."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from ..channels.namespace import Namespace
from ..channels.namespaces import Namespaces
from ..channels.node import Node
from ..codes import ErrorCode
from ..eager import Eager
from ..errors import Refused
from ..protocol.commands import Command
from .attendance import Attendance
from .hooks import Hooks, Visit
from .limits import ClientLimits
from .link import Emulated

Rest = Coroutine[Any, Any, None] | None
"""What is left to be awaited of what was begun; `None` where it is done."""

Job = Callable[[], Rest]


class Connected(Protocol):
    """A session, as it is found here."""

    id: str
    user: str
    client: Any

    @property
    def link(self) -> Any:
        """What carries it."""

    def submit(self, job: Job) -> None:
        """Run `job` when all that came before it is done."""

    def disconnect(self, code: int, reason: str = "") -> None:
        """End the connection."""

    def ask_anew(self) -> None:
        """Ask what it may publish before it does so again."""


class Shared:
    """One hub's. The hub fills it before the first session is made.

    Args:
        node: this process.
        hooks: the app's word.
        namespaces: the options of a channel, by its name.
        limits: of each client.
        version: what clients are told that they talk to; never empty.
        do: does one command of a session, or begins it.
        combine: makes one job that does the same as several, or `None`.
        make_client: makes what hooks see of a session.
    """

    def __init__(
        self,
        node: Node,
        hooks: Hooks,
        namespaces: Namespaces,
        limits: ClientLimits,
        version: str,
        do: Callable[[Any, Command], Rest],
        combine: Callable[[Any, Sequence[Job | Command]], Job | None],
        make_client: Callable[[Any], Visit],
    ) -> None:
        self.node = node
        self.hooks = hooks
        self.namespaces = namespaces
        self.limits = limits
        self.version = version
        self.do = do
        self.combine = combine
        self.make_client = make_client
        self.eager: Eager = None  # type: ignore[assignment]  # made when the loop runs
        self.attendance = Attendance(node)
        self.sessions: dict[str, Connected] = {}
        self.users: dict[str, dict[str, Connected]] = {}
        self.emulated: dict[str, Emulated] = {}
        """The links of those sessions that have a secret, by it."""

    def namespace_of(self, channel: str) -> Namespace:
        """The options of a channel.

        Raises:
            Refused: its namespace does not exist.
        """
        found = self.namespaces.of(channel)
        if found is None:
            raise Refused(ErrorCode.UNKNOWN_CHANNEL)
        return found

    def ask_anew(self) -> None:
        """Options or hooks have changed: nobody goes on saying what he may have said until now."""
        for session in list(self.sessions.values()):
            session.ask_anew()

    def add(self, session: Connected) -> None:
        """A client has connected."""
        self.sessions[session.id] = session
        self.users.setdefault(session.user, {})[session.id] = session
        if session.link.session:
            self.emulated[session.link.session] = session.link

    def remove(self, session: Connected) -> None:
        """It is gone; who never connected is none the worse."""
        if self.sessions.pop(session.id, None) is not None:
            self.emulated.pop(session.link.session, None)
            of_user = self.users[session.user]
            del of_user[session.id]
            if not of_user:
                del self.users[session.user]
