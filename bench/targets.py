"""What is to be reached, as a table, and whether it was. Pure: figures come in, verdicts go out."""

from dataclasses import dataclass

from bench.results import Results
from bench.roster import RUST, UVICORN


@dataclass(frozen=True)
class Target:
    """`peer` in `scenario`: >= `bound` times the best of `references`; where there are none, <= `bound` itself.

    It is the scenario's figure that is bounded, or one of its `detail`s.
    """

    work: str
    scenario: str
    peer: str
    bound: float
    references: tuple[str, ...] = ()
    unit: str = ""
    detail: str = ""

    @property
    def wanted(self) -> str:
        """The bound in words."""
        if not self.references:
            return f"≤ {self.bound:g} {self.unit}"
        return f"≥ {self.bound:g} × {group_name(self.references)}"


@dataclass(frozen=True)
class Verdict:
    """A target and what was measured: a ratio, or the figure itself; None when something is missing."""

    target: Target
    measured: float | None

    @property
    def reached(self) -> bool | None:
        """True, false, or not measured."""
        if self.measured is None:
            return None
        return self.measured >= self.target.bound if self.target.references else self.measured <= self.target.bound


def group_name(peers: tuple[str, ...]) -> str:
    """As a reader calls them."""
    if peers == UVICORN:
        return "uvicorn's fastest"
    return peers[0] if len(peers) == 1 else f"the best of {', '.join(peers[:-1])} and {peers[-1]}"


ONE = "echo, one in flight"
SIXTEEN = "echo, 16 in flight"
HANDSHAKES = "handshakes"
IDLE = "an idle connection"
AXUM = ("axum",)

TARGETS: tuple[Target, ...] = (
    Target(f"{ONE}: `async for` + `send`", "echo-64B-1", "hubbub", 0.9, ("axum",)),
    Target(f"{ONE}: `async for` + `send`", "echo-64B-1", "hubbub", 1.7, UVICORN),
    Target(f"{ONE}: `receiver.forward(sender)`", "echo-64B-1", "hubbub-forward", 1.0, ("axum",)),
    Target(SIXTEEN, "echo-64B-16", "hubbub", 4.0, ("axum",)),
    Target(SIXTEEN, "echo-64B-16", "hubbub", 0.4, ("actix", "warp")),
    Target("`Broadcast`, 1 to 1,000", "fanout-1-1000", "hubbub", 1.0, ("axum",)),
    Target("`Broadcast`, 1 to 1,000", "fanout-1-1000", "hubbub", 1.6, UVICORN),
    Target("`Broadcast`, 100 to 100", "fanout-100-100", "hubbub", 10.0, RUST),
    Target("`Broadcast`, 1 to 1,000, compressed", "fanout-json-1-1000", "hubbub-deflate", 0.7, ("hubbub",)),
    Target("server-sent events, 1 to 1,000", "events-1-1000", "hubbub", 2.0, ("uvicorn-streaming",)),
    Target("plain Starlette endpoint, one in flight", "echo-64B-1", "hubbub-plain", 1.3, UVICORN),
    Target(f"{HANDSHAKES}: `Upgrade` in FastAPI", "connect", "hubbub", 1.0, ("uvicorn-fastapi",)),
    Target(f"{HANDSHAKES}: `Upgrade` in Starlette", "connect", "hubbub-starlette", 1.2, UVICORN),
    Target(f"{HANDSHAKES}: a bare ASGI endpoint", "connect", "hubbub-asgi", 0.35, ("axum",)),
    Target(f"{IDLE}: `upgrade.serve`", "idle", "hubbub-serve", 14, unit="KiB"),
    Target(f"{IDLE}: held in a Starlette endpoint", "idle", "hubbub-starlette", 20, unit="KiB"),
    Target(f"{IDLE}: held in a FastAPI endpoint", "idle", "hubbub", 30, unit="KiB"),
    Target("a channel, 1 to 1,000", "channel-1x1-1000", "hubbub-channels", 0.75, AXUM),
    Target("a channel, 100 to 100", "channel-100x1-100", "hubbub-channels", 15.0, AXUM),
    Target("a channel, 1 with 16 in flight to 100", "channel-1x16-100", "hubbub-channels", 8.0, AXUM),
    Target("64 publications in flight, each acknowledged", "channel-1x64-1", "hubbub-channels", 1.0, AXUM),
    Target("the same with a hook on publish", "channel-1x64-1", "hubbub-hooked", 0.7, ("hubbub-channels",)),
    Target("connect, subscribe, close", "join-0", "hubbub-channels", 0.25, AXUM),
    Target("connect, subscribe, recover 10, close", "join-10", "hubbub-channels", 0.15, AXUM),
    Target("a publication by HTTP", "api-publish", "hubbub-channels", 0.6, ("starlette-json",)),
    Target("publications by HTTP, 100 a batch", "api-batch", "hubbub-channels", 10.0, ("starlette-json",)),
    Target(f"{IDLE}: a client with one subscription", "listen", "hubbub-channels", 12, unit="KiB"),
    Target("a game of 200 players: delivery, p99", "game", "hubbub-live", 20_000, unit="µs"),
    Target("a game of 200 players: growth in a minute", "game", "hubbub-live", 1024, unit="KiB", detail="growth_kib"),
    Target("a dashboard of 1,000 viewers: delivery, p99", "dashboard", "hubbub-live", 20_000, unit="µs"),
    Target("a dashboard of 1,000 viewers: growth", "dashboard", "hubbub-live", 1024, unit="KiB", detail="growth_kib"),
    Target("`import hubbub` beyond FastAPI and uvicorn", "import", "hubbub", 0.15, unit="s"),
    Target("`hubbub run` until it answers", "startup", "hubbub", 1.5, unit="s"),
)


def judge(target: Target, results: Results) -> Verdict:
    """Compares one target with what was measured."""
    if target.references:
        return Verdict(target, results.ratio(target.scenario, target.peer, target.references))
    row = results.rows.get((target.scenario, target.peer))
    if row is None:
        return Verdict(target, None)
    return Verdict(target, row.detail(target.detail) if target.detail else row.value)


def verdicts(results: Results) -> list[Verdict]:
    """The whole table."""
    return [judge(target, results) for target in TARGETS]
