"""Each parameter of a hook is filled by what its name and annotation ask for, or the hook is refused when it is registered."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from inspect import Parameter
from typing import Annotated, Any

import pytest
from fastapi import Depends
from fastapi import Header as FromHeader
from msgspec import Meta, Raw, Struct
from starlette.datastructures import Address, Headers, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.websockets import WebSocket

from hubbub import Misuse, Refused
from hubbub.hooks.signature import (
    CONNECT,
    DISCONNECT,
    MESSAGE,
    PUBLISH,
    REFRESH,
    RPC,
    SERVER_RPC,
    SUBSCRIBE,
    UNSUBSCRIBE,
    Call,
    Kind,
    plan,
)
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.publication import NOTHING
from tests.hooks.clients import Client, Visitor, connection


class Point(Struct):
    x: int


class Service:
    """Something of the app's."""


CLIENT = Client(connection=connection({"x-name": "value"}, "a=1"))
CALL = Call(
    CLIENT, "chat:7", {"room": "7"}, Raw(b'{"x":1}'), SubscribeRequest("chat:7"), "token", "method", 2500, "reason"
)


def filled(
    function: Callable[..., Any], kind: Kind = PUBLISH, names: tuple[str, ...] = ("room",), call: Call = CALL
) -> Any:
    """What the function returns when it is given what it asks for."""
    found = plan(function, kind, names, Client)
    return function(
        *[get(call) for get in found.positional], **{name: get(call) for name, get in found.keywords.items()}
    )


def test_the_client_by_name_or_type() -> None:
    assert filled(lambda client, data: client) is CLIENT

    def by_type(whoever: Client) -> Any:
        return whoever

    def by_base(whoever: Visitor) -> Any:
        return whoever

    assert filled(by_type) is filled(by_base) is CLIENT


def test_all_that_is_known() -> None:
    def passes_on(asked: Call) -> Any:
        return asked

    assert filled(passes_on) is CALL
    payload = plan(passes_on, PUBLISH, ("room",), Client).payload
    assert payload is not None
    assert payload.annotation is Any


def test_the_patterns_parameters_by_name_converted() -> None:
    def number(room: int) -> Any:
        return room

    def bounded(room: Annotated[int, Meta(ge=10)]) -> Any:
        return room

    assert filled(lambda room: room) == "7"
    assert filled(number) == 7
    with pytest.raises(Refused, match="107: channel, room: Expected `int` >= 10"):
        filled(bounded)


def test_the_payload_is_the_one_that_is_left() -> None:
    def typed(message: Point, room: str) -> Any:
        return message

    def raw(room: str, client: Client, *, anything: Raw) -> Any:
        return anything

    assert filled(typed) == Point(1)
    assert filled(raw) is CALL.data
    assert filled(lambda data: data) == {"x": 1}


@pytest.mark.parametrize("kind", [PUBLISH, RPC, MESSAGE, CONNECT, SUBSCRIBE])
def test_a_payload_that_is_not_given_is_the_default_or_none_or_error_107(kind: Kind) -> None:
    def needed(message: Point) -> Any:
        return message

    def optional(message: Point | None) -> Any:
        return message

    def defaulted(message: Point = Point(9)) -> Any:
        return message

    nothing = Call(CLIENT, data=NOTHING)
    assert filled(optional, kind, (), nothing) is None
    assert filled(defaulted, kind, (), nothing) == Point(9)
    with pytest.raises(Refused, match="107: message: the data is missing"):
        filled(needed, kind, (), nothing)


def test_what_the_command_says_by_name() -> None:
    assert filled(lambda channel, data: channel) == "chat:7"
    assert filled(lambda method, data: method, RPC, ()) == "method"
    assert filled(lambda token: token, REFRESH, ()) == "token"
    assert filled(lambda code, reason, client: (code, reason), DISCONNECT, ()) == (2500, "reason")
    assert filled(lambda code, room: (code, room), UNSUBSCRIBE) == (2500, "7")


def test_a_patterns_parameter_goes_before_a_name_that_means_something() -> None:
    def named(channel: int) -> Any:
        return channel

    assert filled(named, SUBSCRIBE, ("channel",), Call(CLIENT, "7", {"channel": "7"})) == 7


def test_the_command_by_its_type() -> None:
    def subscribe(wish: SubscribeRequest) -> Any:
        return wish

    def connect(wish: ConnectRequest) -> Any:
        return wish

    assert filled(subscribe, SUBSCRIBE) is CALL.request
    assert filled(connect, CONNECT) is CALL.request


