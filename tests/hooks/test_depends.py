"""FastAPI's dependencies in a hook: resolved for each call against the client's own request, closed after it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import pytest
from fastapi import (
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Query,
    Request,
    Security,
    WebSocketException,
)
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from msgspec import Raw, Struct
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from hubbub import Disconnect, Misuse, Refused, testing
from hubbub.hooks.call import Hook, HookTimeout
from hubbub.hooks.signature import PUBLISH, Call
from tests.hooks.clients import Client, connection


class Point(Struct):
    x: int


def call(app: Any = None, headers: dict[str, str] | None = None, query: str = "") -> Call:
    return Call(Client(connection=connection(headers, query, app)), "chat:7", {"room": "7"}, Raw(b'{"x":1}'))


def hook(function: Any) -> Hook:
    return Hook(function, PUBLISH, ("room",), Client)


def service() -> str:
    return "service"


Service = Annotated[str, Depends(service)]


async def test_a_hook_gets_its_dependencies_beside_everything_else() -> None:
    async def say(
        client: Client, got: Service, room: int, message: Point, *, channel: str, old: Any = Depends(service)
    ) -> Any:
        return got, room, message, channel, old

    assert await hook(say)(call()) == ("service", 7, Point(1), "chat:7", "service")


async def test_a_plain_hook_too() -> None:
    def say(message: Point, got: Service) -> Any:
        return message, got

    assert await hook(say)(call()) == (Point(1), "service")


async def test_dependencies_read_the_clients_own_request() -> None:
    def whole(connection: HTTPConnection, websocket: WebSocket) -> str:
        return f"{connection.headers['x-a']}{websocket.query_params['q']}"

    async def say(
        x_a: Annotated[str, Header()],
        q: Annotated[int, Query()],
        c: Annotated[str, Cookie()],
        both: Annotated[str, Depends(whole)],
        message: Point,
    ) -> Any:
        return x_a, q, c, both

    assert await hook(say)(call(None, {"x-a": "1", "cookie": "c=2"}, "q=3")) == ("1", 3, "2", "13")


async def test_a_dependency_has_the_patterns_parameters_as_those_of_a_path() -> None:
    def twice(room: int) -> int:
        return room * 2

    async def say(number: Annotated[int, Depends(twice)]) -> int:
        return number

    assert await hook(say)(call()) == 14


async def test_what_is_not_in_the_request_is_error_107() -> None:
    async def say(x_a: Annotated[int, Header()]) -> None: ...

    with pytest.raises(Refused, match=r"107: header.x-a: Field required"):
        await hook(say)(call())
    with pytest.raises(Refused, match=r"107: header.x-a: Input should be a valid integer") as refused:
        await hook(say)(call(None, {"x-a": "s3cret"}))
    assert "s3cret" not in str(refused.value)


async def test_security_classes_and_scopes() -> None:
    def user(scopes: SecurityScopes, bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> str:
        return bearer.credentials + "".join(scopes.scopes)

    async def say(user: Annotated[str, Security(user, scopes=["write"])]) -> str:
        return user

    async def cookie(key: Annotated[str, Depends(APIKeyCookie(name="key"))]) -> str:
        return key

    assert await hook(say)(call(None, {"authorization": "Bearer abc"})) == "abcwrite"
    assert await hook(cookie)(call(None, {"cookie": "key=k"})) == "k"
    with pytest.raises(Refused) as refused:
        await hook(say)(call())
    assert refused.value.code in (401, 403)


async def test_one_dependency_is_asked_once_a_call() -> None:
    asked: list[int] = []

    def once() -> int:
        asked.append(1)
        return len(asked)

    def one(number: Annotated[int, Depends(once)]) -> int:
        return number

    async def say(a: Annotated[int, Depends(once)], b: Annotated[int, Depends(one)]) -> Any:
        return a, b

    ready = hook(say)
    assert await ready(call()) == (1, 1)
    assert await ready(call()) == (2, 2)


@pytest.mark.parametrize("fails", [False, True])
async def test_what_has_a_yield_is_closed_after_the_call(fails: bool) -> None:
    told: list[str] = []

    async def outer() -> AsyncIterator[str]:
        told.append("open")
        try:
            yield "session"
        except ValueError:
            told.append("error")
            raise
        finally:
            told.append("closed")

    def inner(session: Annotated[str, Depends(outer)]) -> Iterator[str]:
        yield session
        told.append("inner closed")

    async def say(session: Annotated[str, Depends(inner)]) -> str:
        told.append("called")
        await asyncio.sleep(0)
        if fails:
            raise ValueError(session)
        return session

    if fails:
        with pytest.raises(ValueError, match="session"):
            await hook(say)(call())
        assert told == ["open", "called", "error", "closed"]
    else:
        assert await hook(say)(call()) == "session"
        assert told == ["open", "called", "inner closed", "closed"]


async def test_the_apps_overrides_count_and_another_apps_do_not() -> None:
    async def say(got: Service) -> str:
        return got

    app, other, ready = FastAPI(), FastAPI(), hook(say)
    app.dependency_overrides[service] = lambda: "override"
    assert await ready(call(app)) == "override"
    assert await ready(call(other)) == "service"
    assert await ready(call()) == "service"
    app.dependency_overrides.clear()
    assert await ready(call(app)) == "service"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (Refused(103, "no"), Refused, 103),
        (HTTPException(404, "nothing"), Refused, 404),
        (HTTPException(307), Refused, 500),
        (WebSocketException(4001, "why"), Disconnect, 4001),
        (WebSocketException(1008, "why"), Disconnect, 3507),
        (Disconnect(4500), Disconnect, 4500),
        (KeyError("no"), KeyError, None),
    ],
)
async def test_a_dependency_that_raises(error: Exception, kind: type[Exception], code: int | None) -> None:
    def refuse() -> None:
        raise error

    async def say(nothing: Annotated[None, Depends(refuse)]) -> None: ...

    with pytest.raises(kind) as raised:
        await hook(say)(call(FastAPI()))
    assert getattr(raised.value, "code", None) == code


async def test_a_hooks_own_error_goes_through() -> None:
    async def say(got: Service) -> None:
        raise Refused(1234, "mine")

    with pytest.raises(Refused, match="1234: mine"):
        await hook(say)(call())


@pytest.mark.parametrize("error", [HTTPException(404), WebSocketException(4001)])
async def test_what_means_something_in_an_endpoint_does_not_in_a_hook(error: Exception) -> None:
    async def say(got: Service) -> None:
        raise error

    with pytest.raises(type(error)):
        await hook(say)(call())


async def test_a_dependency_that_swallows_an_error_is_named() -> None:
    def swallow() -> Iterator[None]:
        try:
            yield
        except ValueError:
            pass

    async def say(nothing: Annotated[None, Depends(swallow)]) -> None:
        raise ValueError

    with pytest.raises(RuntimeError):
        await hook(say)(call())


async def test_a_dependency_that_hangs_is_cut() -> None:
    async def hang() -> None:
        await asyncio.get_running_loop().create_future()

    async def say(nothing: Annotated[None, Depends(hang)]) -> None: ...

    with testing.manual_clock() as time:
        task = asyncio.ensure_future(hook(say)(call()))
        await asyncio.sleep(0)
        await time.advance(5.2)
        with pytest.raises(HookTimeout):
            await task


async def test_the_connection_is_the_clients() -> None:
    async def take(websocket: WebSocket) -> None:
        await websocket.accept()

    async def say(nothing: Annotated[None, Depends(take)]) -> None: ...

    with pytest.raises(Misuse, match="the connection is the client's"):
        await hook(say)(call())
    with pytest.raises(Misuse, match="has come with none"):
        await hook(say)(Call(Client()))


def test_what_fastapi_cannot_fill_is_a_misuse() -> None:
    class Strange:
        pass

    def needs(strange: Strange) -> None: ...

    async def say(nothing: Annotated[None, Depends(needs)]) -> None: ...

    with pytest.raises(Misuse, match=r"FastAPI cannot fill the parameters of .*say"):
        hook(say)


def test_a_dependency_that_asks_for_what_is_never_there_is_a_misuse() -> None:
    def headers(request: Request) -> Any: ...

    def later(tasks: BackgroundTasks) -> None: ...

    def user(found: Annotated[str, Depends(headers)]) -> None: ...

    async def say(nothing: Annotated[None, Depends(user)]) -> None: ...

    async def tell(nothing: Annotated[None, Depends(later)]) -> None: ...

    with pytest.raises(Misuse, match=r"say depends on .*headers, which asks for Request: .* HTTPConnection"):
        hook(say)
    with pytest.raises(Misuse, match=r"tell depends on .*later, which asks for BackgroundTasks: .* never run"):
        hook(tell)


async def test_the_scope_of_the_client_is_not_touched() -> None:
    async def say(got: Service) -> None: ...

    one = call(FastAPI())
    before = dict(one.client.connection.scope)
    await hook(say)(one)
    assert one.client.connection.scope == before
