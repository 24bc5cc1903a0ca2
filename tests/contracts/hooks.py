"""Hooks whose contract is looked at: a chat of pydantic's models, a game of msgspec's, prices that the server publishes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from pydantic import BaseModel, Field

from hubbub import Approval, Client, Grant, Hub, Namespace, Welcome
from hubbub.hooks.signature import RPC

Room = Literal["lobby", "kitchen"]


class Hello(BaseModel):
    """Who somebody is."""

    name: Annotated[str, Field(min_length=1, max_length=20, description="Shown to others.")]


class Message(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=500, examples=["hello"])]
    answers: Message | None = None


class Said(BaseModel):
    message: Message
    at: datetime


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


class Move(Struct, tag="move"):
    x: Annotated[int, Meta(ge=0, lt=8)]
    y: int = 0


class Stop(Struct, tag="stop"):
    why: str | None = None


class Price(Struct):
    cents: int
    before: list[tuple[int, float]] = []


@dataclass
class Sum:
    a: int
    b: int = 7


class Strange:
    """What nobody can make JSON of."""


def make() -> Hub:
    """A hub with all of them."""
    hub = Hub([Namespace("chat"), Namespace("game"), Namespace("prices", allow_subscribe_for_client=True)])

    @hub.on_connect
    async def who(hello: Hello) -> Welcome:
        return Welcome(user=hello.name)

    @hub.on_subscribe("chat:{room}")
    async def may_join(client: Client, room: Room) -> bool:
        """Anybody may listen."""
        return True

    @hub.on_publish("chat:{room}")
    async def say(client: Client, room: Room, message: Message) -> Approval | Said:
        """Say something.

        It is heard by all & <everybody>.
        """
        return Said(message=message, at=datetime(2030, 1, 31))

    @hub.on_subscribe("game:{number}")
    async def join(number: int, mood: Mood) -> Grant:
        return Grant(data={"number": number, "mood": mood.value})

    @hub.on_publish("game:{number}")
    async def play(number: int, move: Move | Stop) -> bool:
        return True

    hub.declare("prices:{symbol:path}", publishes=Price, about="What it costs.")

    @hub.rpc("add")
    async def add(numbers: Sum) -> int:
        """Add two numbers."""
        return numbers.a + numbers.b

    @hub.rpc("now")
    async def now() -> None:
        pass

    @hub.rpc("strange")
    async def strange(anything: Any, client: Client) -> Strange:
        return Strange()

    async def answer(method: str, data: Any) -> Any:
        return [method, data]

    hub._table.add_route(RPC, "shop:{what:path}")(answer)  # as a proxy does it

    @hub.on_message
    async def told(client: Client, steps: dict[str, int] | None = None) -> None:
        client.send(steps)

    return hub
