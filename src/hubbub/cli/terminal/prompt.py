"""The prompt: lines with history, editing and completion, while messages appear above. Knows no connection."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from prompt_toolkit.application.current import get_app_or_none
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import PromptSession

from ...errors import Misuse
from . import history
from .lines import COMMANDS, Order, parse
from .screen import Voice


class KeptHistory(History):
    """prompt-toolkit's port of a history, onto ours.

    Args:
        path: of the file.
        on_failure: told once, where it cannot be written.
    """

    def __init__(self, path: Path, on_failure: Callable[[], None]) -> None:
        super().__init__()
        self._path = path
        self._on_failure = on_failure
        self._has_failed = False

    def load_history_strings(self) -> Iterable[str]:
        """Newest first."""
        return reversed(history.load(self._path))

    def store_string(self, string: str) -> None:
        """Keep a line."""
        if not self._has_failed and not history.append(self._path, string):
            self._has_failed = True
            self._on_failure()


class CommandCompleter(Completer):
    """Completes commands, and the paths behind those that take one."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """What could be meant."""
        text = document.text_before_cursor
        word, space, rest = text.partition(" ")
        if space and word in ("/file", "/text"):
            yield from PathCompleter(expanduser=True).get_completions(Document(rest), complete_event)
        elif text.startswith("/"):
            found = (command for command in COMMANDS if command.startswith(text))
            yield from (Completion(command, -len(text)) for command in found)


class Prompt:
    """Asks for lines until there are no more.

    Args:
        orders: what the lines mean goes there.
        voice: tells what makes no sense.
        path: of the history; `None` keeps it in memory.
        is_connected: how the prompt looks depends on it.
        binary: lines go as binary messages.
    """

    def __init__(
        self,
        orders: asyncio.Queue[Order | None],
        voice: Voice,
        path: Path | None,
        is_connected: Callable[[], bool],
        *,
        binary: bool = False,
    ) -> None:
        self._orders = orders
        self._voice = voice
        self._binary = binary
        self._session: PromptSession[str] = PromptSession(
            message=lambda: "> " if is_connected() else "(not connected) > ",
            history=KeptHistory(path, self._tell_failure) if path is not None else None,
            auto_suggest=AutoSuggestFromHistory(),
            completer=CommandCompleter(),
            complete_while_typing=False,
            key_bindings=_bindings(),
            enable_open_in_editor=False,
            erase_when_done=False,
        )

    async def run(self) -> bool:
        """Until Ctrl-D; false where Ctrl-C ended it."""
        while True:
            try:
                line = await self._session.prompt_async(handle_sigint=False)
            except EOFError:
                await self._orders.put(None)
                return True
            except KeyboardInterrupt:
                return False
            if line:
                await self._take(line)

    def refresh(self) -> None:
        """The state has changed: show it."""
        self._session.app.invalidate()

    def end(self) -> None:
        """Let go of the terminal: the prompt is gone from it."""
        app = self._session.app
        if app.is_running and not app.is_done:
            app.erase_when_done = True
            app.exit(exception=EOFError)

    async def _take(self, line: str) -> None:
        try:
            order = parse(line, binary=self._binary)
        except Misuse as error:
            await self._voice.error(str(error))
        else:
            await self._orders.put(order)

    def _tell_failure(self) -> None:
        self._voice.trace("the history cannot be written")


def _bindings() -> KeyBindings:
    """Alt-Enter begins another line of the same message."""
    bindings = KeyBindings()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


async def write_above(data: bytes, to_error: bool) -> None:
    """Write above the prompt, which is drawn anew below.

    The terminal stays in the mode that keys are read in: what is typed meanwhile is not lost, as it would be by the
    library's own way, which changes modes for each write.
    """
    app = get_app_or_none()
    if app is not None and app.is_running:
        app.renderer.erase()
        app.invalidate()
    sys.stdout.write(data.decode("utf-8", "replace"))
    sys.stdout.flush()
