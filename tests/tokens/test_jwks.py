"""Keys from an address, against a real server of HTTP that rotates, hangs, floods, redirects and lies."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from hubbub import InvalidToken, Jwks, Misuse, Verifier, testing
from hubbub.tokens.keys import NoKeys, UnknownKey
from tests.tokens.making import SECRET, claims, encode, public_jwk, rsa_key, token

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Issuer:
    """Serves keys on loopback, and counts who asks.

    Args:
        url: where.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys = [public_jwk(rsa_key(), "k0")]
        self.asked: list[str] = []
        self.answer: Answer = self.tell

    async def tell(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"keys": self.keys})


@asynccontextmanager
async def serve(answer: Answer) -> AsyncIterator[str]:
    """A server of one answer on a free port of loopback."""
    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)  # type: ignore[arg-type]
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer("")

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        made.asked.append(request.path)
        return await made.answer(request)  # type: ignore[arg-type]

    async with serve(answer) as url:
        made.url = f"{url}/jwks.json"
        yield made


def verifier(issuer: Issuer, **options: Any) -> tuple[Verifier, list[str]]:
    """One that takes the issuer's tokens, and what it complains of."""
    keys, told = Jwks(issuer.url, **options), list[str]()
    keys.on_failure = told.append
    return Verifier(keys, audience="chat"), told


def made(number: int = 0, **header: Any) -> str:
    return token(claims(aud="chat"), "RS256", rsa_key(number), **{"kid": f"k{number}", **header})


# Fetching, and not


async def test_keys_are_fetched_when_needed_and_kept(issuer: Issuer) -> None:
    ours, _ = verifier(issuer)
    assert issuer.asked == []
    for _ in range(3):
        assert (await ours.verify(made())).user == "ann"
    assert ours.verify_nowait(made()).user == "ann"
    assert issuer.asked == ["/jwks.json"]


async def test_all_who_wait_share_one_fetch_and_who_leaves_ends_it_for_nobody(issuer: Issuer) -> None:
    ours, _ = verifier(issuer)
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.set()
        await may_answer.wait()
        return await issuer.tell(request)

    issuer.answer = answer
    waiting = [asyncio.create_task(ours.verify(made())) for _ in range(10)]
    await asked.wait()
    waiting[0].cancel()
    may_answer.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert [result.user for result in results[1:]] == ["ann"] * 9  # type: ignore[union-attr]
    assert len(issuer.asked) == 1


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(lambda: "nonsense", id="nonsense"),
        pytest.param(lambda: made(alg="none"), id="none"),
        pytest.param(lambda: made(jku="http://127.0.0.1:1/"), id="jku"),
        pytest.param(lambda: "x" * 100_000, id="too long"),
    ],
)
async def test_what_is_no_token_makes_nobody_fetch(issuer: Issuer, bad: Callable[[], str]) -> None:
    ours, _ = verifier(issuer)
    with pytest.raises(InvalidToken):
        await ours.verify(bad())
    assert issuer.asked == []


async def test_nothing_that_a_token_says_is_asked_for(issuer: Issuer) -> None:
    ours, _ = verifier(issuer)
    asked: list[str] = []

    async def evil(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.json_response({"keys": [public_jwk(rsa_key(5), "k5")]})

    async with serve(evil) as url:
        for header in ({"jku": url}, {"x5u": url}, {"kid": url}, {"kid": "../../evil"}, {"kid": "?x"}, {"iss": url}):
            with pytest.raises(InvalidToken):
                await ours.verify(made(5, **header))
        with pytest.raises(InvalidToken):
            await ours.verify(token(claims(aud="chat", iss=url), "RS256", rsa_key(5), kid="k5"))
    assert asked == []
    assert set(issuer.asked) == {"/jwks.json"}


# Rotation


async def test_an_unknown_key_is_looked_for_and_not_more_often_than_that(issuer: Issuer) -> None:
    with testing.manual_clock() as clock:
        ours, _ = verifier(issuer, cooldown=30)
        assert await ours.verify(made())
        issuer.keys = [public_jwk(rsa_key(1), "k1")]
        with pytest.raises(UnknownKey):
            await ours.verify(made(1))  # it was fetched just now
        await clock.advance(31)
        assert await ours.verify(made(1))
        for number in range(200):
            with pytest.raises(InvalidToken):
                await ours.verify(made(1, kid=f"guess-{number}"))
        assert len(issuer.asked) == 2
        with pytest.raises(UnknownKey):
            await ours.verify(made())  # its key was withdrawn


async def test_a_key_that_was_withdrawn_is_forgotten_when_the_set_is_old(issuer: Issuer) -> None:
    with testing.manual_clock() as clock:
        ours, _ = verifier(issuer, lifetime=3600)
        assert await ours.verify(made())
        issuer.keys = [public_jwk(rsa_key(1), "k1")]
        await clock.advance(3500)
        assert await ours.verify(made())
        await clock.advance(101)
        with pytest.raises(UnknownKey):
            await ours.verify(made())


# Servers that fail


async def hang(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    return web.Response()


async def trickle(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.01)


async def flood(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(2**30)})
    await response.prepare(request)
    for _ in range(2**30 // 65536):
        await response.write(b" " * 65536)
    return response


async def secret(request: web.Request) -> web.StreamResponse:
    return web.json_response({"keys": [{"kty": "oct", "kid": "k0", "k": encode(SECRET)}]})


def status(code: int) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"keys": [public_jwk(rsa_key(), "k0")]}, status=code, headers={"Location": "/other"})

    return answer


