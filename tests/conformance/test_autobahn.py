"""The Autobahn cases end as the table says: groups 1 to 7, 9 and 10 on the native socket and on the ASGI twin, and of the
compression (12 and 13) some; `python -m tests.conformance.expectations compression` runs all of that."""

from __future__ import annotations

import pytest

from tests.conformance.autobahn import SOME_COMPRESSION, run_cases
from tests.conformance.expectations import (
    COMPRESSED,
    EXPECTED,
    OK,
    SUITES,
    Suite,
    Table,
    differences,
    unreasoned,
    updated,
)
from tests.conformance.servers import COMPRESSING, SERVERS, serving

TABLE: Table = {
    "1.1": dict.fromkeys(SERVERS, OK),
    "7.1": {**dict.fromkeys(SERVERS, OK), "iterating": "FAILED/WRONG CODE", "reason": "because", "timing": True},
}


@pytest.mark.parametrize("server", SERVERS)
def test_every_case_ends_as_expected(server: str) -> None:
    with serving(server) as url:
        verdicts = run_cases(url)
    assert differences(server, verdicts, EXPECTED.read()) == []


@pytest.mark.parametrize("server", COMPRESSING)
def test_some_of_the_compression_ends_as_expected(server: str) -> None:
    with serving(server) as url:
        verdicts = run_cases(url, SOME_COMPRESSION)
    table = COMPRESSED.read()
    assert differences(server, verdicts, {case: table[case] for case in SOME_COMPRESSION}) == []


def test_all_of_the_compression_is_in_the_table() -> None:
    table = COMPRESSED.read()
    assert [sum(case.startswith(group) for case in table) for group in ("12.", "13.")] == [90, 126]
    assert all(row.keys() >= COMPRESSING.keys() for row in table.values())


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_what_is_not_ok_has_a_reason(suite: Suite) -> None:
    assert unreasoned(suite.read()) == []


def test_no_more_than_one_case_fails() -> None:
    for server in SERVERS:
        failed = [case for case, row in EXPECTED.read().items() if "FAILED" in row[server]]
        assert len(failed) <= 1, f"{server}: {failed}"


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ({"1.1": OK, "7.1": "FAILED/WRONG CODE"}, []),
        ({"1.1": OK, "7.1": OK}, []),
        ({"1.1": "NON-STRICT/OK", "7.1": OK}, ["1.1: NON-STRICT/OK, not OK/OK"]),
        ({"1.1": OK, "7.1": "OK/UNCLEAN"}, ["7.1: OK/UNCLEAN, not FAILED/WRONG CODE or OK/OK"]),
        ({"1.1": OK}, ["7.1: in the table, and was not run"]),
        ({"1.1": OK, "7.1": OK, "9.1": OK}, ["9.1: OK/OK, not in the table"]),
    ],
)
def test_every_difference_is_told(verdicts: dict[str, str], told: list[str]) -> None:
    assert differences("iterating", verdicts, TABLE) == told


def test_a_verdict_without_a_reason_and_a_reason_without_need_are_told() -> None:
    no_reason = {"7.1": {**TABLE["7.1"], "reason": ""}, "1.1": {**TABLE["1.1"], "reason": "none is needed"}}
    assert unreasoned(no_reason) == ["7.1", "1.1"]


def test_writing_anew_keeps_reasons_only_where_they_are_needed() -> None:
    same = {server: {"1.1": OK, "7.1": "FAILED/WRONG CODE" if server == "iterating" else OK} for server in SERVERS}
    assert updated(TABLE, same) == TABLE
    mended = {server: {"7.1": OK} for server in SERVERS}
    assert updated({"7.1": {**TABLE["7.1"], "timing": False}}, mended) == {"7.1": dict.fromkeys(SERVERS, OK)}
