"""What a hook's parameters ask for, read once when it is registered: for each a function that gets it from a call.

By name or type: the client, the pattern's parameters, what the command says, parts of the request; by FastAPI's marks what
FastAPI fills; the one that is left is the payload.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from operator import attrgetter
from typing import Annotated, Any, get_args, get_origin

from msgspec import Raw, Struct
from starlette.datastructures import Address, Headers, QueryParams, State
from starlette.requests import HTTPConnection

from ..errors import Misuse
from ..protocol.commands import ConnectRequest, SubscribeRequest
from ..publication import NOTHING
from .depends import is_for_fastapi
from .payload import converter, reader, refusal

Getter = Callable[["Call"], Any]

SAID_HEADERS = "hubbub.said_headers"
"""Where in the scope of a client's request those headers are which its `connect` command said, as far as a hook wants them."""


class Call(Struct, gc=False):
    """What is known when a hook is called.

    Args:
        client: the hub's client.
        channel: its name.
        values: the pattern's parameters, as text.
        data: the payload.
        request: the whole command.
        token: what the client gave to show who it is.
        method: of a remote call.
        code: why something ended.
        reason: the same for people.
    """

    client: Any
    channel: str = ""
    values: Mapping[str, str] = {}
    data: Raw = NOTHING
    request: Any = None
    token: str = ""
    method: str = ""
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """A kind of hook: how it is registered, and what there is for it. Each is equal to itself alone.

    Args:
        name: of the decorator.
        says: the attributes of a call that it may ask for by name, and their types.
        has_payload: whether one more parameter is the payload.
        request: the command's type.
        has_client: whether a client calls it, who came with a request; else the server's own backend does.
    """

    name: str
    says: Mapping[str, type] = field(default_factory=dict)
    has_payload: bool = False
    request: type | None = None
    has_client: bool = True


_ENDED = {"code": int, "reason": str}

CONNECT = Kind("on_connect", {"token": str}, True, ConnectRequest)
REFRESH = Kind("on_refresh", {"token": str})
SUBSCRIBE = Kind("on_subscribe", {"channel": str, "token": str}, True, SubscribeRequest)
SUB_REFRESH = Kind("on_sub_refresh", {"channel": str, "token": str})
PUBLISH = Kind("on_publish", {"channel": str}, True)
RPC = Kind("rpc", {"method": str}, True)
SERVER_RPC = Kind("server_rpc", {"method": str}, True, has_client=False)
MESSAGE = Kind("on_message", {}, True)
UNSUBSCRIBE = Kind("on_unsubscribe", {"channel": str, **_ENDED})
DISCONNECT = Kind("on_disconnect", _ENDED)

_PARTS: Mapping[type, Callable[[HTTPConnection], Any]] = {
    Headers: lambda connection: connection.headers,
    QueryParams: lambda connection: connection.query_params,
    State: lambda connection: connection.state,
    Address: lambda connection: connection.client,
}
"""Parts of the request that a parameter asks for by its type."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a hook's parameters are filled.

    Args:
        positional: in order.
        keywords: by name.
        for_fastapi: those that FastAPI fills.
        payload: the one that is the payload.
        values: the annotations of those that are the pattern's.
        result: the annotation of what the hook returns; `Parameter.empty` for none.
    """

    positional: tuple[Getter, ...]
    keywords: Mapping[str, Getter]
    for_fastapi: list[Parameter]
    payload: Parameter | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    result: Any = Parameter.empty


def plan(function: Callable[..., Any], kind: Kind, names: tuple[str, ...], client: type) -> Plan:
    """Read a hook's signature.

    Args:
        function: the hook.
        kind: what kind of hook.
        names: the pattern's parameters.
        client: the hub's class of clients.

    Raises:
        Misuse: a parameter cannot be filled; the error says what to do.
    """
    signature = _signature(function)
    parameters = [each for each in signature.parameters.values() if each.kind not in _VARIADIC]
    for_fastapi = [each for each in parameters if is_for_fastapi(each)]
    if for_fastapi and not kind.has_client:
        raise _clientless(function, kind, for_fastapi[0])
    own = [each for each in parameters if each not in for_fastapi]
    if not kind.has_client:
        _check_clientless(function, kind, own, client)
    getters = {each.name: _known(each, kind, names, client) for each in own}
    left = [each for each in own if getters[each.name] is None]
    payload = _payload(left) if kind.has_payload else None
    for each in left:
        getters[each.name] = _read(each) if each is payload else _default(function, each, kind, names, payload)
    places = _POSITIONAL[:1] if for_fastapi else _POSITIONAL  # what FastAPI fills comes by name, so the rest does
    found = {name: getter for name, getter in getters.items() if getter is not None}
    positional = tuple(found.pop(each.name) for each in own if each.kind in places)
    if payload is None and kind.has_payload and any(_base(each.annotation) is Call for each in own):
        payload = _ANYTHING
    values = {each.name: each.annotation for each in own if each.name in names}
    return Plan(positional, found, for_fastapi, payload, values, signature.return_annotation)


