"""A hub and its app, made from settings that were checked, and what of them can be changed while they run. Starts nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from ..api.keys import ApiKey
from ..api.options import Api
from ..hub import Hub
from ..limits import Rate
from ..settings.client import Client
from ..settings.meaning import limits_of, names_of, namespaces_of, personal_of, transports_of
from ..settings.options import Settings
from ..sockets.admission import Caps, ConnectLimit
from ..sockets.options import Deflate
from ..sockets.terms import AcceptOptions
from ..watch import watch
from . import health
from .backends import proxies_of
from .doors import Doors
from .judge import Judge

if TYPE_CHECKING:
    from ..observe.metrics import Metrics

REMEDY = "client.allowed_{option} = [{value}]"
"""How an origin is allowed that is refused; hosts come from the environment alone."""


class Standalone:
    """The whole server but its sockets: an ASGI app.

    Args:
        settings: without fatal faults.

    Raises:
        Misuse: something that they ask for is not installed, or cannot be.
    """

    def __init__(self, settings: Settings) -> None:
        client = settings.client
        self.settings = self._first = settings
        self.tokens, self.subscription_tokens = _judges(client)
        self._caps: Caps | None = None
        self.hub = Hub(
            namespaces_of(settings),
            tokens=self.tokens,
            subscription_tokens=self.subscription_tokens,
            anonymous=client.allow_anonymous_connect_without_token or client.insecure,
            personal_channels=personal_of(settings),
            limits=limits_of(settings),
            transports=transports_of(settings) | {"emulation": settings.emulation.handler_prefix},
            accept=self._accept(settings),
            names=names_of(settings),
        )
        self._api = _api(settings, list(_api_keys(settings)))
        self.hub.proxy(**proxies_of(settings))
        self._metrics = _metrics() if settings.prometheus.enabled else None
        if self._metrics is not None:
            self._metrics.add(self.hub)
        if settings.rpc.ping.enabled:
            self.hub.rpc(settings.rpc.ping.method)(_ping)
        self._doors = Doors(
            self._app(),
            internal=frozenset(internal_paths(settings)),
            internal_port=settings.http_server.internal_port,
            connecting=frozenset(transports_of(settings).values()),
        )
        self._doors.limit = _connect_limit(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As an ASGI app."""
        await self._doors(scope, receive, send)

    def change(self, settings: Settings) -> None:
        """Namespaces, limits, keys and origins are these from now on; nobody is disconnected.

        Raises:
            Misuse: they cannot be; then nothing is changed.
        """
        old, client = self.settings.client, settings.client
        namespaces, limits = list(namespaces_of(settings)), limits_of(settings)
        tokens, subscription_tokens = _judges(client)
        api = _api(self._first, list(_api_keys(settings)))
        self.hub.namespaces.replace_all(namespaces)  # the last that may raise
        if _judged_by(old) != _judged_by(client):  # else keys that were fetched would be fetched again
            self.tokens.take_over(tokens)
            self.subscription_tokens.take_over(subscription_tokens)
        self._api = api
        self.hub.change(limits, self._accept(settings))
        self._doors.app = self._app()  # who is being served stays in the old one
        if old.connection_rate_limit != client.connection_rate_limit:
            self._doors.limit = _connect_limit(settings)
        self.settings = settings

    # Inside

    def _accept(self, settings: Settings) -> AcceptOptions:
        options: AcceptOptions = {"origins": settings.client.allowed_origins, "remedy": REMEDY}
        total = settings.client.connection_limit or None
        if self._caps is None and total is not None:
            self._caps = Caps(total)
        if self._caps is not None:
            self._caps.total = total
            options["caps"] = self._caps
        if settings.websocket.compression:
            least = max(1, settings.websocket.compression_min_size)
            options["compression"] = Deflate(level=settings.websocket.compression_level, min_size=least)
        return options

    def _app(self) -> Starlette:
        app = Starlette(routes=self._routes(self._first), lifespan=self.hub.lifespan)
        self.hub.install(app, docs=False, api=self._api)
        return app

    def _routes(self, settings: Settings) -> list[BaseRoute]:
        routes: list[BaseRoute] = []
        if settings.health.enabled:
            routes += health.routes(settings.health, {"engine": self.hub.check}, {"keys": self._has_keys})
        if self._metrics is not None:
            routes.append(Route(settings.prometheus.handler_prefix, self._metrics.show, methods=["GET"]))
        return routes

    async def _has_keys(self) -> bool:
        return await self.tokens.is_ready() and await self.subscription_tokens.is_ready()


def internal_paths(settings: Settings) -> list[str]:
    """Paths that are not for clients."""
    health = settings.health
    paths = [health.handler_prefix, health.ready_prefix, settings.prometheus.handler_prefix]
    if not settings.http_api.external:
        paths.append(settings.http_api.handler_prefix)
    return [path.rstrip("/") for path in paths]


def _api(settings: Settings, keys: list[ApiKey]) -> Api | None:
    """The server API; `None` where nobody could call it."""
    api = settings.http_api
    if api.disabled or not (keys or api.insecure):
        return None
    return Api(
        () if api.insecure else keys,
        path=api.handler_prefix.rstrip("/"),
        insecure=api.insecure,
        docs=settings.swagger.enabled,
        error_statuses=api.error_mode == "transport",
    )


def _api_keys(settings: Settings) -> Iterator[ApiKey]:
    if settings.http_api.key:
        yield ApiKey(settings.http_api.key.reveal(), name="http_api.key")
    for each in settings.http_api.keys:
        yield ApiKey(each.key.reveal(), methods=each.methods or None, channels=each.channels or None, name=each.name)


def _judges(client: Client) -> tuple[Judge, Judge]:
    """Of connection tokens, and of subscription tokens."""
    connections = Judge(client.token, takes_anonymous=not client.disallow_anonymous_connection_tokens)
    return connections, Judge(client.subscription_token if client.subscription_token.enabled else client.token)


def _judged_by(client: Client) -> tuple[object, ...]:
    return client.token, client.subscription_token, client.disallow_anonymous_connection_tokens


def _connect_limit(settings: Settings) -> ConnectLimit | None:
    rate = settings.client.connection_rate_limit
    return ConnectLimit(Rate(rate)) if rate else None


def _metrics() -> Metrics:
    from ..observe.metrics import Metrics  # and prometheus-client, an extra

    metrics = Metrics()
    watch(metrics)
    return metrics


async def _ping() -> None:
    """Answers with nothing."""
