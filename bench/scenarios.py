"""What is measured: a table of scenarios, each one call of the load generator or one clock of our own.

Values only. Who takes part is `roster.py`'s affair, how it is run is `runner.py`'s.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A way of measuring. The first ones are modes of the load generators, under the same names."""

    ECHO = "echo"
    RATE = "rate"
    FANOUT = "fanout"
    EVENTS = "events"
    GAME = "game"
    DASHBOARD = "dashboard"
    CONNECT = "connect"
    IDLE = "idle"
    PUBLISH = "publish"
    JOIN = "join"
    LISTEN = "listen"
    API = "api"
    API_BATCH = "api-batch"
    STARTUP = "startup"
    IMPORT = "import"


@dataclass(frozen=True)
class Scenario:
    """One comparison: `figure` is the number of a run that is compared, `options` go to the load generator.

    A run takes `length` times as long as the others. `raw` is what a peer does instead that has sockets and no channels,
    in turns with those that have them: what the channels add is seen beside it.
    """

    name: str
    title: str
    kind: Kind
    figure: str
    unit: str
    options: tuple[str, ...] = ()
    more_is_better: bool = True
    length: int = 1
    raw: "Scenario | None" = None


def echo(size: int, label: str, depth: int, connections: int) -> Scenario:
    """Every client keeps `depth` messages in flight."""
    return Scenario(
        name=f"echo-{label.replace(' ', '')}-{depth}",
        title=f"Echo of {label}, {connections} clients, {depth} in flight each",
        kind=Kind.ECHO,
        figure="per_second",
        unit="messages/s",
        options=("--connections", str(connections), "--size", str(size), "--depth", str(depth)),
    )


def fanout(publishers: int, listeners: int) -> Scenario:
    """Every text of a publisher goes to every listener; the publishers are among the listeners."""
    return Scenario(
        name=f"fanout-{publishers}-{listeners}",
        title=f"Broadcast, {publishers} publishing to {listeners}, one in flight a publisher",
        kind=Kind.FANOUT,
        figure="per_second",
        unit="deliveries/s",
        options=numbers_of(listeners, publishers),
    )


def fanout_of_json(listeners: int) -> Scenario:
    """The same with 1 KiB of JSON, to listeners who offer compression: who agrees to it sends less, and works more."""
    return Scenario(
        name=f"fanout-json-1-{listeners}",
        title=f"Broadcast of 1 KiB of JSON, 1 publishing to {listeners} that offer compression",
        kind=Kind.FANOUT,
        figure="per_second",
        unit="deliveries/s",
        options=("--connections", str(listeners), "--publishers", "1", "--size", "1024", "--deflate"),
    )


def channel(publishers: int, window: int, listeners: int, raw: Scenario) -> Scenario:
    """The same in a channel with history, by the client protocol: each publication is acknowledged, and comes to all."""
    return Scenario(
        name=f"channel-{publishers}x{window}-{listeners}",
        title=f"A channel, {publishers} publishing to {listeners}, {window} in flight a publisher",
        kind=Kind.PUBLISH,
        figure="per_second",
        unit="deliveries/s",
        options=(*CHANNEL, *numbers_of(listeners, publishers), "--window", str(window)),
        raw=raw,
    )


def joining(missed: int, raw: Scenario) -> Scenario:
    """Clients that come, perhaps recover what they have missed, and go."""
    return Scenario(
        name=f"join-{missed}",
        title=f"Open, connect, subscribe and recover {missed} publications, close; 64 at a time",
        kind=Kind.JOIN,
        figure="per_second",
        unit="clients/s",
        options=(*CHANNEL, *HANDSHAKES, "--missed", str(missed)),
        raw=raw,
    )


def numbers_of(connections: int, publishers: int) -> tuple[str, ...]:
    """How many there are."""
    return ("--connections", str(connections), "--publishers", str(publishers))


def publishing_by_api(batch: int = 0, raw: Scenario | None = None) -> Scenario:
    """Publications by HTTP, over eight connections that are kept; as one batch a request, or each by itself."""
    return Scenario(
        name="api-batch" if batch else "api-publish",
        title=f"By HTTP over 8 connections: {f'batches of {batch} publications' if batch else 'a publication a request'}",
        kind=Kind.API_BATCH if batch else Kind.API,
        figure="per_second",
        unit="publications/s",
        options=(*CHANNEL, "--connections", "8", "--batch", str(batch)),
        raw=raw,
    )


