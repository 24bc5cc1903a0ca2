"""A server that talks by itself, as axum's `websockets` example.

Run it, then open http://127.0.0.1:8000, or start the two clients beside it:

    hubbub run examples.websockets_server:app
    python -m examples.websockets_client

A client is pinged, greeted once it has said something, a pong or a word, and
sent 20 messages while what it says is counted. Who ends first ends the other.
"""

import logging
from asyncio import sleep
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header
from fastapi.staticfiles import StaticFiles

from hubbub import (
    Binary,
    Close,
    CloseCode,
    Message,
    Ping,
    Pong,
    Socket,
    SocketSender,
    Text,
    Upgrade,
    select,
)

PAGES = Path(__file__).parent / "pages"
GREETINGS = 4
GREETING_INTERVAL = 0.1
MESSAGES = 20
MESSAGE_INTERVAL = 0.3

log = logging.getLogger("hubbub.examples")
app = FastAPI()


@app.websocket("/ws")
async def connect(
    upgrade: Annotated[Upgrade, Depends()],
    user_agent: Annotated[str, Header()] = "Unknown browser",
) -> None:
    """Note who asks, accept, and let the conversation live on by itself."""
    host, port = upgrade.client or ("local", 0)
    who = f"{host}:{port}"
    log.info("%r at %s connected.", user_agent, who)
    await upgrade.serve(converse, who)


app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "websockets", html=True))


@dataclass
class Tally:
    """How many messages went each way."""

    sent: int = 0
    received: int = 0


async def converse(socket: Socket, who: str) -> None:
    """Ping, wait for a word, greet, then send and receive at once.

    Where the client leaves early, the next send raises what ends this.
    """
    sender, receiver = socket.split()
    messages, tally = receiver.messages(), Tally()
    await sender.send(Ping(bytes([1, 2, 3])))
    log.info("%s %s", who, describe(await anext(messages)))
    for n in range(1, GREETINGS + 1):
        await sender.send(f"Hi {n} times!")
        await sleep(GREETING_INTERVAL)
    await select(talk(sender, who, tally), listen(messages, who, tally))
    told = "%s was sent %d messages, and sent %d itself."
    log.info(told, who, tally.sent, tally.received)


async def talk(sender: SocketSender, who: str, tally: Tally) -> None:
    """Send messages of our own, whatever the client does, then close."""
    for n in range(MESSAGES):
        await sender.send(f"Server message {n} ...")
        tally.sent += 1
        await sleep(MESSAGE_INTERVAL)
    log.info("Sending close to %s...", who)
    await sender.close(CloseCode.NORMAL, "Goodbye")


async def listen(
    messages: AsyncIterator[Message], who: str, tally: Tally
) -> None:
    """Count and log what the client says; its Close is the last of it."""
    async for message in messages:
        tally.received += 1
        log.info("%s %s", who, describe(message))


def describe(message: Message) -> str:
    """What `message` is, for the log: of long ones the beginning."""
    match message:
        case Text(text):
            return f"sent str: {text[:80]!r}"
        case Binary(data):
            return f"sent {len(data)} bytes: {data[:80]!r}"
        case Ping(data):
            return f"sent ping with {data!r}"
        case Pong(data):
            return f"sent pong with {data!r}"
        case Close(CloseCode.NO_STATUS):
            return "sent close without a code"
        case Close(code, reason):
            return f"ended with code {code} and reason {reason!r}"
