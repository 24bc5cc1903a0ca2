"""Lines of a pipe, as orders. A thread reads, for a loop cannot wait for every kind of file; it never reads far ahead."""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import CancelledError
from contextlib import suppress

from ...errors import Misuse
from .lines import Close, Order, Say

CHUNK = 64 * 1024
"""Bytes that are read at once."""

LONGEST = 16 * 1024 * 1024
"""Bytes of a line, or of the whole input where it is one message."""


class Splitter:
    """Cuts what is read into lines.

    Args:
        whole: make one message of all of it.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self._whole = whole
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are complete.

        Raises:
            Misuse: a line is too long.
        """
        self._rest += chunk
        lines: list[bytes] = []
        if not self._whole and b"\n" in chunk:
            *complete, rest = self._rest.split(b"\n")
            self._rest = rest
            lines = [_without_return(bytes(line)) for line in complete]
        if len(self._rest) > LONGEST:
            raise Misuse(f"the input has a line of more than {LONGEST} bytes: too much for one message")
        return lines

    def end(self) -> list[bytes]:
        """What is left at the end."""
        rest, self._rest = bytes(self._rest), bytearray()
        return [rest if self._whole else _without_return(rest)] if rest else []


def _without_return(line: bytes) -> bytes:
    return line[:-1] if line.endswith(b"\r") else line


def say(line: bytes, number: int, *, binary: bool) -> Say:
    """The message that a line is.

    Raises:
        Misuse: text that is none.
    """
    if binary:
        return Say(line)
    try:
        return Say(line.decode())
    except UnicodeDecodeError:
        raise Misuse(f"line {number} of the input is no UTF-8: --binary sends it as it is") from None


class LoopGone(Exception):
    """The conversation has ended first: nobody takes what is read."""


class Feed:
    """Reads a descriptor into a queue of orders, whose end is `None`.

    Args:
        orders: of few places: it is filled no faster than it is emptied.
        descriptor: what is read.
        binary: lines go as binary messages.
        whole: all of it is one message.
    """

    def __init__(
        self, orders: asyncio.Queue[Order | None], descriptor: int = 0, *, binary: bool = False, whole: bool = False
    ) -> None:
        self.error: Misuse | None = None
        self._orders = orders
        self._descriptor = descriptor
        self._binary = binary
        self._splitter = Splitter(whole=whole)
        self._number = 0
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        """Begin to read. The thread ends with the input, or with the process."""
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def _read(self) -> None:
        with suppress(LoopGone):
            try:
                while chunk := os.read(self._descriptor, CHUNK):
                    self._hand_on(self._splitter.feed(chunk))
                self._hand_on(self._splitter.end())
            except Misuse as error:
                self.error = error
                self._put([Close()])  # nothing is waited for any more
            except OSError:  # a terminal that hung up: its end
                pass
            self._put([None])

    def _hand_on(self, lines: list[bytes]) -> None:
        said: list[Order | None] = []
        try:
            for line in lines:
                self._number += 1
                said.append(say(line, self._number, binary=self._binary))
        finally:
            self._put(said)

    def _put(self, said: list[Order | None]) -> None:
        """Wait, in the thread, until the loop has taken all of it."""
        putting = self._put_all(said)
        try:
            asyncio.run_coroutine_threadsafe(putting, self._loop).result()
        except (RuntimeError, CancelledError):
            putting.close()
            raise LoopGone from None

    async def _put_all(self, said: list[Order | None]) -> None:
        for order in said:
            await self._orders.put(order)