_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def name_of(function: Callable[..., Any]) -> str:
    """What a hook is called in an error."""
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _signature(function: Callable[..., Any]) -> Signature:
    try:
        return inspect.signature(function, eval_str=True)
    except NameError as error:
        raise Misuse(
            f"an annotation of {name_of(function)} cannot be found: {error}; define or import it at the top of the module"
        ) from error
    except (TypeError, ValueError) as error:
        raise Misuse(f"a hook is a function, not {function!r}: {error}") from error


def _known(parameter: Parameter, kind: Kind, names: tuple[str, ...], client: type) -> Getter | None:
    """What fills it by its name or its type; `None` for what may be the payload."""
    base = _base(parameter.annotation)
    if parameter.name in names:
        return _value(parameter)
    if _is_client(parameter, base, client):
        return attrgetter("client")
    if base is kind.request and base is not None:
        return attrgetter("request")
    if base is Call:
        return _whole
    if base in _PARTS:
        return _part(_PARTS[base])
    if isinstance(base, type) and issubclass(base, HTTPConnection):
        return _connection(base)
    if parameter.name in kind.says and base in (kind.says[parameter.name], Parameter.empty, Any):
        return attrgetter(parameter.name)
    return None


_ANYTHING = Parameter("data", Parameter.KEYWORD_ONLY, default=None, annotation=Any)
"""The payload of what passes it on."""


def _whole(call: Call) -> Call:
    """For what asks somebody else, and passes on all that is known."""
    return call


def _check_clientless(function: Callable[..., Any], kind: Kind, own: list[Parameter], client: type) -> None:
    for each in own:
        base = _base(each.annotation)
        is_request = isinstance(base, type) and issubclass(base, HTTPConnection)
        if is_request or base in _PARTS or _is_client(each, base, client):
            raise _clientless(function, kind, each)


def _clientless(function: Callable[..., Any], kind: Kind, parameter: Parameter) -> Misuse:
    return Misuse(
        f"{kind.name}: nothing fills the parameter {parameter.name!r} of {name_of(function)}: a backend calls it, so there "
        f"is neither a client nor a request for dependencies"
    )


def _base(annotation: Any) -> Any:
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation


def _is_client(parameter: Parameter, base: Any, client: type) -> bool:
    if base is Parameter.empty:
        return parameter.name == "client"
    return isinstance(base, type) and base is not object and (base is client or base in client.__mro__)


def _value(parameter: Parameter) -> Getter:
    name = parameter.name
    convert = converter(parameter.annotation)
    if convert is None:
        return lambda call: call.values[name]

    def get(call: Call) -> Any:
        try:
            return convert(call.values[name])
        except ValueError as error:
            raise refusal(error, f"channel, {name}") from None

    return get


def _part(of: Callable[[HTTPConnection], Any]) -> Getter:
    return lambda call: of(_connected(call))


def _connection(kind: type[HTTPConnection]) -> Getter:
    if kind is HTTPConnection:
        return _connected
    raise Misuse(
        f"a hook has no {kind.__name__}, whose messages are the client's: take starlette's HTTPConnection for headers, "
        f"cookies and the query"
    )


def _connected(call: Call) -> HTTPConnection:
    connection: HTTPConnection | None = call.client.connection
    if connection is None:
        raise Misuse("a hook asks for the request, and this client has come with none")
    return connection


def _payload(left: list[Parameter]) -> Parameter | None:
    """Which of those that are left it is: the first that must be filled, or else the first."""
    return next((each for each in left if each.default is Parameter.empty), left[0] if left else None)


def _read(parameter: Parameter) -> Getter:
    read, default, name = reader(parameter.annotation), parameter.default, parameter.name
    if default is Parameter.empty:
        default = _nothing(read)

    def get(call: Call) -> Any:
        data = call.data
        if len(data):
            return read(data)
        if default is Parameter.empty:
            raise refusal(ValueError("the data is missing"), name)
        return default

    return get


def _nothing(read: Callable[[Any], Any]) -> Any:
    """What no data is: `None` where that fits."""
    try:
        return None if read(b"null") is None else Parameter.empty
    except Exception:  # whatever the type's own checks raise
        return Parameter.empty


def _default(
    function: Callable[..., Any], parameter: Parameter, kind: Kind, names: tuple[str, ...], payload: Parameter | None
) -> Getter:
    default = parameter.default
    if default is not Parameter.empty:
        return lambda call: default
    there = [*(["client"] if kind.has_client else []), *names, *kind.says]
    also = f"; {payload.name!r} is taken for the payload already" if payload is not None else ""
    raise Misuse(
        f"{kind.name}: nothing fills the parameter {parameter.name!r} of {name_of(function)}{also}. There are by name: "
        f"{', '.join(there)}; by type: the Client and HTTPConnection, Headers, QueryParams of starlette; from the app: "
        f"Annotated[..., Depends(...)]. Or give it a default value"
    )
