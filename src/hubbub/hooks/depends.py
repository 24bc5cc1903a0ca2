"""FastAPI's dependencies in hooks: the only file that knows FastAPI, which is imported where a hook asks for it.

FastAPI itself does the work: a hook's dependencies are those of a WebSocket route that no request ever reaches, called
with the client's own connection. So overrides, caching within a call, security classes and `yield` are as in any endpoint.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Awaitable, Callable, Mapping
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from ..codes import DisconnectCode
from ..errors import Disconnect, Misuse, Refused
from .payload import refusal

if TYPE_CHECKING:
    from fastapi.routing import APIWebSocketRoute

Rest = Callable[[dict[str, Any]], Awaitable[Any]]
"""Takes what the dependencies gave, by the hook's parameters, and calls the hook."""

_REST = "hubbub.rest"
_CONNECTION = "hubbub_connection"


def is_for_fastapi(parameter: Parameter) -> bool:
    """Whether FastAPI fills it: `Depends`, `Security`, `Header`, `Cookie`, `Query`; annotated or as the default."""
    params = sys.modules.get("fastapi.params")
    if params is None:
        return False
    marks = (*getattr(parameter.annotation, "__metadata__", ()), parameter.default)
    return any(isinstance(mark, (params.Depends, params.Param)) for mark in marks)


class Dependencies:
    """What FastAPI fills of a hook's parameters.

    Args:
        name: the hook's.
        parameters: those that are its.
        path: the names of the pattern's parameters: a dependency has them as an endpoint's has those of its path.

    Raises:
        Misuse: FastAPI cannot fill one; the error says why.
    """

    def __init__(self, name: str, parameters: list[Parameter], path: tuple[str, ...]) -> None:
        own = Parameter(_CONNECTION, Parameter.KEYWORD_ONLY, annotation=WebSocket)
        keywords = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in parameters]
        self._name = name
        self._signature = Signature([own, *keywords])
        self._path = "/" + "/".join(f"{{{each}}}" for each in path)
        self._alone = self._make(None)
        self._of_apps: weakref.WeakKeyDictionary[Any, APIWebSocketRoute] = weakref.WeakKeyDictionary()

    async def fill(self, connection: HTTPConnection | None, values: Mapping[str, str], rest: Rest) -> Any:
        """Resolve, call the rest, close what has a `yield`, and give what the rest gave.

        Raises:
            Refused: a dependency refuses, or what it asks of the request is not there (107).
            Disconnect: a dependency ends the connection.
        """
        from fastapi.exceptions import WebSocketRequestValidationError

        if connection is None:
            raise Misuse(f"{self._name} needs a request for its dependencies, and this client has come with none")
        done: list[Any] = []
        own: list[Exception] = []
        scope = {**connection.scope, "type": "websocket", "path_params": dict(values), _REST: (rest, done, own)}
        scope.pop("starlette.exception_handlers", None)  # they answer requests
        try:
            await self._route(scope.get("app")).app(scope, _no_receive, _no_send)
        except WebSocketRequestValidationError as error:
            raise refusal(_Faults(error)) from None
        except Refused:
            raise
        except HTTPException as error:
            if error in own:
                raise
            raise Refused(error.status_code if error.status_code >= 400 else 500, error.detail) from error
        except WebSocketException as error:
            if error in own:
                raise
            raise Disconnect(
                error.code if error.code >= 3000 else DisconnectCode.PERMISSION_DENIED, error.reason
            ) from error
        if not done:
            raise RuntimeError(f"a dependency of {self._name} swallowed an error: after its `yield` let errors pass")
        return done[0]

    def _route(self, app: Any) -> APIWebSocketRoute:
        if not hasattr(app, "dependency_overrides"):
            return self._alone
        route = self._of_apps.get(app)
        if route is None:
            route = self._of_apps[app] = self._make(_Overrides(app))
        return route

    def _make(self, overrides: _Overrides | None) -> APIWebSocketRoute:
        from fastapi.exceptions import FastAPIError
        from fastapi.routing import APIWebSocketRoute

        async def endpoint(**given: Any) -> None:
            rest, done, own = given.pop(_CONNECTION).scope[_REST]
            try:
                done.append(await rest(given))
            except Exception as error:
                own.append(error)  # the hook's, which means what it means in a hook without dependencies
                raise

        endpoint.__signature__ = self._signature  # type: ignore[attr-defined]
        endpoint.__name__ = self._name.rpartition(".")[2]
        try:
            route = APIWebSocketRoute(self._path, endpoint, dependency_overrides_provider=overrides)
        except (FastAPIError, AssertionError, NameError, TypeError) as error:
            raise Misuse(f"FastAPI cannot fill the parameters of {self._name}: {error}") from error
        self._check(route.dependant)
        return route

    def _check(self, dependant: Any) -> None:
        """See that none of them asks for what only an answer to a request has: it would fail call by call, or in silence."""
        for kind, name in (("Request", "request_param_name"), ("BackgroundTasks", "background_tasks_param_name")):
            if getattr(dependant, name, None) is not None:
                what = getattr(dependant.call, "__qualname__", dependant.call)
                raise Misuse(
                    f"{self._name} depends on {what}, which asks for {kind}: a hook answers no request. {_INSTEAD[kind]}"
                )
        for each in dependant.dependencies:
            self._check(each)


_INSTEAD = {
    "Request": "Let it take starlette's HTTPConnection, which has the headers, cookies and query, and serves endpoints too",
    "BackgroundTasks": "Tasks that it added would never run",
}


class _Overrides:
    """An app's, without holding it."""

    def __init__(self, app: Any) -> None:
        self._app = weakref.ref(app)

    @property
    def dependency_overrides(self) -> dict[Callable[..., Any], Callable[..., Any]]:
        app = self._app()
        return {} if app is None else app.dependency_overrides


class _Faults(Exception):
    """FastAPI's validation error, in the form of pydantic's."""

    def __init__(self, error: Any) -> None:
        super().__init__()
        self._found = error.errors()

    def errors(self, **kwargs: bool) -> Any:
        return self._found


async def _no_receive() -> Any:
    raise Misuse("the connection is the client's: a dependency reads its headers, and nothing more")


async def _no_send(message: Any) -> None:
    raise Misuse("the connection is the client's: a dependency reads its headers, and sends nothing")
