"""The second tutorial: each step's files, served, and talked to by the published SDKs."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs.blocks import read_steps
from tests.docs.browser import Page, browse
from tests.docs.mirror import page_of
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonSdk
from tests.serving import ROOT, Server, serve
from tests.tokens.making import claims, token

PATH = "/connection/websocket"
KEY = b"only for trying out: a secret of 32 bytes or more"

LINES = "[...document.querySelectorAll('li')].map(line => line.textContent).join('; ')"
STATE = "document.getElementById('state').textContent"
PEOPLE = "document.getElementById('people').textContent"

Steps = Callable[[int], Server]


@pytest.fixture(scope="module")
def steps(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Steps]:
    """The app after a step, served from a folder as its reader has it by then."""
    folders = [_lay_out(files, tmp_path_factory.mktemp("step")) for files in read_steps(page_of(request.path, ROOT))]
    running: dict[int, Server] = {}
    with ExitStack() as stack:

        def get(number: int) -> Server:
            if number not in running:
                running[number] = stack.enter_context(serve("app:app", cwd=folders[number - 1]))
            return running[number]

        yield get


def _lay_out(files: dict[str, str], folder: Path) -> Path:
    (folder / "static").mkdir()
    shutil.copy(ROOT / "tests/sdk/centrifuge.js", folder / "static")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest_asyncio.fixture
async def sdk() -> AsyncIterator[PythonSdk]:
    """The published SDK, which speaks JSON. Its clients end with the test."""
    sdk = PythonSdk(is_protobuf=False)
    yield sdk
    await close(sdk)


async def close(sdk: PythonSdk) -> None:
    """End its clients, and let their sockets say their last words, for which it does not wait."""
    await sdk.close()
    if left := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(left, timeout=10)


@pytest.fixture
def page(request: pytest.FixtureRequest) -> list[dict[str, str]]:
    """The page's steps."""
    return read_steps(page_of(request.path, ROOT))


async def until(page: Page, expression: str) -> None:
    """Wait until an expression is true; other clients live on meanwhile."""
    await asyncio.to_thread(page.wait_for, expression)


def test_1_what_is_typed_into_one_terminal_is_seen_in_both(
    steps: Steps, page: list[dict[str, str]], tmp_path: Path
) -> None:
    server = steps(1)
    talk = tmp_path / "talk.py"
    talk.write_text(page[0]["talk.py"].replace("127.0.0.1:8000", f"127.0.0.1:{server.port}"))
    with _talk(talk) as ann:
        _say(ann, "ann is here")
        assert _heard(ann) == "ann is here"  # so it has subscribed
        with _talk(talk) as bob:
            _say(bob, "bob is here")
            assert _heard(ann) == _heard(bob) == "bob is here"
            for speaker in (bob, ann):
                assert speaker.stdin
                speaker.stdin.close()
                assert speaker.wait(10) == 0


def _say(speaker: subprocess.Popen[str], text: str) -> None:
    assert speaker.stdin
    speaker.stdin.write(f"{text}\n")
    speaker.stdin.flush()


def _heard(speaker: subprocess.Popen[str]) -> str:
    assert speaker.stdout
    return speaker.stdout.readline().strip()


