"""A stand-alone server that is ended and started again at random moments, while clients of the published SDK talk: a program.

    python -m tests.restarts --restarts 24 --clients 200 --seed 1

Every client is back within its back-off, and is told that it has not recovered, and the new epoch. Between two restarts what
was acknowledged reaches every subscriber once and in order. It prints how often everything was done, how long it took, and
every fault; its exit status is 0 where there was none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.restarts.lives import Plan, restart


def main() -> int:
    """From the command line."""
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m tests.restarts", description=__doc__)
    parser.add_argument("--restarts", type=int, default=usual.restarts)
    parser.add_argument("--clients", type=int, default=usual.clients)
    parser.add_argument("--seed", type=int, default=usual.seed)
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    with TemporaryDirectory(prefix="restarts-") as folder:
        plan = Plan(chosen.restarts, chosen.clients, chosen.seed)
        outcome = asyncio.run(restart(plan, Path(folder)))
    print(json.dumps(outcome.summary(), indent=1))
    print(*outcome.faults[:50], sep="\n", file=sys.stderr)
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
