"""A hub's decorators put each hook where its kind is looked up, and give the function back."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Misuse
from hubbub.hooks.registry import Registry
from hubbub.hooks.signature import CONNECT, DISCONNECT, MESSAGE, REFRESH
from hubbub.hooks.table import Table

ALONE = {"on_connect": CONNECT, "on_refresh": REFRESH, "on_message": MESSAGE, "on_disconnect": DISCONNECT}
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
    assert list(table.sole) == [ALONE[name]]
    with pytest.raises(Misuse, match=f"{name} takes no arguments"):
        getattr(Registry(Table(object)), name)("chat:{room}")


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


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("method", ["", hook])
def test_a_method_has_a_name(name: str, method: Any) -> None:
    with pytest.raises(Misuse, match=rf"{name} needs the method's name: @hub\.{name}\('add'\), not "):
        getattr(Registry(Table(object)), name)(method)


def test_a_hook_is_replaced_within_a_block() -> None:
    table = Table(object)
    registry = Registry(table)
    registry.on_connect(hook)
    before = table.sole[CONNECT].call
    with registry.override(hook, lambda: None):
        assert table.sole[CONNECT].call is not before
    assert table.sole[CONNECT].call is before
