"""Options that make no sense are refused when they are made, by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from hubbub import Heartbeat, Limits, Misuse, Overflow
from hubbub.sockets.options import DEFAULT

BOUNDS = [field.name for field in fields(Limits)]


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_must_be_positive(name: str, value: int) -> None:
    values: dict[str, Any] = {name: value}
    with pytest.raises(Misuse, match=rf"Limits\.{name} must be more than 0, not {value}"):
        Limits(**values)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_bound_may_be_one(name: str) -> None:
    values: dict[str, Any] = {name: 1}
    assert getattr(Limits(**values), name) == 1


@pytest.mark.parametrize("name", ["interval", "timeout"])
def test_a_heartbeat_needs_time(name: str) -> None:
    values: dict[str, Any] = {name: 0}
    with pytest.raises(Misuse, match=rf"Heartbeat\.{name}"):
        Heartbeat(**values)


def test_the_defaults_are_safe() -> None:
    assert all(getattr(DEFAULT.limits, name) for name in BOUNDS if name != "idle_timeout")
    assert DEFAULT.heartbeat == Heartbeat(25, 10)
    assert DEFAULT.slow_reader is Overflow.WAIT
