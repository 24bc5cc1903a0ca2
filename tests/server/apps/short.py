"""A hub in apps that let its upgrades by, and in apps that have a say. `/asked` tells how often one was asked for its route."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from hubbub import Caps, Hub, Welcome


def way_in(app: Starlette) -> Any:
    """The route of its hub's sockets."""
    return next(route for route in app.router.routes if getattr(route, "name", "") == "hubbub.websocket")


class Counted:
    """An app with a hub of its own, and how often it was asked where an upgrade goes."""

    def __init__(self, app: Starlette, hub: Hub) -> None:
        self.asked = 0
        hub.on_connect(connect)
        hub.install(app)
        app.router.lifespan_context = hub.lifespan
        app.router.routes.append(Route("/asked", self.tell))
        route = way_in(app)
        self._matches = route.matches
        route.matches = self.count

    def count(self, scope: Scope) -> Any:
        """As the route does."""
        self.asked += scope["type"] == "websocket"
        return self._matches(scope)

    async def tell(self, request: Request) -> Response:
        """How often."""
        return JSONResponse(self.asked)


async def connect(request: HTTPConnection) -> Welcome:
    """Everyone may come, and is told what came of its request, but for what is another's each time."""
    scope = {name: value for name, value in request.scope.items() if name not in ("client", "server", "app")}
    scope["headers"] = [name for name, _ in scope["headers"]]
    return Welcome("someone", data={"scope": str(sorted(scope.items())), "app": request.app.state.name})


class Passing:
    """A layer of the app's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on."""
        await self._app(scope, receive, send)


class Returning:
    """The same as a plain function, which has returned when others run."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Hand on."""
        return self._app(scope, receive, send)


class ReturningCors(CORSMiddleware):
    """A framework's own layer, and something before it."""

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Any:
        """Hand on."""
        return super().__call__(scope, receive, send)


class OwnApp(FastAPI):
    """An app that has something to do with each call."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on."""
        await super().__call__(scope, receive, send)


async def hand_on(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """What FastAPI calls a middleware, which hears of no upgrade."""
    return await call_next(request)


async def hello() -> str:
    """Something else."""
    return "hello"


def fail(*args: object) -> None:
    """What should not happen."""
    raise RuntimeError("this cannot begin")


def named(app: Starlette, name: str, **options: Any) -> Starlette:
    """The app, with a hub and a name."""
    app.state.name = name
    Counted(app, Hub(**options))
    return app


fast = named(FastAPI(), "fast")
starlette = named(Starlette(), "starlette")

busy = FastAPI(middleware=[Middleware(GZipMiddleware), Middleware(CORSMiddleware, allow_origins=["*"])])
busy.middleware("http")(hand_on)
named(busy, "busy")

layered = named(FastAPI(middleware=[Middleware(Passing)]), "layered")
guarded = named(Starlette(middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1"])]), "guarded")
own = named(OwnApp(), "own")
returning = named(FastAPI(middleware=[Middleware(Returning)]), "returning")
returning_cors = named(FastAPI(middleware=[Middleware(ReturningCors, allow_origins=["*"])]), "returning_cors")

wrapped_stack = named(FastAPI(), "wrapped_stack")
wrapped_stack.middleware_stack = Returning(wrapped_stack.build_middleware_stack())

wrapped_route = named(FastAPI(), "wrapped_route")
way_in(wrapped_route).app = Returning(way_in(wrapped_route).app)

ELSEWHERE = Host("elsewhere.example", Router())
included = FastAPI()
included.include_router(APIRouter(routes=[ELSEWHERE]))
named(included, "included")

friendly_router = APIRouter()
friendly_router.add_api_route("/hello", hello)
friendly = FastAPI()
friendly.include_router(friendly_router)
named(friendly, "friendly")

bad_headers = named(FastAPI(), "bad_headers", accept={"headers": {"x-bad": "a\nb"}})

failing = named(FastAPI(), "failing")
way_in(failing).app.begin = fail

capped = named(FastAPI(), "capped", accept={"caps": Caps(100)})

within = named(FastAPI(), "within")
mounted = Starlette(routes=[Mount("/below", within)], lifespan=within.router.lifespan_context)
hosted = Starlette(
    routes=[Host("127.0.0.1", within), Host("localhost", within)], lifespan=within.router.lifespan_context
)

choosy = named(Starlette(routes=[ELSEWHERE]), "choosy")
