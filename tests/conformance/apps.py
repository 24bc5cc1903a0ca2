"""The echoes that the conformance cases are run against. Nothing else is served here."""

from __future__ import annotations

from hubbub import Limits, Upgrade

LIMITS = Limits(message=20 * 1024 * 1024)
"""The largest case sends 16 MiB."""


async def iterate(upgrade: Upgrade) -> None:
    """Echo as most handlers do: each message is received by a task, and sent."""
    async with upgrade.accept(limits=LIMITS) as socket:
        async for message in socket:
            await socket.send(message)


async def forward(upgrade: Upgrade) -> None:
    """Echo without a task in between."""
    async with upgrade.accept(limits=LIMITS) as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


iterating = Upgrade.app(iterate)
forwarding = Upgrade.app(forward)
