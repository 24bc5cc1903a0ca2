"""A conversation in this process: what is said goes in, what would be written comes out. Starts no command."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hubbub.cli.terminal.exits import Exit
from hubbub.cli.terminal.lines import Order, parse
from hubbub.cli.terminal.render import Look
from hubbub.cli.terminal.request import Target
from hubbub.cli.terminal.screen import Screen, Voice
from hubbub.cli.terminal.session import Session, Talk
from hubbub.cli.terminal.speech import Speech


@dataclass
class Told:
    """What was written, and how it ended."""

    out: str
    err: str
    exit: Exit


class Conversation:
    """One session, its lines handed in.

    Args:
        url: where to.
        talk: what about.
        level: which notices are told.
        look: of messages.
        speech: what is spoken.
        target: further options.
    """

    def __init__(
        self,
        url: str,
        talk: Talk | None = None,
        *,
        level: int = 1,
        look: Look | None = None,
        speech: Speech | None = None,
        **target: Any,
    ) -> None:
        self.orders: asyncio.Queue[Order | None] = asyncio.Queue(100)
        self._written: tuple[list[bytes], list[bytes]] = ([], [])
        self._changed = asyncio.Condition()
        voice = Voice(Screen(self._write), look or Look(), Look(is_terminal=True), level)
        self.voice = voice
        self.session = Session(Target(url, **target), talk or Talk(), voice, self.orders, speech)

    def say(self, *lines: str | None) -> None:
        """Type lines; `None` ends the input."""
        for line in lines:
            self.orders.put_nowait(parse(line) if line is not None else None)

    @property
    def out(self) -> str:
        """Messages so far."""
        return b"".join(self._written[0]).decode()

    @property
    def err(self) -> str:
        """Notices so far."""
        return b"".join(self._written[1]).decode()

    async def until(self, text: str) -> None:
        """Wait until something was written."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: text in self.out + self.err)

    async def run(self) -> Told:
        """To the end."""
        async with asyncio.timeout(20):
            code = await self.session.run()
            await self.voice.screen.flush()
        return Told(self.out, self.err, code)

    async def _write(self, data: bytes, to_error: bool) -> None:
        self._written[to_error].append(data)
        async with self._changed:
            self._changed.notify_all()


async def converse(url: str, *lines: str, talk: Talk | None = None, **options: Any) -> Told:
    """Say lines, end the input, and run to the end."""
    conversation = Conversation(url, talk, **options)
    conversation.say(*lines, None)
    return await conversation.run()
