"""Hooks are held once each, found by what a client does, and replaced while a test wants it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from msgspec import Raw

from hubbub import Misuse
from hubbub.hooks.call import HookTimeout
from hubbub.hooks.signature import (
    CONNECT,
    DISCONNECT,
    MESSAGE,
    PUBLISH,
    REFRESH,
    RPC,
    SERVER_RPC,
    SUB_REFRESH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    Call,
    Kind,
)
from hubbub.hooks.table import Declaration, Table
from tests.hooks.clients import Client

CALL = Call(Client(), "chat:7", {"room": "7"}, Raw(b"1"))


@pytest.fixture
def table() -> Table:
    return Table(Client)


async def hook(client: Client) -> str:
    return "hook"


@pytest.mark.parametrize("kind", [CONNECT, REFRESH, MESSAGE, DISCONNECT])
async def test_there_is_one_of_a_kind(table: Table, kind: Kind) -> None:
    assert table.add(kind, hook) is hook
    assert await table.sole[kind].call(CALL) == "hook"
    with pytest.raises(Misuse, match=f"hook is registered with {kind.name} already"):
        table.add(kind, hook)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(SUBSCRIBE, "subscribe"), (SUB_REFRESH, "sub_refresh"), (PUBLISH, "publish"), (UNSUBSCRIBE, "unsubscribe")],
)
async def test_there_is_one_for_a_pattern(table: Table, kind: Kind, name: str) -> None:
    register = partial(table.add_route, kind)

    async def typed(client: Client, room: int) -> Any:
        return room

    assert register("chat:{room}")(typed) is typed
    found = getattr(table, name).find("chat:7")
    assert await found[0].call(CALL) == 7
    assert found[1] == {"room": "7"}
    with pytest.raises(Misuse, match="already"):
        register("chat:{other}")(hook)
    with pytest.raises(Misuse, match="needs their pattern"):
        register(typed)  # type: ignore[arg-type]
    assert len(getattr(table, name)) == 1


async def test_a_method_has_one_hook(table: Table) -> None:
    assert table.add_method(RPC, "add")(hook) is hook
    assert await table.methods["add"].call(CALL) == "hook"
    with pytest.raises(Misuse, match="hook answers calls of 'add' already"):
        table.add_method(RPC, "add")(hook)


async def test_methods_by_pattern_and_the_one_without_a_name(table: Table) -> None:
    assert table.add_route(RPC, "math:{name}")(hook) is hook
    table.add_method(RPC, "")(hook)
    table.add_method(RPC, "plain")(hook)
    found = table.calls.find("math:add")
    assert found is not None
    assert found[1] == {"name": "add"}
    assert await found[0].call(CALL) == await table.methods[""].call(CALL) == "hook"
    assert "plain" in table.methods
    with pytest.raises(Misuse, match="math:"):
        table.add_route(RPC, "math:{other}")(hook)


async def test_a_function_may_have_a_time_of_its_own(table: Table) -> None:
    class Waits:
        hook_timeout = 0.01

        async def __call__(self, client: Client) -> None:
            await asyncio.Event().wait()

    table.add(CONNECT, Waits())
    with pytest.raises(HookTimeout, match="did not return within"):
        await table.sole[CONNECT].call(CALL)


def test_a_hook_that_cannot_be_called_is_not_registered(table: Table) -> None:
    with pytest.raises(Misuse, match="nothing fills the parameter 'room'"):

        @table.add_route(UNSUBSCRIBE, "news")
        async def ended(room: str) -> None: ...

    assert table.unsubscribe.find("news") is None


async def test_a_test_replaces_a_hook_wherever_it_is(table: Table) -> None:
    table.add_route(SUBSCRIBE, "chat:{room}")(hook)
    table.add_route(PUBLISH, "news")(hook)
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
    table.add(CONNECT, hook)
    with pytest.raises(KeyError), table.override(hook, lambda: None):
        raise KeyError
    assert await table.sole[CONNECT].call(CALL) == "hook"


def test_what_is_no_hook_cannot_be_replaced_and_not_by_what_cannot_be_called(table: Table) -> None:
    with pytest.raises(Misuse, match="hook is no hook here"), table.override(hook, hook):
        pass
    table.add(CONNECT, hook)
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

    assert table.add_method(SERVER_RPC, "add")(add) is add
    table.add_method(RPC, "add")(hook)
    assert await table.server_methods["add"].call(CALL) == 2
    with table.override(add, other):
        assert await table.server_methods["add"].call(CALL) == 3
    with pytest.raises(Misuse, match="add answers calls of 'add' already"):
        table.add_method(SERVER_RPC, "add")(add)


def test_something_is_said_of_channels_once(table: Table) -> None:
    table.declare("chat:{room}", Declaration(int, "a word"))
    [(pattern, said)] = table.declared
    assert (pattern.text, said.publishes, said.about) == ("chat:{room}", int, "a word")
    with pytest.raises(Misuse, match="already"):
        table.declare("chat:{other}", Declaration())
