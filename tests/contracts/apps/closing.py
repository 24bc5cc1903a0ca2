"""Endpoints that end, in each of the ways that there are."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, HTTPException

from hubbub import Closed, Draining, Heartbeat, InvalidMessage, Limits, Misuse, Refused, Socket
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()

_open: dict[str, Socket] = {}


def seen(socket: Socket) -> dict[str, Any]:
    """What a socket says of its end."""
    sent, received = socket.close_sent, socket.close_received
    return {
        "state": socket.state.name,
        "code": socket.close_code,
        "reason": socket.close_reason,
        "sent": sent and sent.code,
        "received": received and received.code,
        "error": type(socket.ended).__name__,
    }


@router.websocket("/until-closed")
async def until_closed(upgrade: Upgraded, key: str) -> None:
    """Wait for the peer to end it, and note how it did."""
    async with upgrade.accept() as socket:
        async for message in socket:
            await socket.send(message)
        note(key, seen(socket))


@router.websocket("/only-sends")
async def only_sends(upgrade: Upgraded, key: str) -> None:
    """Never receive: the end must be noticed all the same."""
    async with upgrade.accept() as socket:
        try:
            while True:
                await socket.send("tick")
                await asyncio.sleep(0.005)
        except Closed as closed:
            note(key, {"error": type(closed).__name__, "code": closed.code, "reason": closed.reason})
            raise


@router.websocket("/closes")
async def closes(upgrade: Upgraded, code: int, reason: str, key: str) -> None:
    """Close, twice; then try to send."""
    async with upgrade.accept() as socket:
        await socket.send("last words")
        await socket.close(code, reason)
        await socket.close(4999, "twice")
        try:
            await socket.send("late")
        except Closed as closed:
            note(key, [closed.code, closed.reason, seen(socket)])


@router.websocket("/ends/{how}")
async def ends(upgrade: Upgraded, how: str) -> None:
    """Leave the handler in a way that its caller names."""
    async with upgrade.accept() as socket:
        match how:
            case "return":
                return
            case "exception":
                raise ZeroDivisionError
            case "refused":
                raise Refused(403, "go away")
            case "refused-with-code":
                raise Refused(403, "go away", close_code=4403)
            case "http-exception":
                raise HTTPException(404, "no such room")
            case "abort":
                socket.abort()
            case "invalid":
                raise InvalidMessage("not a move")
            case "typed":
                await socket.typed(int).receive()
            case "illegal-code":
                await tell_misuse(socket)


async def tell_misuse(socket: Socket) -> None:
    """Close with a code that may not be sent, and tell what comes of it."""
    try:
        await socket.close(1006)
    except Misuse as misuse:
        await socket.send(str(misuse))


@router.websocket("/limited")
async def limited(upgrade: Upgraded, key: str) -> None:
    """Take messages of 1,000 bytes at most."""
    async with upgrade.accept(limits=Limits(message=1000)) as socket:
        async for message in socket:
            await socket.send(str(len(message)))
        note(key, seen(socket))


@router.websocket("/idle")
async def idle(upgrade: Upgraded, key: str) -> None:
    async with upgrade.accept(limits=Limits(idle_timeout=0.2)) as socket:
        async for message in socket:
            await socket.send(message)
    note(key, seen(socket))


@router.websocket("/pulse")
async def pulse(upgrade: Upgraded, key: str) -> None:
    """A heart that beats fast."""
    async with upgrade.accept(heartbeat=Heartbeat(interval=0.2, timeout=0.2)) as socket:
        note(key, "open")
        async for message in socket:
            await socket.send(message)
    note(key, seen(socket))


@router.websocket("/drained")
async def drained(upgrade: Upgraded, key: str) -> None:
    """Be told that the server goes down, and say goodbye."""
    async with upgrade.accept() as socket:
        _open[key] = socket
        note(key, "open")
        try:
            await socket.receive()
        except Draining:
            await socket.send("goodbye")


@router.websocket("/drain")
async def drain(upgrade: Upgraded, key: str) -> None:
    """Tell another socket's handler that the server goes down."""
    async with upgrade.accept():
        _open.pop(key).drain()
