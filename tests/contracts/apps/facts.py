"""What a handler saw, for a test to ask for, whichever process the handler runs in."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from hubbub import Upgrade

router = APIRouter()

Upgraded = Annotated[Upgrade, Depends()]

_facts: defaultdict[str, asyncio.Queue[Any]] = defaultdict(asyncio.Queue)


def note(key: str, fact: Any) -> None:
    """Keep a fact, which JSON must be able to hold, for the one who asks."""
    _facts[key].put_nowait(fact)


@router.websocket("/facts/{key}")
async def tell(upgrade: Upgraded, key: str) -> None:
    """The next fact with this key, as soon as there is one."""
    async with upgrade.accept() as socket:
        await socket.json().send(await _facts[key].get())
