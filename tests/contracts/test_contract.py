"""What is read from hooks: which types go in, which come out, and where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec import Raw, Struct

from hubbub import Approval, Client, Hub
from hubbub.contracts.contract import Channel, Contract, members_of
from hubbub.contracts.schema import Payload
from tests.contracts import hooks


class In(Struct):
    x: int


class Out(Struct):
    y: int


@pytest.fixture
def contract() -> Contract:
    return hooks.make().contract()


def channel(hub: Hub) -> Channel:
    [only] = hub.contract().channels
    return only


def types(payloads: tuple[Payload, ...]) -> list[Any]:
    return [each.annotation for each in payloads]


@pytest.mark.parametrize(
    ("returned", "given"),
    [
        (None, [In]),
        (bool, [In]),
        (Any, [In]),
        (Approval, [In]),
        (Out, [Out]),
        (Out | None, [In, Out]),
        (Out | bool, [In, Out]),
        (Approval | Out, [Out]),
        (Out | datetime, [Out | datetime]),
    ],
)
def test_what_subscribers_are_told_is_what_on_publish_lets_pass(returned: Any, given: list[Any]) -> None:
    hub = Hub()

    async def say(payload: In) -> Any: ...

    say.__annotations__ = {"payload": In, "return": returned}
    hub.on_publish("a")(say)
    assert types(channel(hub).gives) == given
    assert [each.goes_out for each in channel(hub).gives] == [each is not In for each in given]


def test_a_hook_that_says_nothing_of_its_result_lets_pass_what_came() -> None:
    hub = Hub()

    @hub.on_publish("a")
    async def say(payload: In):  # type: ignore[no-untyped-def]
        return payload

    assert types(channel(hub).gives) == [In]


def test_what_the_server_publishes_is_declared() -> None:
    hub = Hub()
    hub.declare("a", publishes=Out, about="Ours.")
    assert (types(channel(hub).gives), channel(hub).about) == ([Out], "Ours.")

    @hub.on_publish("a")
    async def say(payload: In) -> bool:
        return True

    assert types(channel(hub).gives) == [In, Out]


def test_hooks_of_the_same_channels_are_one(contract: Contract) -> None:
    hub = Hub()

    @hub.on_subscribe("chat:{room}")
    async def may_join(room: str) -> bool:
        """Come in."""
        return True

    @hub.on_publish("chat:{number}")
    async def say(number: int) -> bool:
        """Speak."""
        return True

    found = channel(hub)
    assert (found.pattern.text, found.hears, found.says) == ("chat:{room}", "Come in.", "Speak.")
    assert found.parameters["room"].annotation is str
    assert found.takes is not None
    assert found.takes.annotation is Any
    assert [each.pattern.text for each in contract.channels] == ["prices:{symbol:path}", "chat:{room}", "game:{number}"]


def test_a_parameter_has_the_type_that_any_hook_says() -> None:
    hub = Hub()
    hub.on_subscribe("chat:{room}")(lambda: True)

    @hub.on_publish("chat:{number}")
    async def say(number: int) -> bool:
        return True

    assert channel(hub).parameters["room"].annotation is int


def test_what_may_be_left_out() -> None:
    def optional(hub: Hub) -> list[bool]:
        return [each.asks.is_optional for each in hub.contract().methods if each.asks is not None]

    hub = Hub()

    @hub.rpc("a")
    async def a(x: In) -> None: ...
    @hub.rpc("b")
    async def b(x: In | None) -> None: ...
    @hub.rpc("c")
    async def c(x: In = In(1)) -> None: ...
    @hub.rpc("d")
    async def d(x: Raw) -> None: ...

    assert optional(hub) == [False, True, True, True]


def test_a_method(contract: Contract) -> None:
    methods = {each.name: each for each in contract.methods}
    assert methods["add"].about == "Add two numbers."
    assert methods["now"].asks is methods["now"].answers is None
    assert methods["add"].answers is not None
    assert contract.shapes.of(methods["add"].answers) == {"type": "integer"}


def test_the_connection(contract: Contract) -> None:
    assert contract.connects is not None
    assert contract.tells is not None
    assert (contract.tells.is_optional, contract.takes_messages) == (True, True)
    empty = Hub().contract()
    assert (empty.connects, empty.tells, empty.takes_messages, empty.channels, empty.methods) == (
        None,
        None,
        False,
        (),
        (),
    )


def test_an_overridden_hook_speaks_for_itself() -> None:
    hub = Hub()

    @hub.rpc("a")
    async def a(x: In) -> None: ...
    async def other(client: Client) -> Out: ...  # type: ignore[empty-body]

    with hub.override(a, other):
        assert hub.contract().methods[0].asks is None
    assert hub.contract().methods[0].asks is not None


def test_members_of_a_union() -> None:
    assert members_of(int | None) == [int, type(None)]
    assert members_of(list[int]) == [list[int]]
