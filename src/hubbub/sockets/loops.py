"""Where a call has to come from: the event loop of what it is about. Knows loops only."""

from __future__ import annotations

from asyncio import AbstractEventLoop, _get_running_loop

from ..errors import Misuse


def check_loop(loop: AbstractEventLoop | None, call: str) -> AbstractEventLoop:
    """See that this is the loop's own thread: what another begins, the loop would not wake up for.

    Args:
        loop: which; `None` for any that runs here.
        call: what `call_soon_threadsafe` is to be given in place of this.

    Returns:
        The loop that runs here.

    Raises:
        Misuse: it is another thread.
    """
    here = _get_running_loop()
    if here is None or (loop is not None and here is not loop):
        raise elsewhere(call)
    return here


def elsewhere(call: str) -> Misuse:
    """What a call from another thread is told."""
    return Misuse(
        f"this must be called on the event loop that it is about: from a thread use loop.call_soon_threadsafe({call}),"
        f" and make a plain `def` endpoint `async def`"
    )
