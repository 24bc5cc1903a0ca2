"""Endpoints that let in only so much: each key of a test has quotas, caps and limits of its own."""

from __future__ import annotations

from functools import cache
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import HTTPConnection

from hubbub import Caps, ConnectLimit, Drop, Dropped, Excess, Quota, Rate, RateLimit, Socket, Upgrade
from tests.contracts.apps.facts import Upgraded, note

router = APIRouter()

TEN = Rate(10, per=0.5)


async def echo(socket: Socket) -> None:
    async for message in socket:
        await socket.send(message)


@router.websocket("/rates/delay")
async def delay(upgrade: Upgraded) -> None:
    """Ten messages, then twenty a second."""
    await upgrade.serve(echo, rate=TEN)


@router.websocket("/rates/delay-forwarded")
async def delay_forwarded(upgrade: Upgraded) -> None:
    """The same without a task for a message."""
    async with upgrade.accept(rate=TEN) as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


@router.websocket("/rates/bytes")
async def by_bytes(upgrade: Upgraded) -> None:
    """A thousand bytes, then none for a day."""
    limit = RateLimit(bytes=Rate(1000, per=86_400), over=Excess.CLOSE)
    await upgrade.serve(echo, rate=limit)


@router.websocket("/rates/drop")
async def drop(upgrade: Upgraded, key: str) -> None:
    """Ten messages a day; the others are noted, and the peer told."""

    def tell(dropped: Dropped) -> str:
        note(key, dropped.messages)
        return f"{dropped.messages} dropped"

    await upgrade.serve(echo, rate=RateLimit(Rate(10, per=86_400), over=Drop(tell)))


@router.websocket("/rates/close")
async def close(upgrade: Upgraded) -> None:
    """Ten messages a day, then the end."""
    await upgrade.serve(echo, rate=RateLimit(Rate(10, per=86_400), over=Excess.CLOSE))


@router.websocket("/rates/pings")
async def pings(upgrade: Upgraded) -> None:
    """Five pings a day, then the end."""
    await upgrade.serve(echo, rate=RateLimit(control=Rate(5, per=86_400), over=Excess.CLOSE))


by_key = Quota(messages=Rate(10, per=86_400))


@router.websocket("/rates/quota")
async def quota(upgrade: Upgraded, key: str) -> None:
    """Ten messages a day for all sockets of a key."""
    await upgrade.serve(echo, rate=RateLimit(over=Excess.CLOSE), quota=by_key.of(key))


@cache
def limit_of(key: str) -> ConnectLimit:
    return ConnectLimit(Rate(3, per=3600), close_code=4429 if key.endswith("browser") else None)


async def limited(connection: HTTPConnection, key: str) -> None:
    await limit_of(key)(connection)


@router.websocket("/rates/connects", dependencies=[Depends(limited)])
async def connects(upgrade: Upgraded) -> None:
    """Three connects an hour from an address."""
    await upgrade.serve(echo)


everybody = ConnectLimit(Rate(10_000))


@router.websocket("/rates/dependency")
async def dependency(upgrade: Upgraded, passed: Annotated[None, Depends(everybody)]) -> None:
    """The limit itself as a dependency."""
    await upgrade.serve(echo)


@cache
def caps_of(key: str) -> Caps:
    return Caps(total=4, per_address=3, per_user=2)


@router.websocket("/rates/caps")
async def caps(upgrade: Upgraded, key: str, user: str = "") -> None:
    """Two of a user, three from an address, four in all."""
    await upgrade.serve(echo, caps=caps_of(key).of(user) if user else caps_of(key))


@router.websocket("/rates/open")
async def opened(upgrade: Upgraded, key: str) -> None:
    """How many places are taken."""
    async with upgrade.accept() as socket:
        async for _ in socket:
            await socket.json().send(caps_of(key).open_count)


def keyed(upgrade: Annotated[Upgrade, Depends()]) -> str:
    """What the address is counted by."""
    return upgrade.address


@router.websocket("/rates/address")
async def address(upgrade: Upgraded, counted_as: Annotated[str, Depends(keyed)]) -> None:
    async with upgrade.accept() as socket:
        await socket.send(counted_as)
