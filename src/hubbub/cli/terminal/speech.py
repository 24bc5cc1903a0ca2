"""What is spoken over a connection: which messages go out for what is said, what is shown of what comes. Pure; the plain kind.

`channels.py` is the other kind. A session asks its speech, and does what that says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .backoff import Backoff
from .exits import End

Message = str | bytes


@dataclass(frozen=True)
class Shown:
    """Something that is written.

    Args:
        mark: what stands before it, for eyes.
        text: for eyes.
        line: for programs.
        counts: whether it is one of those that `-n` waits for.
    """

    mark: str
    text: Message
    line: Message
    counts: bool = True


@dataclass
class Heard:
    """What comes of a message.

    Args:
        answers: what is sent.
        notices: what is told about the connection.
        errors: what is told however quiet.
        shown: what is written.
        end: why the conversation is over.
    """

    answers: list[Message] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    end: End | None = None


class Speech(Protocol):
    """The port.

    Args:
        backoff: the waits before coming back.
        comes_back: whether to come back, even where nobody asked for it.
        has_failed: whether something that was said was refused.
    """

    backoff: Backoff
    comes_back: bool
    has_failed: bool

    @property
    def is_ready(self) -> bool:
        """Whether something may be said by now."""

    @property
    def is_waiting(self) -> bool:
        """Whether something that was said has no answer yet."""

    def opened(self) -> Sequence[Message]:
        """A connection has begun: what is sent first."""

    def heard(self, message: Message) -> Heard:
        """A message has come."""

    def said(self, data: Message) -> Message:
        """Somebody says something: what is sent.

        Raises:
            Misuse: it cannot be said.
        """

    def ended(self) -> Sequence[str]:
        """A connection is over: what has to be told of what was under way."""


class Plain:
    """Messages as they are."""

    comes_back = False
    has_failed = False
    is_ready = True
    is_waiting = False

    def __init__(self) -> None:
        self.backoff = Backoff()

    def opened(self) -> Sequence[Message]:
        """Nothing."""
        return ()

    def heard(self, message: Message) -> Heard:
        """It is shown."""
        return Heard(shown=[Shown("<", message, message)])

    def said(self, data: Message) -> Message:
        """It is sent."""
        return data

    def ended(self) -> Sequence[str]:
        """Nothing."""
        return ()
