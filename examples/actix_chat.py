"""A chat with rooms, as actix-web's `chat`: an actor a client, one for all.

Run it, and open http://127.0.0.1:8000 in two windows:

    hubbub run examples.actix_chat:app

Say /list, /join ROOM, /name NAME. Other than there, a room goes with its last
member, who does not read holds up nobody, a failure of the server is survived.
"""

import json
from pathlib import Path
from typing import Annotated, NamedTuple

from fastapi import Depends, FastAPI
from fastapi.responses import PlainTextResponse
from fastapi.staticfiles import StaticFiles

from hubbub import Actor, Address, Heartbeat, Supervisor, Upgrade, handles

PAGES = Path(__file__).parent / "pages"
services = Supervisor()
app = FastAPI(lifespan=services.lifespan)

Connect = NamedTuple("Connect", [("who", Address)])
Disconnect = NamedTuple("Disconnect", [("who", Address)])
Join = NamedTuple("Join", [("who", Address), ("room", str)])
Say = NamedTuple("Say", [("who", Address), ("room", str), ("text", str)])
Look = NamedTuple("Look", [])


class ChatServer(Actor):
    """Who is in which room."""

    def __init__(self) -> None:
        self.rooms: dict[str, set[Address]] = {"main": set()}
        self.visitors = 0

    @handles(Connect)
    def connect(self, message: Connect) -> None:
        self.tell("main", "Someone joined")
        self.rooms["main"].add(message.who)
        self.tell("main", f"Total visitors {self.visitors}")
        self.visitors += 1

    @handles(Disconnect, Join)
    def leave(self, message: Disconnect | Join) -> None:
        for room, members in list(self.rooms.items()):
            if message.who in members:
                members.discard(message.who)
                self.tell(room, "Someone disconnected")
            if not members and room != "main":
                del self.rooms[room]
        if isinstance(message, Join):
            self.rooms.setdefault(message.room, set()).add(message.who)
            self.tell(message.room, "Someone connected", message.who)

    @handles(Say)
    def say(self, message: Say) -> None:
        self.tell(message.room, message.text, message.who)

    @handles(Look)
    def look(self, message: Look) -> tuple[list[str], int]:
        return list(self.rooms), self.visitors  # the reply

    def tell(self, room: str, text: str, skip: Address | None = None) -> None:
        for member in self.rooms.get(room, set()) - {skip}:
            member.do_send(text)


class Session(Actor):  # one client
    room, name = "main", ""

    async def started(self) -> None:
        self.server = services.get(ChatServer)
        await self.server.send(Connect(self.address))

    async def on_text(self, text: str) -> None:
        command, _, rest = (text := text.strip()).partition(" ")
        match command:
            case "/list":
                for room in (await self.server.send(Look()))[0]:
                    await self.hear(room)
            case "/join" if rest:
                self.room = rest
                self.server.do_send(Join(self.address, rest))
                await self.hear("joined")
            case "/name" if rest:
                self.name = rest
            case "/join" | "/name":
                room = "room " if command == "/join" else ""
                await self.hear(f"!!! {room}name is required")
            case _ if text.startswith("/"):
                shown = json.dumps(text, ensure_ascii=False)
                await self.hear(f"!!! unknown command: {shown}")
            case _:
                said = f"{self.name}: {text}" if self.name else text
                self.server.do_send(Say(self.address, self.room, said))

    @handles(str)
    async def hear(self, text: str) -> None:
        await self.socket.send(text)

    def stopped(self) -> None:
        self.server.do_send(Disconnect(self.address))


@app.websocket("/ws")
async def chat(upgrade: Annotated[Upgrade, Depends()]) -> None:
    await Session().serve(upgrade, heartbeat=Heartbeat(interval=5, timeout=5))


@app.get("/count")
async def count() -> PlainTextResponse:
    _, visitors = await services.get(ChatServer).send(Look())
    return PlainTextResponse(f"Visitors: {visitors}")


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "actix_chat", html=True))