def says(body: bytes, **headers: str) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={name.replace("_", "-"): value for name, value in headers.items()})

    return answer


MANY = json.dumps({"keys": [public_jwk(rsa_key(), f"k{n}") for n in range(65)]}).encode()

FAILING: list[tuple[str, Answer, str]] = [
    ("hangs", hang, "TimeoutError"),
    ("trickles", trickle, "TimeoutError"),
    ("answers a gigabyte", flood, "more than 65536 bytes"),
    ("redirects", status(302), "answered with 302"),
    ("fails", status(500), "answered with 500"),
    ("says no", status(404), "answered with 404"),
    ("compresses", says(b"\x1f\x8b" * 100, Content_Encoding="gzip"), "compressed, unasked"),
    ("says nothing", says(b""), "the answer is not read"),
    ("says what is no JSON", says(b"<html>"), "the answer is not read"),
    ("says no set", says(b'{"keys": 5}'), "a list 'keys'"),
    ("says a list", says(b"[]"), "no JSON object"),
    ("nests", says(b"[" * 60_000), "the answer is not read"),
    ("has a secret for a key", secret, "no key that signatures"),
    ("has many keys", says(MANY), "65 keys; at most 64"),
]


@pytest.mark.parametrize(("answer", "why"), [pytest.param(*row, id=name) for name, *row in FAILING])
async def test_a_server_that_fails_costs_a_bounded_wait_and_is_told(issuer: Issuer, answer: Answer, why: str) -> None:
    ours, told = verifier(issuer, timeout=0.5 if why == "TimeoutError" else 10, max_bytes=65536)
    issuer.answer = answer
    async with asyncio.timeout(10):
        with pytest.raises(NoKeys) as refused:
            await ours.verify(made())
    assert (refused.value.status, refused.value.told) == (503, "try again later")
    assert len(told) == 1
    assert why in told[0]
    assert "no token can be verified" in told[0]
    assert issuer.asked == ["/jwks.json"]


async def test_nobody_is_there() -> None:
    keys, told = Jwks("http://127.0.0.1:1/jwks.json"), list[str]()
    keys.on_failure = told.append
    with pytest.raises(NoKeys):
        await Verifier(keys, issuer="me").verify(made())
    assert "could not be fetched from http://127.0.0.1:1/jwks.json" in told[0]


async def test_known_keys_outlive_a_failure_and_attempts_get_rarer(issuer: Issuer) -> None:
    with testing.manual_clock() as clock:
        ours, told = verifier(issuer, lifetime=100, cooldown=30)
        assert await ours.verify(made())
        issuer.answer = status(500)
        attempts = []
        for _ in range(120):
            await clock.advance(1)
            before = len(issuer.asked)
            assert await ours.verify(made())
            if len(issuer.asked) > before:
                attempts.append(round(clock.now()))
        assert attempts == [100, 101, 103, 107, 115]
        assert all("those known are used still" in text for text in told)
        issuer.answer = issuer.tell
        await clock.advance(30)
        assert await ours.verify(made())
        assert len(told) == 5


# Wrong use


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://issuer.example/jwks", "https address"),
        ("ftp://issuer.example/jwks", "https address"),
        ("issuer.example/jwks", "https address"),
        ("", "https address"),
        ("file:///etc/passwd", "https address"),
        ("http://127.0.0.1.evil.example/", "https address"),
        ("https://user:password@issuer.example/", "no password"),
    ],
)
def test_an_address_is_https_or_of_this_machine(url: str, why: str) -> None:
    with pytest.raises(Misuse, match=why):
        Jwks(url)


@pytest.mark.parametrize(
    "url", ["http://localhost:1/", "http://[::1]:1/", "http://127.0.0.2/", "https://issuer.example/"]
)
def test_an_address_that_will_do(url: str) -> None:
    assert repr(Jwks(url)) == f"Jwks({url!r})"


def test_bounds_are_bounds() -> None:
    with pytest.raises(Misuse, match="must be more than 0"):
        Jwks("https://issuer.example/", timeout=0)


def test_without_httpx2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(Misuse, match=r"install hubbub\[jwks\]"):
        Jwks("https://issuer.example/")


def test_it_serves_one_loop_after_another() -> None:
    async def use(answers: list[str]) -> None:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            answers.append(request.path)
            return web.json_response({"keys": [public_jwk(rsa_key(), "k0")]})

        async with serve(answer) as url:
            keys.url = url
            assert await Verifier(keys, audience="chat").verify(made())

    async def leave() -> None:
        keys.url = "http://127.0.0.1:9/"
        asyncio.get_running_loop().create_task(keys.keys())
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    keys = Jwks("http://127.0.0.1:1/")
    answers: list[str] = []
    asyncio.run(leave())
    keys._not_before = 0
    asyncio.run(use(answers))
    assert len(answers) == 1
