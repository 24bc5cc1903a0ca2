"""The options of channels: none that a namespace has is missing, and the defaults are its own."""

from __future__ import annotations

from dataclasses import fields

from hubbub import Names, Namespace
from hubbub.settings.channel import Channel, ChannelOptions
from hubbub.settings.meaning import SHARED, names_of
from hubbub.settings.options import Settings


def test_every_option_of_a_namespace_can_be_set() -> None:
    predicates = {"allow_subscribe", "allow_publish", "allow_presence", "allow_history"}
    assert {field.name for field in fields(Namespace) if field.init} - predicates - {"name"} == set(SHARED)
    for field in fields(Namespace):
        if field.name in SHARED and field.name != "history_meta_ttl":
            assert getattr(ChannelOptions(), field.name) == field.default, field.name
    assert float(Channel().history_meta_ttl) == Namespace().history_meta_ttl


def test_names_are_read_as_in_an_app() -> None:
    assert names_of(Settings()) == Names()
