"""The soak, for a little while; HUBBUB_SOAK_SECONDS=600 makes it longer. And that it sees what is wrong."""

from __future__ import annotations

import os

from tests.serving import serve
from tests.soak.__main__ import APP, soak
from tests.soak.ledger import Ledger, Place

SECONDS = float(os.environ.get("HUBBUB_SOAK_SECONDS", "6"))
CLIENTS = 30


def test_a_hub_is_at_the_end_as_it_was_at_the_start_and_nobody_missed_anything() -> None:
    with serve(APP, "--log-level", "warning") as server:
        faults, tally = soak(server, SECONDS, CLIENTS, seed=1)
    assert faults == []
    assert min(tally[deed] for deed in ("cut", "close", "publish", "recovered", "recovered publications", "told")) > 10


def test_a_gap_is_a_fault() -> None:
    ledger, place = Ledger(), Place("e", 3)
    ledger.hear("ann", "room:1", place, 4, "a")
    assert ledger.faults == []
    ledger.hear("ann", "room:1", place, 6, "b")
    assert ledger.faults == ["ann was told 6 of room:1 behind 4"]


def test_what_comes_twice_is_a_fault() -> None:
    ledger, place = Ledger(), Place("e", 3)
    ledger.hear("ann", "room:1", place, 4, "a")
    ledger.hear("ann", "room:1", place, 4, "a")
    assert ledger.faults == ["ann was told 4 of room:1 behind 4"]
    ledger.hear("ann", "room:1", place, 5, "a")
    ledger.close(frozenset({"room:1"}))
    assert ledger.faults[1:] == ["a was published 2 times"]


def test_two_who_are_told_different_things_are_a_fault() -> None:
    ledger = Ledger()
    ledger.hear("ann", "room:1", Place("e", 0), 1, "a")
    ledger.hear("bob", "room:1", Place("e", 0), 1, "b")
    assert ledger.faults == ["bob was told another 1 of room:1 than others"]


def test_who_could_have_recovered_and_has_not_is_a_fault() -> None:
    ledger = Ledger()
    ledger.recover("ann", "room:1", Place("e", 1), Place("e", 300), is_recovered=False)
    ledger.recover("ann", "room:1", Place("e", 1), Place("f", 2), is_recovered=False)
    assert ledger.faults == []
    ledger.recover("ann", "room:1", Place("e", 1), Place("e", 2), is_recovered=False)
    assert len(ledger.faults) == 1


def test_what_was_acknowledged_and_not_told_is_a_fault() -> None:
    ledger = Ledger(acknowledged={"a"})
    ledger.close(frozenset({"room:1"}))
    assert ledger.faults == ["a was acknowledged and never told"]
