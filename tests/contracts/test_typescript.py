"""What is written compiles, and the compiler finds what is wrong in a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct, defstruct
from pydantic import BaseModel, Field, create_model

from hubbub import Hub
from hubbub.contracts.typescript import channel_type, typescript
from tests.contracts import hooks
from tests.contracts.annotated import OURS, PYDANTICS, SCALARS
from tests.contracts.compiler import faults

PAGE = """
import { Centrifuge } from "centrifuge";
import { typed, type HubOptions, type Message, type Price } from "./hub";

const client = typed(new Centrifuge("wss://x", { data: { name: "ann" } } satisfies HubOptions));
const chat = client.newSubscription("chat:lobby");
chat.on("publication", (ctx) => {
  const text: string = ctx.data.message.text;
  const channel: "chat:lobby" = ctx.channel;
  const offset: number | undefined = ctx.offset;
});
chat.on("subscribed", (ctx) => ctx.recovered === true);
chat.publish({ text: "hello" } satisfies Message);
chat.subscribe();

const game = client.newSubscription("game:1", { data: "good", recoverable: true });
game.on("publication", ({ data }) => {
  if (data.type === "move") { const x: number = data.x; } else { const why: string | null | undefined = data.why; }
});
client.publish("game:2", { type: "stop" });

const symbol: string = "X";
const prices = client.newSubscription(`prices:${symbol}`);
prices.history({ limit: 10 }).then(({ publications }) => publications.map(({ data }) => (data satisfies Price).cents));
client.removeSubscription(prices);
for (const name of ["lobby", "kitchen"] as const)
  client.newSubscription(`chat:${name}`).on("publication", (ctx) => ctx.data.at);

client.rpc("add", { a: 1 }).then(({ data }) => { const sum: number = data; });
client.rpc("now").then(({ data }) => { const nothing: undefined = data; });
client.rpc("strange", [1, "x"]);
client.rpc("strange");
client.rpc("shop:cart", { item: 1 }).then(({ data }) => { const known: unknown = data; });
client.send({ steps: 1 });
client.send();
client.on("connected", (ctx) => ctx.client);
client.connect();
"""

WRONG = [
    "({ data: { nam: 'ann' } }) satisfies HubOptions;",
    "chat.on('publication', (ctx) => ctx.data.txt);",
    "chat.publish({ txt: 'x' });",
    "chat.publish();",
    "client.newSubscription('chat:attic');",
    "client.newSubscription('game:x', { data: 'good' });",
    "client.newSubscription('game:1');",
    "client.newSubscription('game:1', { data: 'sad' });",
    "client.publish('game:1', { type: 'fly' });",
    "client.publish('news', {});",
    "client.rpc('add', { a: '1' });",
    "client.rpc('add');",
    "client.rpc('now', 1);",
    "client.rpc('sub', 1);",
    "client.rpc('add', { a: 1 }).then(({ data }) => data.length);",
    "client.send({ steps: 'x' });",
    "chat.history({ limit: 1 }).then(({ publications }) => publications[0].data.message);",
]


def many_hooks() -> Hub:
    """One of each kind of type, in every direction, under names that TypeScript has itself."""
    hub = Hub()
    fields: dict[str, Any] = {f"field {n}": each for n, each in enumerate(SCALARS + OURS)}
    models: dict[str, Any] = {f"f{n}": (each, ...) for n, each in enumerate(SCALARS + PYDANTICS)}
    names = ["Promise", "Omit", "C", "Channel", "Given", "HubClient", "Object", "string", "Record"]
    for n, name in enumerate(names):
        struct = defstruct(
            name, [(f"x{each}", kind) for each, kind in enumerate(fields.values())], array_like=n % 2 == 0
        )
        types = (struct, list[struct | None], create_model(name, **models))  # type: ignore[valid-type]
        for m, type_ in enumerate(types):

            async def hook(payload: Any, value: int) -> Any: ...

            hook.__annotations__ = {"payload": type_, "value": int, "return": type_}
            hub.on_publish(f"`${m}\\{n}:{{value}}")(hook)
            hub.rpc(f"{name}-{m} `\"'")(lambda payload: payload)
    return hub


def test_a_page_compiles_and_what_is_wrong_does_not(tmp_path: Path) -> None:
    wrong = "\n".join(f"// @ts-expect-error\n{line}" for line in WRONG)
    files = {"hub.ts": typescript(hooks.make().contract()), "page.ts": PAGE + wrong}
    files["many.ts"] = typescript(many_hooks().contract())
    files["none.ts"] = typescript(Hub().contract())
    assert faults(tmp_path, files) == []


def test_the_types_of_channels() -> None:
    contract = hooks.make().contract()
    types = {each.pattern.text: channel_type(each, contract) for each in contract.channels}
    assert types == {
        "chat:{room}": '`chat:${"kitchen" | "lobby"}`',
        "game:{number}": "`game:${number}`",
        "prices:{symbol:path}": "`prices:${string}`",
    }


def test_what_stands_there_for_this_hub() -> None:
    lines = typescript(hooks.make().contract()).splitlines()
    assert '  "add": { params: Sum; result: number };' in lines
    assert '  "now": { params: undefined; result: undefined };' in lines
    assert "export type ConnectData = Hello;" in lines
    assert "  C extends `game:${number}` ? Move | Stop :" in lines
    assert "export type ClientMessage = never;" in typescript(Hub().contract()).splitlines()


class T(Struct):
    x: Annotated[int, Meta(ge=1)]


class TModel0(BaseModel):
    y: int = Field(default=1)


def test_a_name_that_is_taken_is_another() -> None:
    hub = Hub()

    @hub.rpc("a")
    async def a(t: T) -> TModel0: ...  # type: ignore[empty-body]

    text = typescript(hub.contract())
    assert "export interface TModel " in text
    assert "export interface TModel0 " in text


@pytest.mark.parametrize("word", ["literal", "name"])
def test_a_channel_without_parameters_is_its_name(word: str) -> None:
    hub = Hub()
    hub.declare(f'a "{word}"')
    [channel] = hub.contract().channels
    assert channel_type(channel, hub.contract()) == f'"a \\"{word}\\""'