CHANNEL = ("--channel", "bench:1")
HANDSHAKES = ("--connections", "64", "--sources", "16")
RATE = 20_000
IDLE_CONNECTIONS = 5_000
PLAYERS = 200
VIEWERS = 1_000
A_MINUTE = 20
"""Times the three seconds that a run takes unless told otherwise."""

API_PUBLISH = publishing_by_api()

CONNECT = Scenario(
    name="connect",
    title="Handshakes: open, upgrade, close, 64 at a time",
    kind=Kind.CONNECT,
    figure="per_second",
    unit="handshakes/s",
    options=HANDSHAKES,
)

SCENARIOS: tuple[Scenario, ...] = (
    echo(64, "64 B", depth=1, connections=100),
    echo(64, "64 B", depth=16, connections=100),
    echo(1024, "1 KiB", depth=1, connections=100),
    echo(1024, "1 KiB", depth=16, connections=100),
    echo(65536, "64 KiB", depth=1, connections=10),
    echo(65536, "64 KiB", depth=16, connections=10),
    fanout(1, 1000),
    fanout(100, 100),
    fanout(10, 1000),
    fanout_of_json(1000),
    Scenario(
        name="events-1-1000",
        title="Server-sent events, 1 posting to 1000, one in flight",
        kind=Kind.EVENTS,
        figure="per_second",
        unit="deliveries/s",
        options=("--connections", "1000"),
    ),
    channel(1, 1, 1000, raw=fanout(1, 1000)),
    channel(100, 1, 100, raw=fanout(100, 100)),
    channel(1, 16, 100, raw=fanout(100, 100)),
    channel(1, 64, 1, raw=echo(64, "64 B", depth=16, connections=100)),
    CONNECT,
    joining(0, raw=CONNECT),
    joining(10, raw=CONNECT),
    API_PUBLISH,
    publishing_by_api(100, raw=API_PUBLISH),
    Scenario(
        name="idle",
        title=f"Memory of an idle connection, {IDLE_CONNECTIONS:,} open",
        kind=Kind.IDLE,
        figure="kib_per_connection",
        unit="KiB/connection",
        options=("--connections", str(IDLE_CONNECTIONS)),
        more_is_better=False,
    ),
    Scenario(
        name="listen",
        title=f"Memory of an idle client with one subscription, {IDLE_CONNECTIONS:,} open",
        kind=Kind.LISTEN,
        figure="kib_per_connection",
        unit="KiB/client",
        options=(*CHANNEL, "--connections", str(IDLE_CONNECTIONS)),
        more_is_better=False,
    ),
    Scenario(
        name="rate",
        title=f"Latency at {RATE:,} echoes a second over 100 clients, 99th percentile",
        kind=Kind.RATE,
        figure="p99_us",
        unit="µs",
        options=("--connections", "100", "--rate", str(RATE)),
        more_is_better=False,
    ),
    Scenario(
        name="game",
        title=f"A game of {PLAYERS} players, 20 views a second each: delivery, 99th percentile",
        kind=Kind.GAME,
        figure="p99_us",
        unit="µs",
        options=("--connections", str(PLAYERS), "--rate", str(4 * PLAYERS), "--size", "16"),
        more_is_better=False,
        length=A_MINUTE,
    ),
    Scenario(
        name="dashboard",
        title=f"A dashboard with {VIEWERS:,} viewers, 2 samples a second: delivery, 99th percentile",
        kind=Kind.DASHBOARD,
        figure="p99_us",
        unit="µs",
        options=("--connections", str(VIEWERS)),
        more_is_better=False,
        length=A_MINUTE,
    ),
    Scenario(
        name="startup",
        title="From the command to the first answer",
        kind=Kind.STARTUP,
        figure="seconds",
        unit="s",
        more_is_better=False,
    ),
    Scenario(
        name="import",
        title="`import hubbub` after `import fastapi, uvicorn`",
        kind=Kind.IMPORT,
        figure="seconds",
        unit="s",
        more_is_better=False,
    ),
)
