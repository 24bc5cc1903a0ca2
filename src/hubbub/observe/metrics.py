"""Figures of this process for Prometheus: a watcher that counts, and an endpoint that shows. Imports the extra `prometheus`.

Nothing is counted for a message: what went through the open sockets is asked of them when somebody scrapes, and kept as a
total when they close. A hub tells its own figures when it is asked. Each worker has figures of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from itertools import accumulate
from time import perf_counter
from weakref import WeakValueDictionary

from starlette.requests import Request
from starlette.responses import Response

from ..backstage import Backstage
from ..errors import Closed, Misuse
from ..watch import WEBSOCKET, Counts, Live, Peer, Watcher

try:
    from prometheus_client import REGISTRY, CollectorRegistry
    from prometheus_client.exposition import choose_encoder
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
    from prometheus_client.registry import Collector
except ModuleNotFoundError as error:
    raise Misuse(f"metrics need {error.name}, which is not installed: pip install 'hubbub[prometheus]'") from error

COUNTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "sockets_opened": ("Sockets that were accepted, and streams that began.", ("route", "transport")),
    "sockets_closed": ("Sockets and streams that ended, by close code.", ("route", "transport", "code")),
    "upgrades_refused": ("Upgrades that were refused, by HTTP status.", ("route", "status")),
    "handlers_failed": ("Handlers that raised.", ("route",)),
    "messages_received": ("Data messages received.", ("route",)),
    "messages_sent": ("Data messages sent; of a hub what clients are answered, not what channels deliver.", ("route",)),
    "messages_dropped": ("Messages dropped for slow readers.", ("route",)),
    "messages_limited": ("Messages received and dropped, for they were beyond a rate.", ("route",)),
    "rates_exceeded": ("Times that a peer went beyond a rate, connects included.", ("route",)),
    "outbox_overflows": ("Times that a peer became too slow, by what is done.", ("route", "policy")),
    "broadcast_missed": ("Values of a broadcast that lagging sockets missed.", ("route",)),
    "loop_blocked": ("Times that the event loop was held up.", ()),
    "loop_blocked_seconds": ("For how long, in all.", ()),
}
"""Name (to which `hubbub_` and `_total` are added): what it counts, and its labels."""

OF_HUBS: dict[str, tuple[type[GaugeMetricFamily | CounterMetricFamily], str, str]] = {
    "clients": (GaugeMetricFamily, "num_clients", "Clients that are connected to the hub."),
    "users": (GaugeMetricFamily, "num_users", "Users they are; those without a name count as one."),
    "channels": (GaugeMetricFamily, "num_channels", "Channels that somebody is subscribed to."),
    "subscriptions": (GaugeMetricFamily, "num_subs", "Subscriptions of clients to channels."),
    "publications": (CounterMetricFamily, "num_publications", "Publications that were asked for."),
    "deliveries": (CounterMetricFamily, "num_deliveries", "Publications written to subscribers, each to each."),
}
"""Name: what it is, the field of `NodeInfo`, and what it counts."""

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the buckets of `hubbub_handshake_seconds`."""

MAX_CODES = 64
"""So many close codes are counted each by itself; a peer may send thousands of them, and the rest is `other`."""

Counted = dict[str, Counter[tuple[str, ...]]]


