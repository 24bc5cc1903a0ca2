"""The upgrade: what it shows, what it checks before it accepts, and wrong use that fails early."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from hubbub import Heartbeat, KeepNewest, Limits, Misuse, Peer, Refused, Socket, Upgrade, testing
from hubbub.sockets.options import Options

Look = Callable[[Upgrade], Any]


async def seen(look: Look, url: str = "/", **request: Any) -> Any:
    """What `look` sees of an upgrade."""
    found: list[Any] = []

    async def endpoint(upgrade: Upgrade) -> None:
        found.append(look(upgrade))
        raise Refused(400)

    with pytest.raises(testing.Denied):
        async with testing.connect(Upgrade.app(endpoint), url, **request):
            pass
    return found[0]


@pytest.mark.parametrize(
    ("look", "request_", "shown"),
    [
        (lambda upgrade: upgrade.headers["x-NAME"], {"headers": {"X-Name": "ada"}}, "ada"),
        (lambda upgrade: upgrade.cookies, {"headers": {"Cookie": "a=1; b=2"}}, {"a": "1", "b": "2"}),
        (lambda upgrade: upgrade.query.multi_items(), {"url": "/?a=1&a=2"}, [("a", "1"), ("a", "2")]),
        (lambda upgrade: upgrade.path, {"url": "/a%20b"}, "/a b"),
        (lambda upgrade: upgrade.path_params, {}, {}),
        (lambda upgrade: upgrade.client, {"client": ("10.0.0.1", 7)}, ("10.0.0.1", 7)),
        (lambda upgrade: upgrade.subprotocols, {"subprotocols": ["b", "a"]}, ["b", "a"]),
        (lambda upgrade: upgrade.subprotocols, {}, []),
        (lambda upgrade: upgrade.origin, {"origin": "https://a.example"}, "https://a.example"),
        (lambda upgrade: upgrade.origin, {}, None),
        (lambda upgrade: upgrade.is_native, {"native": True}, True),
        (lambda upgrade: upgrade.is_native, {}, False),
        (
            lambda upgrade: upgrade.peer,
            {"client": ("10.0.0.1", 7), "url": "/ws?token=secret", "headers": {"User-Agent": "me"}},
            Peer(("10.0.0.1", 7), "/ws", "me"),
        ),
    ],
)
async def test_an_upgrade_shows_its_request(look: Look, request_: dict[str, Any], shown: Any) -> None:
    assert await seen(look, **request_) == shown


async def test_a_client_without_an_address_has_none() -> None:
    async def silent(*args: Any) -> Any:
        raise AssertionError("nobody calls")

    scope = {"type": "websocket", "path": "/", "headers": [], "query_string": b"", "subprotocols": ["", "a"]}
    upgrade = Upgrade.from_asgi(scope, silent, silent)
    assert (upgrade.client, upgrade.subprotocols, upgrade.is_native) == (None, ["a"], False)


# What it checks


async def denied(accept: Callable[[Upgrade], Any], **request: Any) -> testing.Denied:
    """How an upgrade is refused that is accepted so."""

    async def endpoint(upgrade: Upgrade) -> None:
        async with accept(upgrade):
            raise AssertionError("it was accepted")

    with pytest.raises(testing.Denied) as denied:
        async with testing.connect(Upgrade.app(endpoint), **request):
            pass
    return denied.value


@pytest.mark.parametrize(
    ("options", "request_", "status", "told"),
    [
        ({}, {"origin": "https://evil.example"}, 403, "accept(origins=['https://evil.example'])"),
        ({}, {"origin": "null"}, 403, "origin null is not allowed: it names no page"),
        ({}, {"origin": "https://*.example"}, 403, "not allowed: it names no page"),
        ({}, {"origin": "https://e\nvil"}, 403, r"origin https://e\nvil"),
        ({"origins": ["https://a.example"]}, {"origin": "https://b.example"}, 403, "https://b.example"),
        ({"hosts": ["a.example"]}, {"url": "ws://b.example/"}, 421, "host 'b.example'"),
        (
            {"hosts": ["a.example"]},
            {"headers": [("host", "a.example"), ("host", "a.example")]},
            421,
            "a.example, a.example",
        ),
        ({"subprotocols": ["a", "b"], "require_subprotocol": True}, {"subprotocols": ["c"]}, 400, "offer one of: a, b"),
        ({"subprotocols": ["a"], "require_subprotocol": True}, {}, 400, "offer one of: a"),
    ],
)
async def test_what_does_not_fit_is_refused_and_told_what_would(
    options: dict[str, Any], request_: dict[str, Any], status: int, told: str
) -> None:
    refused = await denied(lambda upgrade: upgrade.accept(**options), **request_)
    assert refused.status == status
    assert told in refused.json()["detail"]


@pytest.mark.parametrize(
    ("options", "request_"),
    [
        ({"origins": ["https://*.a.example"]}, {"origin": "https://b.a.example"}),
        ({"origins": ["*"]}, {"origin": "null"}),
        ({"hosts": ["a.example"]}, {"url": "ws://a.example:8000/"}),
        ({"hosts": []}, {"url": "ws://a.example/"}),
    ],
)
async def test_what_fits_is_accepted(options: dict[str, Any], request_: dict[str, Any]) -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        async with upgrade.accept(**options) as socket:
            await socket.send("welcome")

    async with testing.connect(Upgrade.app(endpoint), **request_) as client:
        assert await client.receive() == "welcome"


async def welcome(upgrade: Upgrade) -> None:
    async with upgrade.accept() as socket:
        await socket.send("welcome")


# How the socket behaves


async def test_the_socket_behaves_as_it_was_accepted() -> None:
    limits, heartbeat, slow = Limits(message=10), Heartbeat(1, 2), KeepNewest(lambda message: message)
    made: list[Options] = []

    async def endpoint(upgrade: Upgrade) -> None:
        async with upgrade.accept(limits=limits, heartbeat=heartbeat, slow_reader=slow) as socket:
            made.append(socket._options)
            await socket.receive()

    async with testing.connect(Upgrade.app(endpoint)) as client:
        await client.send("x" * 11)
        assert (await client.wait_closed()).code == 1009
    assert made == [Options(limits, heartbeat, slow)]


# Wrong use


async def test_who_awaits_instead_of_entering_is_told() -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        await upgrade.accept()

    with pytest.raises(Misuse, match="is entered: `async with"):
        async with testing.connect(Upgrade.app(endpoint)):
            pass


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"limit": Limits()}, "unknown: limit"),
        ({"origins": "https://a.example"}, "origins takes a list"),
    ],
)
@pytest.mark.parametrize("way", ["accept", "serve"])
async def test_options_that_are_none_are_a_misuse(options: dict[str, Any], fault: str, way: str) -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        if way == "accept":
            async with upgrade.accept(**options):
                pass
        else:
            await upgrade.serve(handler, **options)

    with pytest.raises(Misuse, match=fault):
        async with testing.connect(Upgrade.app(endpoint)):
            pass


async def handler(socket: Socket) -> None:
    await socket.send("handled")


class Callable_:
    """An object that is called as a handler."""

    async def __call__(self, socket: Socket) -> None:
        await socket.send("handled")


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("what", [handler, Callable_()])
async def test_whatever_is_called_with_a_socket_and_awaited_may_be_served(what: Any, native: bool) -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        await upgrade.serve(what)

    async with testing.connect(Upgrade.app(endpoint), native=native) as client:
        assert await client.receive() == "handled"


@pytest.mark.parametrize("what", [lambda socket: None, print, 7])
async def test_what_is_no_async_function_is_a_misuse_before_anything_is_accepted(what: Any) -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        await upgrade.serve(what)

    with pytest.raises(Misuse, match="serve takes an `async def`"):
        async with testing.connect(Upgrade.app(endpoint)):
            pass


@pytest.mark.parametrize("native", [False, True])
async def test_an_upgrade_is_accepted_once(native: bool) -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        async with upgrade.accept():
            with pytest.raises(RuntimeError):
                async with upgrade.accept():
                    pass

    async with testing.connect(Upgrade.app(endpoint), native=native) as client:
        assert (await client.wait_closed()).code == 1000


async def test_an_app_of_sockets_serves_nothing_else() -> None:
    async def nothing(*args: Any) -> Any:
        raise AssertionError("nobody calls")

    with pytest.raises(Misuse, match="not 'http': route the rest elsewhere"):
        await Upgrade.app(welcome)({"type": "http"}, nothing, nothing)


# Middleware


def swallowing(app: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        async def swallow(event: Any) -> None:
            if event["type"] != "websocket.accept":
                await send(event)

        await app(scope, receive, swallow)

    return middleware


async def test_a_middleware_that_swallows_the_acceptance_is_named() -> None:
    with pytest.raises(Misuse, match="a middleware swallowed the acceptance"):
        async with testing.connect(swallowing(Upgrade.app(welcome)), native=True):
            pass


async def test_the_end_of_a_cancelled_endpoint_is_no_bare_drop() -> None:
    async def endpoint(upgrade: Upgrade) -> None:
        async with upgrade.accept():
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.sleep(1)

    async with testing.connect(Upgrade.app(endpoint), native=True) as client:
        assert (await client.wait_closed()).code == 1001
