"""Runs the Autobahn cases against a server and prints a verdict a case: a program of its own, for its runner may abort.

python -m tests.conformance.autobahn ws://127.0.0.1:8000 "1.*" "2.*"
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence

from kosoku import FailureError, run_fuzzingclient

Verdicts = dict[str, str]
"""For each case its behaviour and its behaviour at the close: `OK/OK`."""

CORE = ("1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*")
LIMITS = ("9.*",)

AT_ONCE = 8
"""Cases that run together: some do nothing but wait for a second."""

TIMEOUT = 120.0


def run_cases(url: str, cases: Sequence[str] = CORE + LIMITS) -> Verdicts:
    """The verdicts of `cases`, run in a process of their own."""
    command = [sys.executable, "-m", "tests.conformance.autobahn", url, *cases]
    output = subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT).stdout
    verdicts: Verdicts = json.loads(output)
    return verdicts


async def _run(url: str, cases: Sequence[str]) -> Verdicts:
    try:
        results = await run_fuzzingclient(url, cases, concurrency=AT_ONCE)
    except FailureError as failure:
        results = failure.results
    return {result.case_id: f"{result.behavior.value}/{result.behavior_close.value}" for result in results}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(sys.argv[1], sys.argv[2:]))), flush=True)
    os._exit(0)  # the runner's threads are still there, and abort an interpreter that winds down
