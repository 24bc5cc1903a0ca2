"""Puts the parts together for one run of the command: what is a terminal and what a pipe, signals, and the end of it all."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .exits import Exit
from .feed import Feed
from .history import history_path
from .lines import Order
from .render import Look, has_colour
from .request import Target
from .screen import Screen, Voice, Write, write_plainly
from .session import Session, Talk
from .speech import Speech

WAITING = 16
"""Orders that may wait to be obeyed."""

SIGNALS = {"SIGINT": Exit.INTERRUPTED, "SIGTERM": Exit.TERMINATED, "SIGHUP": Exit.TERMINATED}


@dataclass(frozen=True)
class Manner:
    """How the client behaves towards its user.

    Args:
        colour: of JSON, marks and notices; `auto` for a terminal that does not say no.
        is_raw: JSON is shown as it came.
        has_hex: binary messages are dumped in a pipe, too.
        has_time: messages are shown with their time.
        keeps_history: whether what is typed is kept.
        is_binary: what is said goes as binary messages.
        is_whole: the whole input is one message.
        is_quiet: only failures are told.
        verbosity: 1 tells what was agreed on, 2 pings and pongs as well.
    """

    colour: Literal["auto", "always", "never"] = "auto"
    is_raw: bool = False
    has_hex: bool = False
    has_time: bool = False
    keeps_history: bool = True
    is_binary: bool = False
    is_whole: bool = False
    is_quiet: bool = False
    verbosity: int = 0


@dataclass(frozen=True)
class Ends:
    """Which of the three descriptors are terminals."""

    stdin: bool
    stdout: bool
    stderr: bool

    @classmethod
    def here(cls) -> Ends:
        """Those of this process."""
        return cls(*(_is_terminal(descriptor) for descriptor in (0, 1, 2)))


def run(target: Target, talk: Talk, manner: Manner, speech: Speech | None = None) -> int:
    """Do it; gives the exit code.

    Raises:
        Misuse: a file that the target names cannot be used; the input is no message.
    """
    return asyncio.run(_run(target, talk, manner, Ends.here(), speech))


async def _run(target: Target, talk: Talk, manner: Manner, ends: Ends, speech: Speech | None) -> Exit:
    orders: asyncio.Queue[Order | None] = asyncio.Queue(WAITING)
    if has_prompt(talk, ends):
        return await _run_at_prompt(target, talk, manner, orders, speech)
    voice = make_voice(manner, ends, os.environ, write_plainly, has_prompt=False)
    session = Session(target, talk, voice, orders, speech)
    voice.screen.on_broken = lambda: session.stop(Exit.BROKEN_PIPE)
    feed = Feed(orders, binary=manner.is_binary, whole=manner.is_whole)
    if ends.stdin and (talk.count is not None or talk.wait is not None):
        orders.put_nowait(None)  # nobody is there to type
    else:
        feed.start()
    _listen_to_signals(session)
    code = await session.run()
    if feed.error is not None:
        raise feed.error
    await voice.screen.flush()
    return Exit.BROKEN_PIPE if voice.screen.is_broken and code is Exit.OK else code


async def _run_at_prompt(
    target: Target, talk: Talk, manner: Manner, orders: asyncio.Queue[Order | None], speech: Speech | None
) -> Exit:
    from .prompt import Prompt, write_above

    voice = make_voice(manner, Ends(True, True, True), os.environ, write_above, has_prompt=True)
    session = Session(target, talk, voice, orders, speech)
    path = history_path(os.environ, Path.home()) if manner.keeps_history else None
    prompt = Prompt(orders, voice, path, lambda: session.is_connected, binary=manner.is_binary)
    session.on_change = prompt.refresh
    _listen_to_signals(session)
    asking = asyncio.create_task(prompt.run())
    asking.add_done_callback(lambda done: _stop_if_interrupted(done, session))
    code = await session.run()
    await voice.screen.flush()
    prompt.end()
    await asyncio.sleep(0)  # for the prompt to leave the screen
    asking.cancel()
    await asyncio.wait([asking])
    return code


def _stop_if_interrupted(asking: asyncio.Task[bool], session: Session) -> None:
    if not asking.cancelled() and asking.exception() is None and not asking.result():
        session.stop(Exit.INTERRUPTED)


def has_prompt(talk: Talk, ends: Ends) -> bool:
    """Whether somebody is there to type: not where it is said how much is to be heard, or how long."""
    return ends.stdin and ends.stdout and talk.count is None and talk.wait is None


def make_voice(manner: Manner, ends: Ends, environ: Mapping[str, str], write: Write, *, has_prompt: bool) -> Voice:
    """Who tells what, where."""
    colour = has_colour(manner.colour, environ)
    look = Look(
        is_terminal=ends.stdout,
        has_colour=colour(ends.stdout),
        is_raw=manner.is_raw,
        has_hex=manner.has_hex,
        has_time=manner.has_time,
    )
    notice_look = Look(is_terminal=True, has_colour=colour(ends.stderr), is_raw=manner.is_raw)
    usual = 1 if ends.stdout and ends.stderr else 0
    level = 0 if manner.is_quiet else manner.verbosity + 1 if manner.verbosity else usual
    return Voice(Screen(write), look, notice_look, level, to_error=not has_prompt)


def _listen_to_signals(session: Session) -> None:
    """The first asks for a polite end; the second is one."""
    loop = asyncio.get_running_loop()
    told: list[Exit] = []

    def stop(code: Exit) -> None:
        if told:
            os._exit(code)  # whatever is stuck
        told.append(code)
        loop.call_soon_threadsafe(session.stop, code)

    for name, code in SIGNALS.items():
        if number := getattr(signal, name, None):
            signal.signal(number, lambda _, __, code=code: stop(code))  # type: ignore[misc]


def _is_terminal(descriptor: int) -> bool:
    return os.isatty(descriptor) if sys.__stdin__ is not None else False
