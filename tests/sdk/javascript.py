"""The published JavaScript SDK, `centrifuge`, as its browser builds are: in a page of Chromium, or in Node."""

from __future__ import annotations

import asyncio
import json
import shutil
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

from playwright.async_api import Browser

from tests.sdk.clients import TIMEOUT, Ears, SdkError, alike

HERE = Path(__file__).parent
BUILDS = {"json": HERE / "centrifuge.js", "protobuf": HERE / "centrifuge.protobuf.js"}
DRIVER = HERE / "driver.js"
NODE = shutil.which("node")

Drive: TypeAlias = Callable[..., Awaitable[Any]]


class JavaScriptSdk:
    """The SDK in one of its encodings.

    Args:
        protocol: which.
    """

    has_messages = True

    def __init__(self, protocol: str) -> None:
        self._protocol = protocol
        self._numbers = count(1)
        self._ears: dict[tuple[str, str], Ears] = {}
        self._made: list[JavaScriptClient] = []
        self.drive: Drive

    async def make(self, url: str | list[dict[str, str]], **options: Any) -> JavaScriptClient:
        """A client, for the address of a WebSocket, or for ways in, of which it tries one after the other."""
        id = f"client-{next(self._numbers)}"
        await answer(self.drive("make", id, url, {**_camel(options), "protocol": self._protocol}))
        client = JavaScriptClient(id, self.drive, self.ears)
        self._made.append(client)
        return client

    async def connect(self, url: str | list[dict[str, str]], **options: Any) -> JavaScriptClient:
        """A client that has connected."""
        client = await self.make(url, **options)
        await client.connect()
        await client.ears.until("connected")
        return client

    async def close(self) -> None:
        """End all that were made."""
        while self._made:
            await self._made.pop().disconnect()

    def ears(self, client: str, channel: str) -> Ears:
        """What a client hears; in a channel, or by itself."""
        return self._ears.setdefault((client, channel), Ears())

    def hear(self, told: dict[str, Any]) -> None:
        """The driver tells of an event. What server-side subscriptions hear is heard by the client too."""
        channel = told["channel"] if (told["client"], told["channel"]) in self._ears else ""
        self.ears(told["client"], channel).hear(told["event"], told["context"])


class JavaScriptClient:
    """One client of it."""

    def __init__(self, id: str, drive: Drive, ears: Callable[[str, str], Ears]) -> None:
        self._id = id
        self._drive = drive
        self._ears = ears
        self.ears = ears(id, "")

    async def connect(self) -> None:
        """Connect."""
        await self.call("connect")

    async def disconnect(self) -> None:
        """End."""
        await self.call("disconnect")

    async def subscribe(self, channel: str, **options: Any) -> Ears:
        """Subscribe."""
        ears = self._ears(self._id, channel)
        await self.call("subscribe", channel, _camel(options))
        return ears

    async def unsubscribe(self, channel: str) -> None:
        """Unsubscribe."""
        await self.call("unsubscribe", channel)

    async def call(self, method: str, *args: Any) -> Any:
        """One of its methods."""
        return alike(await answer(self._drive(method, self._id, *args)))

    async def patches(self, channel: str) -> int:
        """As it counts them."""
        count: int = await self.call("patches", channel)
        return count

    async def call_all(self, *calls: tuple[Any, ...]) -> list[Any]:
        """Several, in one turn."""
        results: list[Any] = await self.call("all", calls)
        return results


async def answer(call: Awaitable[Any]) -> Any:
    """The result of a call.

    Raises:
        SdkError: it failed.
    """
    async with asyncio.timeout(TIMEOUT):
        said = await call
    if "error" in said:
        raise SdkError(said["error"]["code"], said["error"]["message"])
    return said["result"]


def _camel(options: dict[str, Any]) -> dict[str, Any]:
    """`join_leave` is `joinLeave` there."""

    def camel(name: str) -> str:
        first, *others = name.split("_")
        return first + "".join(map(str.capitalize, others))

    return {camel(name): value for name, value in options.items()}


@asynccontextmanager
async def in_chromium(browser: Browser, origin: str, protocol: str) -> AsyncIterator[JavaScriptSdk]:
    """The SDK in a page of `origin`."""
    sdk = JavaScriptSdk(protocol)
    page = await browser.new_page()

    async def drive(*call: Any) -> Any:
        return await page.evaluate("(call) => drive(...call)", call)

    sdk.drive = drive
    try:
        await page.expose_function("tell", sdk.hear)
        await page.goto(origin)
        for script in (BUILDS[protocol], DRIVER):
            await page.add_script_tag(path=script)
        yield sdk
    finally:
        await page.close()


@asynccontextmanager
async def in_node(protocol: str) -> AsyncIterator[JavaScriptSdk]:
    """The SDK in a process of Node."""
    assert NODE is not None
    command = (NODE, "--experimental-websocket", "--no-warnings", str(HERE / "node.js"), str(BUILDS[protocol]))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    sdk = JavaScriptSdk(protocol)
    lines = _Lines(process, sdk)
    sdk.drive = lines.drive
    reading = asyncio.create_task(lines.read())
    try:
        yield sdk
    finally:
        process.stdin.close()  # type: ignore[union-attr]
        await process.wait()
        await reading


class _Lines:
    """Calls and answers, a line each.

    Args:
        process: Node's.
        sdk: hears events.
    """

    def __init__(self, process: Process, sdk: JavaScriptSdk) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in, self._out = process.stdin, process.stdout
        self._sdk = sdk
        self._numbers = count()
        self._calls: dict[int, asyncio.Future[Any]] = {}

    async def drive(self, *call: Any) -> Any:
        """The answer to a call."""
        number = next(self._numbers)
        self._calls[number] = asyncio.get_running_loop().create_future()
        self._in.write(json.dumps({"number": number, "call": call}).encode() + b"\n")
        return await self._calls[number]

    async def read(self) -> None:
        """To the end."""
        async for line in self._out:
            said = json.loads(line)
            if "event" in said:
                self._sdk.hear(said["event"])
            else:
                self._calls.pop(said["number"]).set_result(said["answer"])
