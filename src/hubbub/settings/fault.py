"""What is wrong with what was told, as values: where, what, and whether the server can start all the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Fault(NamedTuple):
    """One thing.

    Args:
        path: the option, as `client.allowed_origins` or `channel.namespaces[0].name`; or a variable of the environment.
        text: what is wrong, and what to do. Never holds a value that may be secret.
        is_fatal: whether the server must not start with it.
    """

    path: str
    text: str
    is_fatal: bool = True

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


def fatal(faults: Iterable[Fault]) -> list[Fault]:
    """Those that the server must not start with."""
    return [fault for fault in faults if fault.is_fatal]
