"""A hub's decorators put each hook where its kind is looked up, and give the function back."""

from __future__ import annotations

import pytest

from hubbub.hooks.registry import Registry
from hubbub.hooks.table import Table

ALONE = {"on_connect": "connect", "on_refresh": "refresh", "on_message": "message", "on_disconnect": "disconnect"}
ROUTED = {
    "on_subscribe": "subscribe",
    "on_sub_refresh": "sub_refresh",
    "on_publish": "publish",
    "on_unsubscribe": "unsubscribe",
}
NAMED = {"rpc": "methods", "server_rpc": "server_methods"}


def hook() -> None:
    """Asks for nothing."""


def test_every_decorator_of_a_hub_is_here() -> None:
    assert {name for name in vars(Registry) if not name.startswith("_")} == {*ALONE, *ROUTED, *NAMED, "override"}


@pytest.mark.parametrize("name", ALONE)
def test_the_one_of_its_kind(name: str) -> None:
    table = Table(object)
    assert getattr(Registry(table), name)(hook) is hook
    assert [kind for kind in ALONE.values() if getattr(table, kind) is not None] == [ALONE[name]]


@pytest.mark.parametrize("name", ROUTED)
def test_one_for_the_channels_of_a_pattern(name: str) -> None:
    table = Table(object)
    assert getattr(Registry(table), name)("chat:{room}")(hook) is hook
    assert [kind for kind in ROUTED.values() if getattr(table, kind).find("chat:a") is not None] == [ROUTED[name]]


@pytest.mark.parametrize("name", NAMED)
def test_one_for_a_name(name: str) -> None:
    table = Table(object)
    assert getattr(Registry(table), name)("add")(hook) is hook
    assert [kind for kind in NAMED.values() if "add" in getattr(table, kind)] == [NAMED[name]]


def test_a_hook_is_replaced_within_a_block() -> None:
    table = Table(object)
    registry = Registry(table)
    registry.on_connect(hook)
    assert table.connect is not None
    before = table.connect.call
    with registry.override(hook, lambda: None):
        assert table.connect.call is not before
    assert table.connect.call is before
