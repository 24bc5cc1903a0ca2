"""The published SDKs, unmodified, each against the server that it is told to talk to."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from itertools import count
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from aiohttp import ClientSession
from playwright.async_api import Browser, async_playwright

from hubbub import testing
from tests.browser.conftest import NAMES, OPTIONS
from tests.sdk.clients import Sdk
from tests.sdk.javascript import NODE, in_chromium, in_node
from tests.sdk.python import PythonSdk
from tests.serving import HUBBUB, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

SERVERS = {"native": HUBBUB, "asgi": UVICORN}
SETUPS = [
    "native-python-json",
    "native-python-protobuf",
    "native-chromium-json",
    "native-chromium-protobuf",
    "native-node-json",
    "native-node-protobuf",
    "asgi-python-json",
    "asgi-chromium-protobuf",
]
PATH = "/connection/websocket"

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
async def chromium() -> AsyncIterator[Callable[[], Awaitable[Browser]]]:
    """One browser for a file of tests, launched when it is first asked for."""
    async with AsyncExitStack() as stack:
        launched: list[Browser] = []

        async def launch() -> Browser:
            if not launched:
                playwright = await stack.enter_async_context(async_playwright())
                path = next(found for name in NAMES if (found := shutil.which(name)))
                browser = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
                stack.push_async_callback(browser.close)
                launched.append(browser)
            return launched[0]

        yield launch


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
async def sdk(setup: str, server: Server, chromium: Callable[[], Awaitable[Browser]]) -> AsyncIterator[Sdk]:
    """The SDK. Its clients end with the test."""
    _, host, protocol = setup.split("-")
    if host == "python":
        python = PythonSdk(protocol == "protobuf")
        yield python
        await python.close()
    elif host == "chromium":
        async with in_chromium(await chromium(), server.url("/", "http"), protocol) as page:
            yield page
    else:
        async with in_node(protocol) as node:
            yield node


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
