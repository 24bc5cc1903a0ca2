"""The options are told, have the defaults that the library has, and none that a namespace has is missing."""

from __future__ import annotations

from dataclasses import fields

import pytest

from hubbub import ClientLimits, Namespace
from hubbub.settings.meaning import SHARED, limits_of
from hubbub.settings.options import ChannelOptions, Section, Settings
from hubbub.settings.reader import all_options
from hubbub.settings.show import documentation
from hubbub.settings.values import Secret

SECTIONS = {option.section for option in all_options()}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_option_is_told(section: type[Section]) -> None:
    assert set(documentation(section)) == set(section.__struct_fields__)


def test_every_option_of_a_namespace_can_be_set() -> None:
    predicates = {"allow_subscribe", "allow_publish", "allow_presence", "allow_history"}
    assert {field.name for field in fields(Namespace) if field.init} - predicates - {"name"} == set(SHARED)
    for field in fields(Namespace):
        if field.name in SHARED and field.name != "history_meta_ttl":
            assert getattr(ChannelOptions(), field.name) == field.default, field.name


def test_a_client_may_cost_what_it_may_cost_in_an_app() -> None:
    assert limits_of(Settings()) == ClientLimits()


def test_nothing_shows_a_secret() -> None:
    keys = {option.path: option.info.type for option in all_options() if option.path.endswith(("key", "key_pem"))}
    assert {path for path, kind in keys.items() if kind is not Secret and "public" not in path} == set()
