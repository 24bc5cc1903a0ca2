"""Options that make no sense are refused when they are made, by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from hubbub import Deflate, Drop, Heartbeat, KeepNewest, Limits, Misuse, Overflow, RateLimit
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


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("server_max_window_bits", 7, "from 8 to 15, not 7"),
        ("client_max_window_bits", 16, "from 8 to 15, not 16"),
        ("level", 0, "from 1 to 9, not 0"),
        ("level", -1, "from 1 to 9, not -1"),
        ("memory_level", 10, "from 1 to 9, not 10"),
        ("min_size", 0, "more than 0, not 0"),
        ("release_after", 0, "more than 0, not 0"),
    ],
)
def test_what_cannot_be_compressed_with_is_a_misuse(name: str, value: int, fault: str) -> None:
    values: dict[str, Any] = {name: value}
    with pytest.raises(Misuse, match=rf"Deflate\.{name} must be {fault}"):
        Deflate(**values)


@pytest.mark.parametrize("name", ["messages", "bytes", "control"])
def test_a_number_is_no_rate(name: str) -> None:
    with pytest.raises(Misuse, match=f"{name} takes a Rate, .* not 5"):
        RateLimit(**{name: 5})  # type: ignore[arg-type]  # that is what it is about


async def wait(value: object) -> None:
    """What nobody would await."""


@pytest.mark.parametrize("make", [Drop, KeepNewest])
@pytest.mark.parametrize(("function", "kind"), [(5, "5"), (wait, "an async function")])
def test_what_is_called_amid_things_is_a_plain_function(make: Any, function: object, kind: str) -> None:
    with pytest.raises(Misuse, match=f"{make.__name__} takes a plain function, .* not {kind}"):
        make(function)


def test_compression_holds_no_more_than_it_must_unless_told() -> None:
    assert Deflate().server_no_context_takeover
    assert Deflate().client_no_context_takeover
    assert Deflate(release_after=None).release_after is None


def test_the_defaults_are_safe() -> None:
    assert all(getattr(DEFAULT.limits, name) for name in BOUNDS if name != "idle_timeout")
    assert DEFAULT.heartbeat == Heartbeat(25, 10)
    assert DEFAULT.slow_reader is Overflow.WAIT
    assert DEFAULT.compression is None
