"""The published SDKs, unmodified, each against the server that it is told to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from itertools import count
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, async_playwright

from hubbub import testing
from tests.browser.conftest import OPTIONS
from tests.chromium import find_chromium
from tests.sdk.clients import Sdk
from tests.sdk.javascript import NODE, JavaScriptSdk, in_chromium, in_node
from tests.sdk.python import PythonSdk
from tests.serving import HUBBUB, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

SERVERS = {"native": HUBBUB, "asgi": UVICORN}
SETUPS = [
    "native-python-json",
    "native-chromium-protobuf",
    "native-node-json",
    "asgi-python-protobuf",
]
PATH = "/connection/websocket"

OwnSdk: TypeAlias = PythonSdk | JavaScriptSdk
Operate: TypeAlias = Callable[..., Awaitable[Any]]
"""`operate("publish", channel=..., data=...)`: let the server do something."""

_numbers = count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[Callable[[str], Server]]:
    """Each is started when it is first asked for."""
    started: dict[str, Server] = {}
    with ExitStack() as stack:

        def get(name: str) -> Server:
            if name not in started:
                started[name] = stack.enter_context(serve("tests.sdk.app:app", command=SERVERS[name]))
            return started[name]

        yield get


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def sdks() -> AsyncIterator[Callable[[str, str], Awaitable[OwnSdk]]]:
    """Each is loaded when a file of tests first asks for it: one browser, a page or a process for each."""
    loaded: dict[str, OwnSdk] = {}
    async with AsyncExitStack() as stack:

        async def get(setup: str, origin: str) -> OwnSdk:
            if setup not in loaded:
                loaded[setup] = await load(setup, origin)
            return loaded[setup]

        async def load(setup: str, origin: str) -> OwnSdk:
            _, host, protocol = setup.split("-")
            if host == "python":
                return PythonSdk(protocol == "protobuf")
            if host == "node":
                return await stack.enter_async_context(in_node(protocol))
            if not browsers:
                browsers.append(await stack.enter_async_context(launched()))
            return await stack.enter_async_context(in_chromium(browsers[0], origin, protocol))

        browsers: list[Browser] = []
        yield get


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)
        yield browser
        await browser.close()


@pytest.fixture(params=SETUPS)
def setup(request: pytest.FixtureRequest) -> str:
    """Which SDK meets which server."""
    name: str = request.param
    if "node" in name and NODE is None:
        pytest.skip("Node.js is not installed; the SDK is driven in Chromium all the same")
    return name


@pytest.fixture
def server(setup: str, servers: Callable[[str], Server]) -> Server:
    """The server."""
    return servers(setup.split("-")[0])


@pytest_asyncio.fixture(loop_scope="module")
async def sdk(setup: str, server: Server, sdks: Callable[[str, str], Awaitable[OwnSdk]]) -> AsyncIterator[Sdk]:
    """The SDK. Its clients end with the test."""
    sdk = await sdks(setup, server.url("/", "http"))
    yield sdk
    await sdk.close()


@pytest.fixture
def url(server: Server) -> str:
    """Where clients connect."""
    return server.url(PATH)


@pytest.fixture
def number() -> int:
    """Of the test: what it names by it is its own."""
    return next(_numbers)


@pytest_asyncio.fixture(loop_scope="module")
async def line(server: Server) -> AsyncIterator[testing.Proxy]:
    """A network of which clients can lose hold."""
    async with testing.proxy(server.port) as proxy:
        yield proxy


@pytest_asyncio.fixture(loop_scope="module")
async def operate(server: Server) -> AsyncIterator[Operate]:
    """What the app does by itself."""
    async with ClientSession() as session:

        async def operate(call: str, **arguments: Any) -> Any:
            async with session.post(server.url(f"/server/{call}", "http"), json=arguments) as answer:
                assert answer.status == 200, await answer.text()
                return await answer.json()

        yield operate
