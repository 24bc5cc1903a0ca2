"""What is expected of each case on each server, as a file: read, compared, and written anew.

    python -m tests.conformance.expectations                # after a change that is meant; then read the difference
    python -m tests.conformance.expectations compression    # all of the compression: half an hour

A row has a verdict for each server, and where one of them is not OK the reason. `"timing": true` says that the verdict is OK
instead when the network happens to deliver the case's frames one by one, or the runner is quick enough.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.autobahn import COMPRESSION, CORE, LIMITS, LONG, TIMEOUT, Verdicts, run_cases
from tests.conformance.servers import COMPRESSING, SERVERS, serving

OK = "OK/OK"

Row = dict[str, Any]
Table = dict[str, Row]


@dataclass(frozen=True)
class Suite:
    """Cases, the servers that they are run against, and the file with what is expected."""

    name: str
    servers: Mapping[str, object]
    cases: tuple[str, ...]
    timeout: float

    @property
    def file(self) -> Path:
        """Where the table is."""
        return Path(__file__).with_name(f"{self.name}.json")

    def read(self) -> Table:
        """The table."""
        table: Table = json.loads(self.file.read_text()) if self.file.exists() else {}
        return table

    def write(self, table: Table) -> None:
        """Write the file, one line a case."""
        lines = [f"{json.dumps(case)}: {json.dumps(row)}" for case, row in table.items()]
        self.file.write_text("{\n" + ",\n".join(lines) + "\n}\n")


EXPECTED = Suite("expected", SERVERS, CORE + LIMITS, TIMEOUT)
COMPRESSED = Suite("compression", COMPRESSING, COMPRESSION, LONG)
SUITES = (EXPECTED, COMPRESSED)


def differences(server: str, verdicts: Verdicts, table: Table) -> list[str]:
    """What `verdicts` has otherwise than the table."""
    told = [f"{case}: in the table, and was not run" for case in table if case not in verdicts]
    for case, verdict in verdicts.items():
        row = table.get(case, {})
        if verdict not in allowed(server, row):
            told.append(f"{case}: {verdict}, not {' or '.join(allowed(server, row)) or 'in the table'}")
    return told


def allowed(server: str, row: Row) -> list[str]:
    """The verdicts that a row allows."""
    expected = [row[server]] if server in row else []
    return [*expected, OK] if row.get("timing") and expected != [OK] else expected


def unreasoned(table: Table) -> list[str]:
    """Cases with a verdict that is not OK, and no reason for it; or a reason, and nothing to explain."""
    return [case for case, row in table.items() if all(map(OK.__eq__, _verdicts(row))) == bool(row.get("reason"))]


def _verdicts(row: Row) -> list[str]:
    return [verdict for server, verdict in row.items() if server not in ("reason", "timing")]


def updated(table: Table, found: dict[str, Verdicts]) -> Table:
    """The table with what was found; reasons stay where there is still something to explain."""
    return {case: _row(case, table.get(case, {}), found) for case in next(iter(found.values()))}


def _row(case: str, before: Row, found: dict[str, Verdicts]) -> Row:
    row: Row = {}
    for server, verdicts in found.items():
        verdict = verdicts[case]
        row[server] = before[server] if server in before and verdict in allowed(server, before) else verdict
    if any(verdict != OK for verdict in row.values()):
        row |= {key: before[key] for key in ("timing", "reason") if key in before}
    return row


def _main(suite: Suite) -> None:
    found = {}
    for server in suite.servers:
        with serving(server) as url:
            found[server] = run_cases(url, suite.cases, suite.timeout)
    table = updated(suite.read(), found)
    suite.write(table)
    for case in unreasoned(table):
        print(f"{case} needs a reason: {table[case]}")


if __name__ == "__main__":
    _main(COMPRESSED if "compression" in sys.argv[1:] else EXPECTED)