def test_parts_of_the_request_by_type() -> None:
    def parts(headers: Headers, query: QueryParams, request: HTTPConnection, address: Address) -> Any:
        return headers["x-name"], query["a"], request, address.host

    assert filled(parts) == ("value", "1", CLIENT.connection, "192.0.2.1")
    with pytest.raises(Misuse, match="has come with none"):
        filled(parts, call=Call(Client()))


@pytest.mark.parametrize("kind", [Request, WebSocket])
def test_whose_messages_the_clients_are_cannot_be_asked_for(kind: type) -> None:
    def hook(connection: Any) -> None: ...

    hook.__annotations__["connection"] = kind
    with pytest.raises(Misuse, match="take starlette's HTTPConnection"):
        filled(hook)


def test_what_has_a_default_is_left_alone() -> None:
    def hook(
        message: Point, client: Client, retries: int = 3, *rest: int, deep: Service | None = None, **more: int
    ) -> Any:
        return message, retries, rest, deep, more

    assert filled(hook) == (Point(1), 3, (), None, {})


def test_methods_partials_and_callables_are_functions_too() -> None:
    class Caller:
        def __call__(self, client: Client, message: Point) -> Any:
            return message

        def method(self, client: Client, message: Point) -> Any:
            return message

    def more(extra: str, client: Client, message: Point) -> Any:
        return extra, message

    assert filled(Caller()) == filled(Caller().method) == Point(1)
    assert filled(partial(more, "extra")) == ("extra", Point(1))


def test_what_fastapi_fills_is_left_to_it() -> None:
    def hook(
        client: Client,
        message: Point,
        service: Annotated[Service, Depends()],
        name: Annotated[str, FromHeader()],
        old: Any = Depends(dict),
    ) -> None: ...

    found = plan(hook, PUBLISH, (), Client)
    assert [each.name for each in found.for_fastapi] == ["service", "name", "old"]
    assert (found.positional, list(found.keywords)) == ((), ["client", "message"])


def test_what_nothing_fills_says_what_to_do() -> None:
    def two(client: Client, room: str, rooom: str, message: Point) -> None: ...

    with pytest.raises(
        Misuse, match=r"on_publish: nothing fills the parameter 'message' of .*two; 'rooom' is taken"
    ) as two_left:
        plan(two, PUBLISH, ("room",), Client)
    assert "There are by name: client, room, channel" in str(two_left.value)

    def ended(client: Client, data: Point) -> None: ...

    with pytest.raises(Misuse, match=r"on_disconnect: nothing fills the parameter 'data'.*client, code, reason"):
        plan(ended, DISCONNECT, (), Client)

    def service(client: Client, service: Service) -> None: ...

    with pytest.raises(Misuse, match=r"Service cannot be made .* Annotated\[..., Depends"):
        plan(service, PUBLISH, (), Client)


def test_an_annotation_that_cannot_be_found_says_so() -> None:
    def hook(message: Elsewhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(Misuse, match="'Elsewhere' is not defined; define or import it"):
        plan(hook, PUBLISH, (), Client)
    with pytest.raises(Misuse, match="a hook is a function"):
        plan(3, PUBLISH, (), Client)  # type: ignore[arg-type]


def test_what_a_backend_calls_has_neither_client_nor_request() -> None:
    def add(point: Point, method: str) -> tuple[int, str]:
        return point.x, method

    assert filled(add, SERVER_RPC, ()) == (1, "method")

    def of_client(client: Client) -> None: ...
    def with_headers(data: Any, headers: Headers) -> None: ...
    def with_dependency(service: Annotated[Service, Depends(Service)]) -> None: ...

    for function, name in ((of_client, "client"), (with_headers, "headers"), (with_dependency, "service")):
        with pytest.raises(Misuse, match=f"server_rpc: nothing fills the parameter '{name}' of .*: a backend calls it"):
            plan(function, SERVER_RPC, (), Client)


def test_the_types_of_what_goes_in_and_out_are_kept() -> None:
    async def hook(client: Client, room: int, data: list[str]) -> dict[str, int]: ...  # type: ignore[empty-body]

    found = plan(hook, PUBLISH, ("room",), Client)
    assert found.payload is not None
    assert (found.payload.annotation, found.values, found.result) == (list[str], {"room": int}, dict[str, int])
    silent = plan(lambda client: None, PUBLISH, (), Client)
    assert (silent.payload, silent.values, silent.result) == (None, {}, Parameter.empty)
