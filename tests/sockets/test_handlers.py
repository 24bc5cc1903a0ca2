"""Which method takes which message: marked, inherited, overridden, and found for what derives from a type."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Misuse, handles
from hubbub.sockets.handlers import find, gather


class Message:
    """A message."""


class Special(Message):
    """One of its kind."""


class Base:
    """Handles some."""

    @handles(Message, int)
    def first(self, message: Any) -> str:
        return "base"

    @handles(str)
    def text(self, message: str) -> str:
        return "text"


class Derived(Base):
    """Handles them otherwise, and more."""

    def first(self, message: Any) -> str:
        return "derived"

    @handles(bytes)
    def data(self, message: bytes) -> str:
        return "data"

    @handles(str)
    def another(self, message: str) -> str:
        return "another"


def handled(cls: type, message: object) -> Any:
    function = find(gather(cls), type(message))
    return None if function is None else function(cls(), message)


def test_what_is_marked_is_found_by_type() -> None:
    assert [handled(Base, message) for message in (Message(), 1, "x", b"x")] == ["base", "base", "text", None]


def test_a_class_inherits_handlers_and_may_override_them_by_name_or_by_type() -> None:
    assert [handled(Derived, message) for message in (Message(), 1, "x", b"x")] == [
        "derived", "derived", "another", "data"
    ]  # fmt: skip


def test_what_derives_from_a_type_is_handled_by_the_nearest() -> None:
    class Nearer(Base):
        @handles(Special)
        def special(self, message: Special) -> str:
            return "special"

    assert handled(Base, Special()) == "base"
    assert handled(Nearer, Special()) == "special"
    assert handled(Base, True) == "base"


def test_two_for_one_type_are_a_misuse_that_names_both() -> None:
    class Twice:
        @handles(int)
        def one(self, message: int) -> None: ...

        @handles(int)
        def two(self, message: int) -> None: ...

    with pytest.raises(Misuse, match=r"Twice\.one and \.two both handle int"):
        gather(Twice)


@pytest.mark.parametrize("kinds", [(), (lambda self, message: None,), ("Message",)])
def test_without_a_type_it_is_a_misuse_that_says_how(kinds: Any) -> None:
    with pytest.raises(Misuse, match=r"@handles\(Join\)"):
        handles(*kinds)
