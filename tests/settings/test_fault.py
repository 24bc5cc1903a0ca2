"""Faults as they are told."""

from __future__ import annotations

from hubbub.settings.fault import Fault, fatal


def test_a_fault_says_where_and_what() -> None:
    assert str(Fault("client.token", "no key")) == "client.token: no key"
    assert str(Fault("", "no file")) == "no file"


def test_some_are_fatal() -> None:
    light, grave = Fault("a", "b", is_fatal=False), Fault("a", "c")
    assert fatal([light, grave]) == [grave]
