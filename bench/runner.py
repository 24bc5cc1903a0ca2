"""Running: which pairs of scenario and peer are asked for, one sample of each, and the order in which they come.

The peers of a scenario take turns, run by run (A B C A B C), each freshly started: what drifts, drifts for all.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from bench.build import LOAD, LOAD_API, LOAD_EVENTS, last_line
from bench.machine import Cores, core_seconds, group_seconds, pinned_to
from bench.results import Results, Sample
from bench.roster import PEERS, ROOT, Peer
from bench.scenarios import SCENARIOS, Kind, Scenario
from bench.server import NotServingError, Server, environment, serving

PATIENCE_SECONDS = 120.0
HOLD_SECONDS = 0.5
WRONGS = ("missing", "surplus", "errors")

PROGRAMS = {Kind.EVENTS: LOAD_EVENTS, Kind.API: LOAD_API, Kind.API_BATCH: LOAD_API}
"""The load generators of some kinds; of all others it is `LOAD`."""

IMPORT_CLOCK = """
import fastapi, uvicorn
from time import perf_counter
began = perf_counter()
import hubbub
print(perf_counter() - began)
"""


@dataclass(frozen=True)
class Settings:
    """What the command line asks for."""

    runs: int
    seconds: float
    warmup: float
    out: Path
    only: tuple[str, ...] = ()

    def log(self, peer: Peer) -> Path:
        """Where a peer's output goes."""
        return self.out / "logs" / f"{peer.name}.log"


Plan = dict[Scenario, list[Peer]]


def plan(only: Sequence[str]) -> Plan:
    """Who takes part in what; `only` holds patterns SCENARIO/PEER, of which one must match."""
    patterns = [pattern if "/" in pattern else f"{pattern}/*" for pattern in only] or ["*/*"]

    def is_wanted(scenario: Scenario, peer: Peer) -> bool:
        pair = f"{scenario.name}/{peer.name}"
        return peer.does(scenario) is not None and any(fnmatch(pair, pattern) for pattern in patterns)

    pairs = {scenario: [peer for peer in PEERS if is_wanted(scenario, peer)] for scenario in SCENARIOS}
    return {scenario: peers for scenario, peers in pairs.items() if peers}


def run(wanted: Plan, settings: Settings, cores: Cores) -> Results:
    """Measures everything that is wanted and tells how it goes."""
    os.sched_setaffinity(0, {cores.load})
    results = Results()
    try:
        for scenario, number, peer in turns(wanted, settings.runs):
            sample = measure(scenario, peer, settings, cores)
            results.row(scenario, peer.name).samples.append(sample)
            tell(scenario, peer, number, sample)
    except KeyboardInterrupt:
        print("stopped: the report tells what was measured so far", file=sys.stderr)
    return results


def turns(wanted: Plan, runs: int) -> Iterator[tuple[Scenario, int, Peer]]:
    """Everyone's first run of a scenario, then everyone's second, and so on."""
    for scenario, peers in wanted.items():
        for number in range(1, runs + 1):
            for peer in peers:
                yield scenario, number, peer


def tell(scenario: Scenario, peer: Peer, number: int, sample: Sample) -> None:
    """One line a run."""
    figure = sample.fault or f"{sample.value:,.2f} {scenario.unit}"
    print(f"{scenario.name:16} run {number}  {peer.name:20} {figure}", file=sys.stderr, flush=True)


def measure(scenario: Scenario, peer: Peer, settings: Settings, cores: Cores) -> Sample:
    """One run; whatever goes wrong in it is its result."""
    try:
        if scenario.kind is Kind.IMPORT:
            return time_import(cores)
        with serving(peer, cores.server, settings.log(peer)) as server:
            if scenario.kind is Kind.STARTUP:
                return Sample(server.seconds_to_answer)
            return put_under_load(scenario, peer, server, settings, cores)
    except NotServingError as error:
        return Sample(fault=str(error))


def time_import(cores: Cores) -> Sample:
    """How long our import takes where FastAPI and uvicorn are already there."""
    command = [sys.executable, "-c", IMPORT_CLOCK]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, preexec_fn=pinned_to(cores.server)
    )
    return Sample(fault=last_line(done.stderr)) if done.returncode else Sample(float(done.stdout))


# ---------------------------------------------------------------- the load generator


class Others:
    """How much of a core programs that are not ours used, on average, while a block ran."""

    share = 0.0


@contextmanager
def watching_others(server: Server, cores: Cores) -> Iterator[Others]:
    """All processor time on both cores, less the server's and the load generator's."""

    def foreign_seconds() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = group_seconds(server.pid) + children.ru_utime + children.ru_stime
        return core_seconds(cores) - own

    others, before, began = Others(), foreign_seconds(), time.monotonic()
    yield others
    others.share = max(0.0, (foreign_seconds() - before) / (time.monotonic() - began))


def load_command(scenario: Scenario, peer: Peer, server: Server, settings: Settings) -> list[str]:
    """The load generator's words."""
    scenario = peer.does(scenario) or scenario
    idle = scenario.kind in (Kind.IDLE, Kind.LISTEN)
    memory = idle or scenario.kind in (Kind.GAME, Kind.DASHBOARD)
    where = ["--port", str(server.port), "--path", peer.paths[scenario.kind]]
    seconds = HOLD_SECONDS if idle else settings.seconds * scenario.length
    times = ["--seconds", str(seconds), "--warmup", str(settings.warmup)]
    whose = ["--pid", str(server.pid)] if memory else []
    program = PROGRAMS.get(scenario.kind, LOAD)
    return [str(program), scenario.kind, *scenario.options, *where, *times, *whose]


def put_under_load(scenario: Scenario, peer: Peer, server: Server, settings: Settings, cores: Cores) -> Sample:
    """One call of the load generator against a running peer."""
    command = load_command(scenario, peer, server, settings)
    patience = settings.seconds * scenario.length + PATIENCE_SECONDS
    try:
        with watching_others(server, cores) as others:
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                timeout=patience,
                preexec_fn=pinned_to(cores.load),
            )
    except subprocess.TimeoutExpired:
        return Sample(fault=f"not done after {patience:.0f} s")
    return read_sample(scenario, done, others.share)


def read_sample(scenario: Scenario, done: subprocess.CompletedProcess[str], others: float) -> Sample:
    """What the load generator printed, as a sample."""
    try:
        printed = json.loads(done.stdout)
    except json.JSONDecodeError:
        return Sample(fault=f"load generator: {last_line(done.stderr)}", others=others)
    details = {name: float(value) for name, value in printed.items() if isinstance(value, int | float)}
    fault = ", ".join(f"{details[wrong]:.0f} {wrong}" for wrong in WRONGS if details.get(wrong))
    return Sample(details.get(scenario.figure, 0.0), details, others, fault)
