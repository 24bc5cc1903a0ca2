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
COMPRESSION = ("12.*", "13.*")
SOME_COMPRESSION = (
    *(f"12.{data}.{size}" for data, size in ((1, 4), (1, 11), (2, 4), (3, 6), (4, 4), (5, 5))),
    *(f"13.{parameters}.{size}" for parameters in range(1, 8) for size in (1, 3)),
)
"""Each kind of data, each set of parameters, small and large, whole and in fragments."""

AT_ONCE = 8
"""Cases that run together: some do nothing but wait for a second."""

TOGETHER = 2
"""Of the compression, which is all work."""

TIMEOUT = 120.0
LONG = 3600.0
"""Seconds for all of the compression: a thousand messages of 128 KiB in most cases."""


def run_cases(url: str, cases: Sequence[str] = CORE + LIMITS, timeout: float = TIMEOUT) -> Verdicts:
    """The verdicts of `cases`, run in a process of their own."""
    command = [sys.executable, "-m", "tests.conformance.autobahn", url, *cases]
    output = subprocess.run(command, check=True, capture_output=True, timeout=timeout).stdout
    verdicts: Verdicts = json.loads(output)
    return verdicts


def _at_once(cases: Sequence[str]) -> int:
    return TOGETHER if cases[0].startswith(("12.", "13.")) else AT_ONCE


async def _run(url: str, cases: Sequence[str]) -> Verdicts:
    try:
        results = await run_fuzzingclient(url, cases, concurrency=_at_once(cases))
    except FailureError as failure:
        results = failure.results
    return {result.case_id: f"{result.behavior.value}/{result.behavior_close.value}" for result in results}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(sys.argv[1], sys.argv[2:]))), flush=True)
    os._exit(0)  # the runner's threads are still there, and abort an interpreter that winds down
