"""A messenger: rooms, people, and what a network that comes and goes does to it.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.messenger:app

Each message has a key of its own, made where it is written: what is sent twice,
because the answer was lost, is said once. One person in several tabs is one
person, who has read in all of them what was read in one. Moderators mute and
remove, in the page or by the HTTP API, which is served where
MESSENGER_API_KEY is set. Names are free to choose, so here everybody may be a
moderator. With MESSENGER_SECRET set, people outlive a restart; messages do not.
"""

import os
import secrets
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from time import time
from typing import Annotated, Any, Literal

from fastapi import Body, FastAPI
from fastapi.staticfiles import StaticFiles
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field, StringConstraints
from starlette.middleware.gzip import GZipMiddleware

from hubbub import (
    Api,
    Approval,
    Client,
    ClientLimits,
    Disconnect,
    Hub,
    InvalidToken,
    Namespace,
    Rate,
    Refused,
    Verifier,
    Welcome,
)

PAGES = Path(__file__).parent / "pages"
SECRET = os.environ.get("MESSENGER_SECRET") or secrets.token_urlsafe(32)
API_KEY = os.environ.get("MESSENGER_API_KEY")
ROOMS = ("lobby", "kitchen", "garden")
MOST = 1000  # people who are remembered
MONTH = 30 * 24 * 3600

Room = Literal["lobby", "kitchen", "garden"]
Key = Annotated[str, StringConstraints(pattern=r"^[\w-]{1,40}$")]
Id = Annotated[str, StringConstraints(max_length=60)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class Message(BaseModel):
    """What is said, and the key by which it is known when it comes again."""

    room: Room
    key: Key
    text: Words


class Reaction(BaseModel):
    """A sign under a message, or no longer."""

    room: Room
    to: Id
    sign: Literal["✔️", "❤️", "😂", "😍", "😮", "😢"]
    on: bool = True


class Mark(BaseModel):
    """How far somebody has read."""

    room: Room
    offset: Annotated[int, Field(ge=0)]


class Order(BaseModel):
    """What is done to a message in a room, or to a user."""

    do: Literal["mute", "remove", "expel"]
    user: Id = ""
    seconds: Annotated[int, Field(ge=0, le=MONTH)] = 300
    room: Room = "lobby"
    message: Id = ""


@dataclass
class Person:
    """Somebody who has been here."""

    name: str
    is_moderator: bool
    muted_until: float = 0.0
    is_out: bool = False
    read: dict[str, int] = field(default_factory=dict)


people: dict[str, Person] = {}
verifier = Verifier(SECRET)
namespaces = [
    Namespace(
        "room", history_size=1000, history_ttl=24 * 3600, force_recovery=True, allow_history_for_subscriber=True
    ),
    Namespace(  # who looks at a room, and who types there: nothing is kept
        "here", presence=True, allow_presence_for_subscriber=True, join_leave=True, force_push_join_leave=True,
        join_leave_per_user=True, leave_delay=1.5,
    ),
    Namespace("me"),
]  # fmt: skip
hub = Hub(namespaces, personal_channels="me", limits=ClientLimits(rates={"": Rate(20, burst=100)}))
app = FastAPI(lifespan=hub.lifespan)
hub.install(app, api=Api([API_KEY]) if API_KEY else None)


@app.post("/enter")
async def enter(name: Annotated[Name, Body()], moderator: Annotated[bool, Body()] = False) -> dict[str, str]:
    """A token: it is all that shows who one is."""
    claims = {"sub": secrets.token_hex(6), "name": name, "moderator": moderator, "exp": int(time()) + MONTH}
    return {"token": jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))}


