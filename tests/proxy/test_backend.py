"""Questions over real connections to a backend that is slow, down, breaks off, floods, or is asked by many at once."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import sys
from asyncio import StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest
import trustme

from hubbub import Misuse, Proxy
from hubbub.proxy.backend import Backend as Asker
from hubbub.proxy.backend import Backends, BadStatus
from hubbub.proxy.shapes import Failed
from hubbub.testing.clock import manual_clock, settle
from tests.proxy.backends import Asked, Backend, backend, break_off, http, never

HEADERS = [(b"content-type", b"application/json")]


@asynccontextmanager
async def asking(proxy: Proxy, *more: Proxy) -> AsyncIterator[Asker]:
    """One that can be asked within the block."""
    backends = Backends()
    found, *_ = [backends.of(each) for each in (proxy, *more)]
    await backends.start()
    try:
        yield found
    finally:
        await backends.stop()


async def ask(at: Asker, *, repeats: bool = True) -> bytes:
    return await at.post(b"{}", HEADERS, repeats=repeats)


async def test_a_question_and_its_answer_over_one_connection() -> None:
    async with backend(ask={"result": 1}) as there, asking(Proxy(there.url + "/ask?a=b")) as at:
        there.answers["/ask?a=b"] = {"result": 1}
        assert [await ask(at) for _ in range(3)] == [b'{"result": 1}'] * 3
        [asked, *_] = there.asked
        assert (asked.path, asked.headers["content-type"], asked.headers["content-length"]) == (
            "/ask?a=b",
            "application/json",
            "2",
        )
        assert there.connections == 1


async def test_no_cookie_is_kept_and_no_redirect_followed() -> None:
    async with backend(
        ask=http(b"{}", 200, "Set-Cookie: session=anns"), gone=http(b"", 307, "Location: /ask")
    ) as there:
        ours, gone = Proxy(there.url + "/ask"), Proxy(there.url + "/gone")
        async with asking(ours) as at:
            await ask(at)
            await ask(at)
        assert all("cookie" not in asked.headers for asked in there.asked)
        async with asking(gone) as at:
            with pytest.raises(BadStatus, match="it answered with status 307"):
                await ask(at)
        assert len(there.asked) == 3


@pytest.mark.parametrize("status", [204, 201, 404, 500])
async def test_another_status_than_200(status: int) -> None:
    async with backend(ask=http(b"", status)) as there, asking(Proxy(there.url + "/ask")) as at:
        with pytest.raises(BadStatus) as caught:
            await ask(at)
        assert caught.value.status == status


async def test_one_that_is_down() -> None:
    async with backend() as there:
        pass
    async with asking(Proxy(there.url + "/ask")) as at:
        with pytest.raises(Failed, match="it cannot be reached: All connection attempts failed"):
            await ask(at)


async def test_one_that_does_not_answer_in_time_is_let_go() -> None:
    async with backend(ask=never) as there, asking(Proxy(there.url + "/ask", timeout=5)) as at:
        with manual_clock() as clock:
            asked = asyncio.create_task(ask(at))
            await there.wait_asked()
            await clock.advance(4.8)
            assert not asked.done()
            await clock.advance(0.4)
            with pytest.raises(Failed, match="no answer within 5 s"):
                await asked
        there.answers["/ask"] = {}
        assert await ask(at) == b"{}"


@pytest.mark.parametrize("repeats", [True, False])
async def test_where_the_connection_breaks_off_only_what_does_no_harm_is_asked_again(repeats: bool) -> None:
    async def once(asked: Asked, writer: StreamWriter) -> None:
        there.answers["/ask"] = {}
        await break_off(asked, writer)

    async with backend(ask=once) as there, asking(Proxy(there.url + "/ask")) as at:
        if repeats:
            assert await ask(at, repeats=True) == b"{}"
        else:
            with pytest.raises(Failed, match="it closed the connection without an answer"):
                await ask(at, repeats=False)
        assert len(there.asked) == 1 + repeats
        there.answers["/ask"] = break_off
        with pytest.raises(Failed):
            await ask(at, repeats=repeats)
        assert len(there.asked) == 2 * (1 + repeats)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"nonsense\r\n\r\n", "speaks no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "without an answer"),
        (http(gzip.compress(b"{}", mtime=0), 200, "Content-Encoding: gzip"), "compressed, unasked"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "speaks no HTTP"),
    ],
)
async def test_nonsense(answer: bytes, why: str) -> None:
    async def say(asked: Asked, writer: StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        await break_off(asked, writer)

    async with backend(ask=say) as there, asking(Proxy(there.url + "/ask")) as at:
        with pytest.raises(Failed, match=why) as caught:
            await ask(at)
        assert "nonsense" not in str(caught.value)


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_gigabyte_is_cut(chunked: bool) -> None:
    written = 0

    async def flood(asked: Asked, writer: StreamWriter) -> None:
        nonlocal written
        head = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % 2**30
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        some = b"x" * 65536
        while written < 2**30:
            writer.write(b"10000\r\n" + some + b"\r\n" if chunked else some)
            written += len(some)
            await writer.drain()

    async with backend(ask=flood) as there, asking(Proxy(there.url + "/ask", timeout=30)) as at:
        with pytest.raises(Failed, match="more than 524288 bytes"):
            await ask(at)
        assert written < 64 * 2**20  # what the kernel's buffers took
        there.answers["/ask"] = {}
        assert await ask(at) == b"{}"


async def test_so_many_at_once_and_the_others_wait() -> None:
    go = asyncio.Event()

    async def wait(asked: Asked, writer: StreamWriter) -> None:
        await go.wait()
        writer.write(http(b"{}"))

    async with backend(ask=wait) as there, asking(Proxy(there.url + "/ask", concurrency=3, timeout=60)) as at:
        asked = [asyncio.create_task(ask(at)) for _ in range(20)]
        await there.wait_asked(3)
        await settle()
        assert len(there.asked) == 3
        go.set()
        assert await asyncio.gather(*asked) == [b"{}"] * 20
        assert (there.together, there.connections) == (3, 3)


async def test_a_slow_backend_holds_up_nobody_elses() -> None:
    async with backend(slow=never, quick={}) as there:
        slow, quick = Proxy(there.url + "/slow", concurrency=5, timeout=60), Proxy(there.url + "/quick", concurrency=1)
        backends = Backends()
        at, other = backends.of(slow), backends.of(quick)
        await backends.start()
        stuck = [asyncio.create_task(ask(at)) for _ in range(50)]
        await there.wait_asked(5)
        assert [await ask(other) for _ in range(20)] == [b"{}"] * 20
        for each in stuck:
            each.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        await backends.stop()


async def test_who_waited_and_left_takes_no_place() -> None:
    go = asyncio.Event()

    async def wait(asked: Asked, writer: StreamWriter) -> None:
        await go.wait()
        writer.write(http(b"{}"))

    async with backend(ask=wait) as there, asking(Proxy(there.url + "/ask", concurrency=1, timeout=60)) as at:
        first, second, third = (asyncio.create_task(ask(at)) for _ in range(3))
        await there.wait_asked()
        second.cancel()
        go.set()
        assert [await first, await third] == [b"{}", b"{}"]


async def test_a_certificate_of_our_own() -> None:
    authority = trustme.CA()
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(served)
    there = Backend(answers={"/ask": {}})
    server = await asyncio.start_server(there.serve, "127.0.0.1", ssl=served)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/ask"
    ours = ssl.create_default_context()
    authority.configure_trust(ours)
    try:
        async with asking(Proxy(url, tls=ours), Proxy(url)) as at:
            assert await ask(at) == b"{}"
        async with asking(Proxy(url)) as at:
            with pytest.raises(Failed, match="CERTIFICATE_VERIFY_FAILED"):
                await ask(at)
    finally:
        server.close()


async def test_the_environment_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with backend(ask={}) as there, asking(Proxy(there.url + "/ask")) as at:
        assert await ask(at) == b"{}"


async def test_a_hub_that_starts_again_asks_again() -> None:
    async with backend(ask={}) as there:
        backends = Backends()
        at = backends.of(Proxy(there.url + "/ask"))
        assert backends.of(at.proxy) is at
        for _ in range(2):
            await backends.start()
            assert await ask(at) == b"{}"
            with pytest.raises(Misuse, match="before it starts"):
                backends.of(Proxy(there.url))
            await backends.stop()


async def test_what_cannot_start_closes_what_it_has_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []

    class Transport(httpx2.AsyncBaseTransport):
        async def aclose(self) -> None:
            closed.append(self)

    def make(tls: object, places: int) -> Transport:
        if tls is not None:
            raise OSError("no such authority")
        return Transport()

    monkeypatch.setattr("hubbub.proxy.backend._make_transport", make)
    backends = Backends()
    backends.of(Proxy("https://app/a"))
    backends.of(Proxy("https://app/a", tls=ssl.create_default_context()))
    with pytest.raises(OSError, match="authority"):
        await backends.start()
    assert len(closed) == 1
    backends.of(Proxy("https://app/b"))


def test_without_httpx2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(Misuse, match=r"install hubbub\[proxy\]"):
        Backends().of(Proxy("http://app/a"))
