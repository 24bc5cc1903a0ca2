"""Typed views: JSON in and out, checked on the way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from hubbub import Close, Closed, Data, InvalidMessage
from hubbub.sockets.views import Typed


class Move(msgspec.Struct, tag=True):
    x: int


class Say(msgspec.Struct, tag=True):
    text: str


class Model(BaseModel):
    x: int = Field(ge=0)


@dataclass
class Record:
    x: int


class Loop:
    """What is sent can be received."""

    def __init__(self, *messages: Data) -> None:
        self.messages = list(messages)

    async def receive(self) -> Data:
        if not self.messages:
            raise Closed(1000)
        return self.messages.pop(0)

    async def send(self, message: Data) -> None:
        self.messages.append(message)

    def send_nowait(self, message: Data) -> None:
        self.messages.append(message)


ATOMS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
JSON = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(JSON, st.booleans())
async def test_any_json_comes_back_as_it_was(value: Any, binary: bool) -> None:
    loop = Loop()
    view: Typed[Any] = Typed(loop, Any, binary=binary)
    await view.send(value)
    assert isinstance(loop.messages[0], bytes) is binary
    assert await view.receive() == value


@pytest.mark.parametrize("value", [Move(1), Say("a"), Model(x=1), Record(1)])
@pytest.mark.parametrize("binary", [False, True])
async def test_values_of_each_kind_go_both_ways(value: Any, binary: bool) -> None:
    loop = Loop()
    view: Typed[Any] = Typed(loop, type(value), binary=binary)
    await view.send(value)
    view.send_nowait(value)
    assert [isinstance(message, bytes) for message in loop.messages] == [binary, binary]
    assert [await view.receive(), await view.receive()] == [value, value]


async def test_a_union_tells_its_members_apart() -> None:
    view: Typed[Move | Say] = Typed(Loop('{"type": "Say", "text": "a"}', b'{"type": "Move", "x": 1}'), Move | Say)
    assert [value async for value in view] == [Say("a"), Move(1)]


@pytest.mark.parametrize(
    ("kind", "message", "told"),
    [
        (Move, '{"type": "Move", "x": "one"}', "Expected `int`, got `str` - at `$.x`"),
        (Move, "{}", "missing required field `x`"),
        (Record, '{"x": null}', "at `$.x`"),
        (Model, '{"x": -1}', "x Input should be greater than or equal to 0"),
        (Model, "no json", "Invalid JSON"),
        (Any, "no json", "malformed"),
        (Any, b"\xff", "malformed|invalid"),
    ],
)
async def test_what_is_no_such_value_is_told_on_one_line(kind: Any, message: Data, told: str) -> None:
    view: Typed[Any] = Typed(Loop(message, '"next"'), kind)
    with pytest.raises(InvalidMessage, match=told.replace("$", r"\$")) as invalid:
        await view.receive()
    assert "\n" not in str(invalid.value)


async def test_after_an_invalid_message_the_view_goes_on() -> None:
    view: Typed[Move] = Typed(Loop("bad", '{"type": "Move", "x": 1}'), Move)
    with pytest.raises(InvalidMessage):
        await view.receive()
    assert await view.receive() == Move(1)


async def test_an_invalid_message_comes_out_of_iteration() -> None:
    view: Typed[Move] = Typed(Loop('{"type": "Move", "x": 1}', "bad"), Move)
    seen: list[Move] = []
    with pytest.raises(InvalidMessage):
        await collect(view, seen)
    assert seen == [Move(1)]


async def collect(view: Typed[Move], seen: list[Move]) -> None:
    async for value in view:
        seen.append(value)


async def test_the_end_ends_iteration_and_is_raised_by_receive() -> None:
    view: Typed[Any] = Typed(Loop(), Any)
    assert [value async for value in view] == []
    with pytest.raises(Closed):
        await view.receive()


async def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError):
        await Typed[Any](Loop(), Any).send(Close)
