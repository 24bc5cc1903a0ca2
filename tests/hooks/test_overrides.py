"""Overrides: only what is said is otherwise."""

from __future__ import annotations

from msgspec.json import decode

from hubbub.channels.namespace import Namespace
from hubbub.hooks.overrides import BoolValue, Override, overrides_of


def test_what_is_not_said_stays_as_it_is() -> None:
    assert overrides_of(None) == overrides_of(Override()) == {}
    said = b'{"presence":{"value":true},"join_leave":{},"force_recovery":null,"unknown":1}'
    assert overrides_of(decode(said, type=Override)) == {"presence": True, "join_leave": False}


def test_each_is_an_option_of_a_namespace() -> None:
    each = overrides_of(Override(*[BoolValue(True)] * len(Override.__struct_fields__)))
    options = Namespace("chat", presence=True, history_size=1, history_ttl=1).overridden(each)
    assert all(getattr(options, name) for name in each)
    assert len(each) == 5