@hub.on_connect
async def who(token: str) -> Welcome:
    """The person, known again; and what its page must know to begin."""
    try:
        claims = await verifier.verify(token)
    except InvalidToken:
        raise Disconnect(4500, "enter first") from None
    person = people.get(claims.user)
    if person is None:
        forget()
        people[claims.user] = person = Person(claims["name"], claims["moderator"])
    if person.is_out:
        raise Disconnect(4501, "a moderator has removed you")
    person.name = free_name(claims["name"], claims.user)
    info = {"name": person.name, "moderator": person.is_moderator}
    told = {"user": claims.user, "rooms": ROOMS, "read": person.read, "muted": round(person.muted_until * 1000)}
    return Welcome(claims.user, info=info, data=info | told)


def forget() -> None:
    """Make room for one more: whoever came first and is not here goes."""
    gone = next((id for id in people if not hub.connections(id)), "")
    if gone and len(people) >= MOST:
        del people[gone]


def free_name(name: str, user: str) -> str:
    """The name, with a number behind it where somebody else has it now."""
    taken = {each.name.casefold() for id, each in people.items() if id != user and hub.connections(id)}
    names = (f"{name} {n}" if n > 1 else name for n in count(1))
    return next(each for each in names if each.casefold() not in taken)


@hub.on_subscribe("room:{room}")
@hub.on_subscribe("here:{room}")
async def may_enter(room: str) -> bool:
    """All rooms are open."""
    return room in ROOMS


@hub.on_publish("here:{room}")
async def typing(client: Client, room: str) -> Approval:
    """That somebody types is told to the others who are there, and forgotten."""
    if f"here:{room}" not in client.channels:
        raise Refused(403, "enter the room first")
    return Approval({}, to_others=True)


@hub.rpc("say")
async def say(client: Client, message: Message) -> dict[str, int]:
    """Said once, however often it comes: by its author and its key."""
    id = f"{client.user}.{message.key}"
    words = {"id": id, "text": message.text, "at": round(time() * 1000)}
    return await tell(client, message.room, words, key=id)


@hub.rpc("react")
async def react(client: Client, reaction: Reaction) -> dict[str, int]:
    """The last word of each person counts, so that this may come twice."""
    return await tell(client, reaction.room, reaction.model_dump())


async def tell(client: Client, room: str, event: dict[str, Any], key: str = "") -> dict[str, int]:
    """To everybody, by whom it is, unless a moderator has muted them."""
    person = people[client.user]
    if (left := person.muted_until - time()) > 0:
        raise Refused(403, f"you are muted for {left // 60 + 1:.0f} min")
    signed = event | {"user": client.user, "name": person.name}
    at = await hub.publish(f"room:{room}", signed, idempotency_key=key)
    return {"offset": at.offset}


@hub.rpc("read")
async def read(client: Client, mark: Mark) -> None:
    """All tabs of a person are told by the channel that is its own."""
    marks = people[client.user].read
    marks[mark.room] = max(mark.offset, marks.get(mark.room, 0))
    await hub.publish(f"me:#{client.user}", {"read": marks})


@hub.rpc("moderate")
async def moderate(client: Client, order: Order) -> None:
    """In the page, for moderators."""
    if not people[client.user].is_moderator:
        raise Refused(403, "moderators may do that, and you are none")
    await carry_out(order)


@hub.server_rpc("moderate")
async def carry_out(order: Order) -> None:
    """By the HTTP API, for whoever has its key."""
    person = people.get(order.user)
    if order.do == "remove":
        await hub.publish(f"room:{order.room}", {"remove": order.message})
    elif person is None:
        raise Refused(404, "there is no such user")
    elif order.do == "mute":
        person.muted_until = time() + order.seconds
        await hub.publish(f"me:#{order.user}", {"muted": round(person.muted_until * 1000)})
    else:
        person.is_out = True
        await hub.disconnect(user=order.user, code=4501, reason="a moderator has removed you")


app.mount("/shared", GZipMiddleware(StaticFiles(directory=PAGES / "shared")))
app.mount("/", GZipMiddleware(StaticFiles(directory=PAGES / "messenger", html=True)))
