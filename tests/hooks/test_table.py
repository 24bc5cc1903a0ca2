"""Hooks are registered once each, found by what a client does, and replaced while a test wants it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from hubbub import Misuse
from hubbub.hooks.call import HookTimeout
from hubbub.hooks.signature import Call
from hubbub.hooks.table import Declaration, Table
from tests.hooks.clients import Client

CALL = Call(Client(), "chat:7", {"room": "7"}, Raw(b"1"))


@pytest.fixture
def table() -> Table:
    return Table(Client)


async def hook(client: Client) -> str:
    return "hook"


@pytest.mark.parametrize("name", ["connect", "refresh", "message", "disconnect"])
async def test_there_is_one_of_a_kind(table: Table, name: str) -> None:
    register = getattr(table, f"on_{name}")
    assert register(hook) is hook
    entry = getattr(table, name)
    assert await entry.call(CALL) == "hook"
    with pytest.raises(Misuse, match=f"hook is registered with on_{name} already"):
        register(hook)
    with pytest.raises(Misuse, match=f"on_{name} takes no arguments"):
        getattr(Table(Client), f"on_{name}")("chat:{room}")


@pytest.mark.parametrize("name", ["subscribe", "sub_refresh", "publish", "unsubscribe"])
async def test_there_is_one_for_a_pattern(table: Table, name: str) -> None:
    register = getattr(table, f"on_{name}")

    async def typed(client: Client, room: int) -> Any:
        return room

    assert register("chat:{room}")(typed) is typed
    found = getattr(table, name).find("chat:7")
    assert await found[0].call(CALL) == 7
    assert found[1] == {"room": "7"}
    with pytest.raises(Misuse, match="already"):
        register("chat:{other}")(hook)
    with pytest.raises(Misuse, match="needs their pattern"):
        register(typed)
    assert len(getattr(table, name)) == 1


async def test_a_method_has_one_hook(table: Table) -> None:
    assert table.rpc("add")(hook) is hook
    assert await table.methods["add"].call(CALL) == "hook"
    with pytest.raises(Misuse, match="hook answers calls of 'add' already"):
        table.rpc("add")(hook)
    with pytest.raises(Misuse, match="rpc needs the method's name"):
        table.rpc(hook)  # type: ignore[arg-type]


async def test_methods_by_pattern_and_the_one_without_a_name(table: Table) -> None:
    assert table.rpc_by_pattern("math:{name}")(hook) is hook
    table.rpc_by_pattern("")(hook)
    table.rpc_by_pattern("plain")(hook)
    found = table.calls.find("math:add")
    assert found is not None
    assert found[1] == {"name": "add"}
    assert await found[0].call(CALL) == await table.methods[""].call(CALL) == "hook"
    assert "plain" in table.methods
    with pytest.raises(Misuse, match="math:"):
        table.rpc_by_pattern("math:{other}")(hook)


async def test_a_function_may_have_a_time_of_its_own(table: Table) -> None:
    class Waits:
        hook_timeout = 0.01

        async def __call__(self, client: Client) -> None:
            await asyncio.Event().wait()

    table.on_connect(Waits())
    assert table.connect is not None
    with pytest.raises(HookTimeout, match="did not return within"):
        await table.connect.call(CALL)


def test_a_hook_that_cannot_be_called_is_not_registered(table: Table) -> None:
    with pytest.raises(Misuse, match="nothing fills the parameter 'room'"):

        @table.on_unsubscribe("news")
        async def ended(room: str) -> None: ...

    assert table.unsubscribe.find("news") is None


async def test_a_test_replaces_a_hook_wherever_it_is(table: Table) -> None:
    table.on_subscribe("chat:{room}")(hook)
    table.on_publish("news")(hook)
    chat = table.subscribe.find("chat:7")
    news = table.publish.find("news")
    assert chat is not None
    assert news is not None

    async def other(channel: str) -> str:
        return f"other {channel}"

    async def another() -> str:
        return "another"

    with table.override(hook, other):
        assert await chat[0].call(CALL) == await news[0].call(CALL) == "other chat:7"
        with table.override(hook, another):
            assert await chat[0].call(CALL) == "another"
        assert await chat[0].call(CALL) == "other chat:7"
    assert await chat[0].call(CALL) == await news[0].call(CALL) == "hook"


async def test_after_an_error_the_hook_is_there_again(table: Table) -> None:
    table.on_connect(hook)
    with pytest.raises(KeyError), table.override(hook, lambda: None):
        raise KeyError
    assert table.connect is not None
    assert await table.connect.call(CALL) == "hook"


def test_what_is_no_hook_cannot_be_replaced_and_not_by_what_cannot_be_called(table: Table) -> None:
    with pytest.raises(Misuse, match="hook is no hook here"), table.override(hook, hook):
        pass
    table.on_connect(hook)
    with pytest.raises(Misuse, match="nothing fills the parameter 'b'"), table.override(hook, lambda a, b: None):
        pass


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(Misuse, match="more than 0 seconds"):
        Table(Client, timeout)


async def test_a_backends_methods_are_others_than_the_clients(table: Table) -> None:
    async def add(data: int) -> int:
        return data + 1

    async def other(data: int) -> int:
        return data + 2

    assert table.server_rpc("add")(add) is add
    table.rpc("add")(hook)
    assert await table.server_methods["add"].call(CALL) == 2
    with table.override(add, other):
        assert await table.server_methods["add"].call(CALL) == 3
    with pytest.raises(Misuse, match="add answers calls of 'add' already"):
        table.server_rpc("add")(add)
    with pytest.raises(Misuse, match=r"server_rpc needs the method's name: @hub\.server_rpc\('add'\), not ''"):
        table.server_rpc("")


def test_something_is_said_of_channels_once(table: Table) -> None:
    table.declare("chat:{room}", Declaration(int, "a word"))
    [(pattern, said)] = table.declared
    assert (pattern.text, said.publishes, said.about) == ("chat:{room}", int, "a word")
    with pytest.raises(Misuse, match="already"):
        table.declare("chat:{other}", Declaration())