class Metrics(Watcher, Collector):
    """Counts what is told of this process's sockets, and of its streams over HTTP, and shows it when it is scraped.

    Args:
        registry: prometheus-client's; these figures are shown beside whatever else is registered there.

    Example:
        ```python
        metrics = Metrics()
        watch(metrics)
        metrics.add(hub)  # if there is one
        app.add_route("/metrics", metrics.show)
        ```
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self._hubs: dict[str, Backstage] = {}
        self._live: WeakValueDictionary[int, Live] = WeakValueDictionary()
        self._counted: Counted = {name: Counter() for name in COUNTERS}
        self._codes: set[int] = set()
        self._handshakes = [0] * (len(BUCKETS) + 1)
        self._handshake_seconds = 0.0
        registry.register(self)

    def add(self, hub: Backstage, name: str = "") -> None:
        """Show the channels of a hub too: who is connected and subscribed, what is published and delivered.

        Args:
            hub: which. Nothing is asked of it but when somebody scrapes.
            name: where there are several: the label `hub` of its figures.

        Raises:
            Misuse: it is no hub, or the name is another's.
        """
        if not isinstance(hub, Backstage):
            raise Misuse(f"metrics.add takes a Hub, not what is a {type(hub).__name__}")
        if name in self._hubs:
            raise Misuse(f"there is a hub {name!r} already: give each a name of its own, metrics.add(hub, 'chat')")
        self._hubs[name] = hub

    async def show(self, request: Request) -> Response:
        """The endpoint for a scrape: everything in the registry, in the format that is asked for."""
        encode, kind = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._registry), headers={"content-type": kind})

    # What is told

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        """Counts it, and how long its handshake took, where it had one."""
        self._count("sockets_opened", peer.route, peer.transport)
        if peer.transport == WEBSOCKET:
            seconds = perf_counter() - peer.asked_at
            self._handshakes[bisect_left(BUCKETS, seconds)] += 1
            self._handshake_seconds += seconds

    def follow(self, live: Live) -> None:
        """Knows it as open."""
        self._live[live.peer.number] = live

    def closed(self, peer: Peer, ended: Closed, counts: Counts) -> None:
        """Counts it by its code, and keeps its counts."""
        self._live.pop(peer.number, None)
        self._count("sockets_closed", peer.route, peer.transport, self._label(ended.code))
        _add(self._counted, peer.route, counts)

    def refused(self, peer: Peer, status: int, why: str) -> None:
        """Counts it by its status."""
        self._count("upgrades_refused", peer.route, str(status))

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Counts it."""
        self._count("handlers_failed", peer.route)

    def limited(self, peer: Peer, what: str) -> None:
        """Counts it."""
        self._count("rates_exceeded", peer.route)

    def overflowed(self, peer: Peer, what: str) -> None:
        """Counts it by what is done."""
        self._count("outbox_overflows", peer.route, what)

    def lagged(self, peer: Peer, missed: int) -> None:
        """Counts what was missed."""
        self._count("broadcast_missed", peer.route, by=missed)

    def blocked(self, seconds: float) -> None:
        """Counts it, and adds up the seconds."""
        self._count("loop_blocked")
        self._count("loop_blocked_seconds", by=seconds)

    # What is shown

    def collect(self) -> Iterator[Metric]:
        """All figures as they are now. Call it on the event loop, as `show` does."""
        live = list(self._live.values())
        counted = {name: counts.copy() for name, counts in self._counted.items()}
        gauge = GaugeMetricFamily(
            "hubbub_sockets_open", "Sockets and streams that are open.", labels=("route", "transport")
        )
        open_now = Counter(dict.fromkeys(counted["sockets_opened"], 0))  # 0 is a figure too
        for one in live:
            _add(counted, one.peer.route, one.counts)
            open_now[one.peer.route, one.peer.transport] += 1
        for labels, number in open_now.items():
            gauge.add_metric(labels, number)
        yield gauge
        for name, (text, names) in COUNTERS.items():
            family = CounterMetricFamily(f"hubbub_{name}", text, labels=names)
            for values, total in counted[name].items():
                family.add_metric(values, total)
            yield family
        yield self._handshake_family()
        yield from self._hub_families()

    # Inside

    def _count(self, name: str, *labels: str, by: float = 1) -> None:
        self._counted[name][labels] += by  # type: ignore[assignment]  # a Counter counts seconds too

    def _label(self, code: int) -> str:
        if len(self._codes) < MAX_CODES:
            self._codes.add(code)
        return str(int(code)) if code in self._codes else "other"

    def _handshake_family(self) -> Metric:
        text = "From an upgrade's request to its acceptance."
        family = HistogramMetricFamily("hubbub_handshake_seconds", text)
        bounds = [*map(str, BUCKETS), "+Inf"]
        family.add_metric((), list(zip(bounds, accumulate(self._handshakes), strict=True)), self._handshake_seconds)
        return family

    def _hub_families(self) -> Iterator[Metric]:
        if not self._hubs:
            return
        nodes = {name: hub.node() for name, hub in self._hubs.items()}
        is_labelled = any(nodes)
        for figure, (make, field, text) in OF_HUBS.items():
            family = make(f"hubbub_{figure}", text, labels=("hub",) * is_labelled)
            for name, node in nodes.items():
                family.add_metric((name,) * is_labelled, getattr(node, field))
            yield family


def _add(counted: Counted, route: str, counts: Counts) -> None:
    counted["messages_received"][(route,)] += counts.received
    counted["messages_sent"][(route,)] += counts.sent
    counted["messages_dropped"][(route,)] += counts.dropped
    counted["messages_limited"][(route,)] += counts.limited