def _talk(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


async def test_1_without_its_hooks_nothing_is_allowed(
    page: list[dict[str, str]], tmp_path: Path, sdk: PythonSdk
) -> None:
    (tmp_path / "app.py").write_text(page[0]["app.py"].partition("\n\n@hub")[0])
    with serve("app:app", cwd=tmp_path) as server:
        client = await sdk.connect(server.url(PATH))
        with pytest.raises(SdkError) as refused:
            await client.call("publish", "chat:lobby", {"text": "hello"})
        assert (refused.value.code, refused.value.message) == (103, "permission denied")
        ears = await client.subscribe("chat:lobby")
        assert (await ears.until("unsubscribed"))["code"] == 103
        await close(sdk)


async def test_2_the_page_talks_to_others(steps: Steps, sdk: PythonSdk, tmp_path: Path) -> None:
    server = steps(2)
    bob = await sdk.connect(server.url(PATH))
    ears = await bob.subscribe("chat:lobby")
    await ears.until("subscribed")
    with browse(server.url("/?name=ann", "http"), tmp_path) as page:
        await until(page, f"{STATE} == 'connected' && chat.state == 'subscribed'")
        page.evaluate("say.elements[0].value = 'hello'; say.requestSubmit()")
        assert await ears.data() == [{"text": "hello"}]
        await bob.call("publish", "chat:lobby", {"text": "<b>hello</b>"})
        await until(page, f"{LINES} == 'somebody: hello; somebody: <b>hello</b>'")


async def test_3_hooks_check_what_they_are_given(steps: Steps, sdk: PythonSdk) -> None:
    server = steps(3)
    ann = await sdk.connect(server.url(PATH), data={"name": "ann"})
    ears = await ann.subscribe("chat:lobby")
    await ears.until("subscribed")
    await ann.call("publish", "chat:lobby", {"text": "hello"})
    assert (await ears.until("publication"))["info"]["user"] == "ann"
    for text, told in {
        "": (107, "text: String should have at least 1 character"),
        "spam": (1000, "not here, ann"),
    }.items():
        with pytest.raises(SdkError) as refused:
            await ann.call("publish", "chat:lobby", {"text": text})
        assert (refused.value.code, refused.value.message) == told
    attic = await ann.subscribe("chat:attic")
    assert (await attic.until("unsubscribed"))["code"] == 107
    nameless = await sdk.make(server.url(PATH), data={"name": ""})
    await nameless.connect()
    assert (await nameless.ears.until("disconnected"))["code"] == 107


async def test_4_who_comes_and_goes_is_told(steps: Steps, sdk: PythonSdk, tmp_path: Path) -> None:
    server = steps(4)
    with browse(server.url("/?name=ann", "http"), tmp_path) as page:
        await until(page, f"{PEOPLE} == 'Here: ann'")
        bob = await sdk.connect(server.url(PATH), data={"name": "bob"})
        ears = await bob.subscribe("chat:lobby")
        await ears.until("subscribed")
        await until(page, f"{PEOPLE} == 'Here: ann, bob'")
        assert (await bob.call("presence_stats", "chat:lobby"))["num_users"] == 2
        await bob.disconnect()
        await until(page, f"{PEOPLE} == 'Here: ann'")


async def test_5_who_was_away_misses_nothing(steps: Steps, sdk: PythonSdk, tmp_path: Path) -> None:
    server = steps(5)
    bob = await sdk.connect(server.url(PATH), data={"name": "bob"})
    await bob.call("publish", "chat:lobby", {"text": "0"})
    with browse(server.url("/?name=ann", "http"), tmp_path) as page:
        await until(page, f"{LINES} == 'bob: 0'")
        page.evaluate("away.click()")
        await until(page, f"{STATE}.startsWith('disconnected')")
        for text in "123":
            await bob.call("publish", "chat:lobby", {"text": text})
        page.evaluate("chat.on('subscribed', (ctx) => window.told = ctx.recovered); away.click()")
        await until(page, f"{LINES} == 'bob: 0; bob: 1; bob: 2; bob: 3'")
        assert page.evaluate("window.told") is True


async def test_6_a_token_says_who_it_is(steps: Steps, sdk: PythonSdk, tmp_path: Path) -> None:
    server = steps(6)
    fresh = {"aud": "chat", "sub": "bob"}
    tokens = [token(claims(exp=int(time.time()) + 2, **fresh), key=KEY), token(claims(**fresh), key=KEY)]
    bob = await sdk.connect(server.url(PATH), tokens=tokens)
    ears = await bob.subscribe("chat:lobby")
    await ears.until("subscribed")
    with browse(server.url("/?name=ann", "http"), tmp_path) as page:
        await until(page, f"{PEOPLE} == 'Here: ann, bob'")
        page.evaluate("say.elements[0].value = 'hello'; say.requestSubmit()")
        heard = await ears.until("publication")
        assert (heard["info"]["user"], heard["data"]) == ("ann", {"text": "hello"})
    for options, code in [({}, 3501), ({"token": token(claims(**fresh), key=b"x" * 32)}, 3500)]:
        refused = await sdk.make(server.url(PATH), **options)
        await refused.connect()
        assert (await refused.ears.until("disconnected"))["code"] == code


def test_the_page_grows_from_step_to_step(page: list[dict[str, str]]) -> None:
    versions = [step["static/index.html"] for step in page[1:]]
    for before, after in pairwise(versions):
        assert [line for line in before.splitlines() if line not in after.splitlines()] == []
