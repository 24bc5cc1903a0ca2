"""What a refusal puts on the wire and what it tells the watchers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, Query
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import Message

from hubbub import Misuse, Peer, Refused, Upgrade, Watcher, testing, unwatch, watch

REASON = "é" * 100
CUT = "é" * 61
"""123 bytes of UTF-8 fit beside a close code, and half a character does not (RFC 6455 section 5.5)."""


class Refusals(Watcher):
    """Keeps what it is told of refusals."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    def refused(self, peer: Peer, status: int, why: str) -> None:
        self.told.append((status, why))


@pytest.fixture
def refusals() -> Iterator[Refusals]:
    watcher = Refusals()
    watch(watcher)
    yield watcher
    unwatch(watcher)


async def events_of(refused: Refused, extensions: dict[str, Any]) -> list[Message]:
    """What an ASGI server is sent."""
    sent: list[Message] = []

    async def refuse(upgrade: Upgrade) -> None:
        raise refused

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "extensions": extensions}
    await Upgrade.app(refuse)(scope, receive, send)
    return sent


async def test_a_reason_is_cut_to_fit_into_a_close_frame() -> None:
    accept, close = await events_of(Refused(403, REASON, close_code=4403), {"websocket.http.response": {}})
    assert (accept["type"], close["code"], close["reason"]) == ("websocket.accept", 4403, CUT)


async def test_without_the_extension_it_is_a_close_with_a_reason_that_fits() -> None:
    [close] = await events_of(Refused(403, REASON), {})
    assert (close["type"], close["code"], close["reason"]) == ("websocket.close", 1008, CUT)


async def test_the_watchers_are_told_more_than_the_client(refusals: Refusals) -> None:
    start, body = await events_of(Refused(401, "no", why="its signature is not good"), {"websocket.http.response": {}})
    assert (start["status"], body["body"]) == (401, b'{"detail": "no"}')
    assert refusals.told == [(401, "its signature is not good")]


class Failures(Watcher):
    """Keeps what failed."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.told.append(str(error))


@pytest.fixture
def failures() -> Iterator[Failures]:
    watcher = Failures()
    watch(watcher)
    yield watcher
    unwatch(watcher)


async def test_a_code_that_is_no_http_status_is_a_fault_of_the_app(failures: Failures) -> None:
    start, body = await events_of(Refused(103, "permission denied"), {"websocket.http.response": {}})
    assert (start["status"], body["body"]) == (500, b'{"detail": "internal error"}')
    assert failures.told == ["103 is no HTTP status: refuse an upgrade with 400 to 599"]


async def test_a_plain_request_is_not_answered_with_it_either(failures: Failures) -> None:
    app = FastAPI()

    @app.websocket("/socket")
    async def socket(upgrade: Annotated[Upgrade, Depends()]) -> None:
        raise Refused(1003, "not for HTTP")

    @app.get("/plain")
    async def plain() -> None:
        raise Refused(1003, "not for HTTP")

    with pytest.raises(Misuse, match="1003 is no HTTP status"):
        async with testing.connect(app, "/socket"):
            pass
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        assert (await client.get("/plain")).status_code == 500
    assert len(failures.told) == 2


async def test_no_watcher_is_told_what_failed_validation(refusals: Refusals) -> None:
    app = FastAPI()

    @app.websocket("/")
    async def endpoint(upgrade: Annotated[Upgrade, Depends()], token: Annotated[int, Query()]) -> None: ...

    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(app, "/?token=secret"):
            pass
    assert denied.value.json()["detail"][0]["input"] == "secret"
    assert refusals.told == [(422, "query.token: int_parsing")]


@pytest.mark.parametrize("is_async", [True, False])
async def test_a_plain_request_is_refused_by_the_apps_own_handler(is_async: bool) -> None:
    app = FastAPI()

    @app.websocket("/socket")
    async def socket(upgrade: Annotated[Upgrade, Depends()]) -> None:
        raise Refused(404, "nothing")

    @app.get("/plain")
    async def plain() -> None:
        raise Refused(404, "nothing")

    def answer(request: object, error: HTTPException) -> JSONResponse:
        return JSONResponse({"ours": error.detail}, error.status_code)

    async def answer_async(request: object, error: HTTPException) -> JSONResponse:
        return answer(request, error)

    app.add_exception_handler(HTTPException, answer_async if is_async else answer)  # type: ignore[arg-type]
    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(app, "/socket"):
            pass
    assert denied.value.json() == {"detail": "nothing"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://test") as client:
        response = await client.get("/plain")
    assert (response.status_code, response.json()) == (404, {"ours": "nothing"})
