"""A conversation from beginning to end: connect, say and hear, come back where that was asked for. The one place that waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ...errors import Misuse
from . import facts
from .address import without_secrets
from .dial import PONG_TIMEOUT, dial
from .exits import End, Exit, end_of, failure
from .lines import Close, Help, Info, Order, Ping, Say, SendFile, help_text
from .render import safe_line
from .request import Target
from .screen import Voice
from .speech import Heard, Plain, Speech

T = TypeVar("T")


@dataclass(frozen=True)
class Talk:
    """What is to be said and heard.

    Args:
        first: messages that are sent at each connect.
        count: messages to receive, and then to close; `None` for as many as come.
        wait: seconds to go on listening after the end of the input; `None` closes at once, or where there is a `count`
            waits for it.
        reconnects: whether to come back.
        retries: how often in a row; `None` for ever.
    """

    first: tuple[str | bytes, ...] = ()
    count: int | None = None
    wait: float | None = None
    reconnects: bool = False
    retries: int | None = None


class Session:
    """The conversation.

    Args:
        target: where to.
        talk: what about.
        voice: tells what happens.
        orders: what to do, from the prompt or a pipe; `None` is their end.
        speech: what is spoken; by default messages as they are.
    """

    def __init__(
        self,
        target: Target,
        talk: Talk,
        voice: Voice,
        orders: asyncio.Queue[Order | None],
        speech: Speech | None = None,
    ) -> None:
        self.is_connected = False
        self.on_change: Callable[[], None] = _nobody
        self._target = target
        self._talk = talk
        self._voice = voice
        self._orders = orders
        self._speech: Speech = speech or Plain()
        self._backoff = self._speech.backoff
        self._heard = asyncio.Event()
        self._verdict: End | None = None
        self._connection: ClientConnection | None = None
        self._pending: Order | None = None
        self._has_input = True
        self._received = self._sent = 0
        self._exit: Exit | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def run(self) -> Exit:
        """Until it is over; gives the exit code."""
        try:
            while True:
                end = await self._converse()
                await self._tell(end)
                if self._exit is not None or not self._comes_back(end):
                    return end.exit if self._exit is None else self._exit
                await self._pause(end)
                if self._exit is not None:
                    return self._exit
        finally:
            await self._tell_unsent()

    def stop(self, code: Exit) -> None:
        """Close politely, and end with this code; what waits to connect ends at once."""
        if self._exit is None:
            self._exit = code
        if self._connection is not None:
            self._close(self._connection)
        elif self._waiting is not None:
            self._waiting.cancel()

    # From one connection to the next

    async def _converse(self) -> End:
        """Connect, and talk until that connection is over."""
        try:
            connection = await self._interruptible(dial(self._target, self._trace))
        except Misuse:
            raise
        except Exception as error:
            return failure(error)
        if connection is None:
            return End(Exit.INTERRUPTED, "")
        began = monotonic()
        self._set_connection(connection)
        try:
            return await self._talk_over(connection)
        except BrokenPipeError:
            self._exit = Exit.BROKEN_PIPE
            return End(Exit.BROKEN_PIPE, "")
        finally:
            self._set_connection(None)
            self._backoff.lasted(monotonic() - began)
            await self._hang_up(connection)

    async def _talk_over(self, connection: ClientConnection) -> End:
        await self._voice.notice(f"connected to {without_secrets(self._target.url)}")
        await self._voice.notice(f"{facts.handshake(connection)}\n{facts.agreed(connection)}", level=2)
        feeding = asyncio.create_task(self._feed(connection))
        try:
            end = await self._hear(connection)
            return self._verdict or end
        finally:
            self._verdict = None
            feeding.cancel()
            with suppress(asyncio.CancelledError):
                await feeding
            for text in self._speech.ended():
                await self._quietly(self._voice.error(text))

    async def _hang_up(self, connection: ClientConnection) -> None:
        """Leave nothing behind."""
        if self._closing is not None:
            await self._closing
            self._closing = None
        await connection.close()

    def _set_connection(self, connection: ClientConnection | None) -> None:
        self._connection = connection
        self.is_connected = connection is not None
        self.on_change()

    def _comes_back(self, end: End) -> bool:
        talk = self._talk
        wanted = talk.reconnects or self._speech.comes_back
        return wanted and end.comes_back and (talk.retries is None or self._backoff.tries < talk.retries)

    async def _pause(self, end: End) -> None:
        seconds = self._backoff.next(end.pause)
        await self._voice.notice(f"again in {seconds:.1f} s")
        await self._interruptible(asyncio.sleep(seconds))

    async def _interruptible(self, waiting: Coroutine[Any, Any, T]) -> T | None:
        """Wait, until told to stop."""
        self._waiting = task = asyncio.create_task(waiting)
        try:
            if self._exit is not None:
                task.cancel()
            return await task
        except asyncio.CancelledError:
            if self._exit is None or not task.cancelled():
                raise
            return None
        finally:
            self._waiting = None

    # Hearing

    async def _hear(self, connection: ClientConnection) -> End:
        try:
            while True:
                await self._take(self._speech.heard(await connection.recv()), connection)
        except ConnectionClosed as closed:
            return end_of(closed)

    async def _take(self, heard: Heard, connection: ClientConnection) -> None:
        for answer in heard.answers:
            await connection.send(answer)
        for text in heard.notices:
            await self._voice.notice(text)
        for text in heard.errors:
            await self._voice.error(text)
        await self._show_all(heard, connection)
        if heard.end is not None:
            self._verdict = self._verdict or heard.end
            self._close(connection)
        self._heard.set()

    async def _show_all(self, heard: Heard, connection: ClientConnection) -> None:
        for shown in heard.shown:
            if self._talk.count is not None and self._received >= self._talk.count:
                return  # enough: what comes until the server has closed is left
            self._received += shown.counts
            await self._voice.message(shown.text if self._voice.look.is_terminal else shown.line, shown.mark)
            if self._received == self._talk.count:
                self._exit = self._exit or Exit.OK
                self._close(connection)

    def _trace(self, kind: str, data: bytes, latency: float) -> None:
        trip = f" ({latency * 1000:.1f} ms)" if kind == "pong" else ""
        self._voice.trace(f"{kind} {safe_line(repr(data)[1:])}{trip}")

    # Saying

    async def _feed(self, connection: ClientConnection) -> None:
        try:
            if not await self._greet(connection):
                return
            for data in self._talk.first:
                if await self._send(connection, data) and self._voice.look.is_terminal:
                    await self._voice.message(data, ">")
            while self._has_input:
                self._pending = self._pending or await self._orders.get()
                if self._pending is None:
                    self._has_input = False
                    break
                await self._obey(self._pending, connection)
                self._pending = None
            await self._listen_on()
        except ConnectionClosed:
            return  # who hears is told, too
        except BrokenPipeError:
            self._exit = Exit.BROKEN_PIPE
        self._close(connection)

    async def _greet(self, connection: ClientConnection) -> bool:
        """What is said before anything else; false where that has no answer."""
        for message in self._speech.opened():
            await connection.send(message)
        if not await self._until(lambda: self._speech.is_ready):
            self._verdict = self._verdict or End(Exit.UNREACHABLE, "no answer to connect in time", comes_back=True)
            self._close(connection)
        return self._verdict is None

    async def _until(self, condition: Callable[[], bool]) -> bool:
        """Wait for the server's answers; false where they do not come in time, or come no more."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._target.timeout):
                while not condition() and self._verdict is None:
                    self._heard.clear()
                    await self._heard.wait()
        return condition()

    async def _listen_on(self) -> None:
        """Behind the end of the input."""
        if not await self._until(lambda: not self._speech.is_waiting) or self._speech.has_failed:
            self._exit = self._exit or Exit.REFUSED
        if self._talk.wait is not None:
            await asyncio.sleep(self._talk.wait)
            if self._talk.count is not None and self._received < self._talk.count:
                self._exit = self._exit or Exit.MISSING
        elif self._talk.count is not None:
            await asyncio.Event().wait()  # cancelled when the connection ends

    async def _obey(self, order: Order, connection: ClientConnection) -> None:
        match order:
            case Say(data):
                await self._send(connection, data)
            case SendFile():
                await self._send_file(order, connection)
            case Ping(data):
                await self._ping(connection, data)
            case Close(code, reason):
                self._exit = Exit.OK
                self._close(connection, code, reason)
            case Info():
                await self._show(f"{facts.agreed(connection)}\n{self._received} received, {self._sent} sent")
            case Help():
                await self._show(help_text())

    async def _send(self, connection: ClientConnection, data: str | bytes) -> bool:
        """False where it cannot be said."""
        try:
            message = self._speech.said(data)
        except Misuse as error:
            await self._voice.error(str(error))
            return False
        await connection.send(message)
        self._sent += 1
        return True

    async def _send_file(self, order: SendFile, connection: ClientConnection) -> None:
        try:
            data = await asyncio.to_thread(order.path.read_bytes)
            message = data.decode() if order.is_text else data
        except OSError as error:
            await self._voice.error(f"{order.path}: {error.strerror}")
        except UnicodeDecodeError:
            await self._voice.error(f"{order.path} is no UTF-8: /file sends it as binary")
        else:
            if await self._send(connection, message):
                await self._show(f"{len(data)} bytes sent")

    async def _ping(self, connection: ClientConnection, data: bytes | None) -> None:
        try:
            async with asyncio.timeout(PONG_TIMEOUT):
                latency = await (await connection.ping(data))
        except TimeoutError:
            await self._voice.error(f"no pong within {PONG_TIMEOUT:g} s")
        except ConnectionClosed:
            self._pending = None
            raise
        else:
            await self._show(f"pong after {latency * 1000:.1f} ms")

    def _close(self, connection: ClientConnection, code: int = 1000, reason: str = "") -> None:
        """Begin to close; what the server still says is heard meanwhile."""
        if self._closing is None:
            self._closing = asyncio.create_task(connection.close(code, reason))

    # Telling

    async def _tell(self, end: End) -> None:
        if not end.text:
            return
        if Exit.OK in (end.exit, self._exit):  # as it was meant to end, whatever the server says to it
            await self._quietly(self._voice.notice(end.text))
        else:
            await self._quietly(self._voice.error(end.text))
        if end.response is not None and end.response.body:
            await self._quietly(self._voice.notice("\n".join(facts.response_lines(end.response)), level=2))
            await self._quietly(self._voice.block(bytes(end.response.body).decode(errors="replace").rstrip()))

    async def _tell_unsent(self) -> None:
        count = sum(isinstance(order, (Say, SendFile)) for order in (self._pending, *self._drain()))
        if count:
            await self._quietly(self._voice.error(f"{count} or more messages were not sent"))

    def _drain(self) -> list[Order | None]:
        orders = []
        while not self._orders.empty():
            orders.append(self._orders.get_nowait())
        return orders

    async def _show(self, text: str) -> None:
        """What was asked for is told, however quiet."""
        await self._voice.notice(text, level=0)

    async def _quietly(self, telling: Awaitable[None]) -> None:
        with suppress(BrokenPipeError):
            await telling


def _nobody() -> None:
    """Nobody asked to be told of changes."""
