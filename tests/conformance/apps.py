"""The echoes that the conformance cases are run against. Nothing else is served here.

They ping nobody: the runner fails a case of many messages in which it is pinged.
"""

from __future__ import annotations

from hubbub import Deflate, Limits, Upgrade

LIMITS = Limits(message=20 * 1024 * 1024)
"""The largest case sends 16 MiB."""

AFRESH = Deflate(min_size=1)
CONTEXT = Deflate(
    server_no_context_takeover=False,
    client_no_context_takeover=False,
    server_max_window_bits=15,
    client_max_window_bits=15,
    min_size=1,
)
"""Every message is compressed: where one is not, the runner takes a text for bytes."""


async def iterate(upgrade: Upgrade) -> None:
    """Echo as most handlers do: each message is received by a task, and sent."""
    async with upgrade.accept(limits=LIMITS, heartbeat=None) as socket:
        async for message in socket:
            await socket.send(message)


async def forward(upgrade: Upgrade) -> None:
    """Echo without a task in between."""
    async with upgrade.accept(limits=LIMITS, heartbeat=None) as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


async def deflate(upgrade: Upgrade) -> None:
    """Echo, each message compressed by itself."""
    async with upgrade.accept(limits=LIMITS, heartbeat=None, compression=AFRESH) as socket:
        async for message in socket:
            await socket.send(message)


async def deflate_with_context(upgrade: Upgrade) -> None:
    """Echo, compressed with what went before, both ways; without a task."""
    async with upgrade.accept(limits=LIMITS, heartbeat=None, compression=CONTEXT) as socket:
        sender, receiver = socket.split()
        await receiver.forward(sender)


iterating = Upgrade.app(iterate)
forwarding = Upgrade.app(forward)
afresh = Upgrade.app(deflate)
context = Upgrade.app(deflate_with_context)
