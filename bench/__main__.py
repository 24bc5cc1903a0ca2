"""The command line: `python -m bench`. Builds, measures, reports."""

import argparse
import sys
from pathlib import Path

from bench.build import LOAD_BUILDS, make, prepare
from bench.machine import describe, pick_cores
from bench.report import Report, write
from bench.roster import BENCH, PEERS, Peer
from bench.runner import Plan, Settings, plan, run
from bench.scenarios import SCENARIOS
from bench.versions import all_versions

EPILOG = """\
SCENARIO/PEER takes * and ?, and may be given several times:
  --only 'echo-64B-1/*'        one scenario, everyone
  --only '*/axum' --only '*/hubbub*'
  --only fanout-1-1000         the same as fanout-1-1000/*

scenarios: {scenarios}
peers:     {peers}

A whole run takes about 90 minutes; --quick about eight minutes, and its figures are only a look.
"""


def read_settings(words: list[str]) -> Settings:
    """The command line as values."""
    epilog = EPILOG.format(
        scenarios=", ".join(scenario.name for scenario in SCENARIOS), peers=", ".join(peer.name for peer in PEERS)
    )
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure Hubbub beside its peers, from the repository's root; write one report.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", metavar="SCENARIO/PEER", action="append", default=[], help="measure only these pairs")
    parser.add_argument("--runs", metavar="N", type=int, default=5, help="runs of each pair (default 5)")
    parser.add_argument("--seconds", metavar="S", type=float, default=3.0, help="length of a run (default 3)")
    parser.add_argument("--out", metavar="DIR", type=Path, default=BENCH / "out", help="default bench/out")
    parser.add_argument("--quick", action="store_true", help="one run of half a second each: does everything work?")
    chosen = parser.parse_args(words)
    if chosen.quick:
        chosen.runs, chosen.seconds = 1, 0.5
    if chosen.runs < 1 or chosen.seconds <= 0:
        parser.error("--runs and --seconds must be positive")
    warmup = min(0.5, chosen.seconds)
    return Settings(chosen.runs, chosen.seconds, warmup, chosen.out.resolve(), tuple(chosen.only))


def everyone_in(wanted: Plan) -> list[Peer]:
    """Each peer once."""
    return list({peer.name: peer for peers in wanted.values() for peer in peers}.values())


def only_ready(wanted: Plan, skipped: dict[str, str]) -> Plan:
    """Without those that cannot take part."""
    ready = {scenario: [peer for peer in peers if peer.name not in skipped] for scenario, peers in wanted.items()}
    return {scenario: peers for scenario, peers in ready.items() if peers}


def main(words: list[str]) -> int:
    """Builds, measures, reports; the status says whether a report was made."""
    settings = read_settings(words)
    cores = pick_cores()
    wanted = plan(settings.only)
    if not wanted:
        raise SystemExit("bench: nothing matches; see --help for the names")
    for name in LOAD_BUILDS:
        if failure := make(name):
            raise SystemExit(f"bench: no load generator: {failure}")
    skipped = prepare(everyone_in(wanted))
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}", file=sys.stderr)
    (settings.out / "logs").mkdir(parents=True, exist_ok=True)
    results = run(only_ready(wanted, skipped), settings, cores)
    print(write(Report(results, settings, skipped, describe(), all_versions()), settings.out))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
