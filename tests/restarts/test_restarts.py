"""Restarts under load, a few and for a little while; and that what would be wrong is seen. More: `python -m tests.restarts`."""

from __future__ import annotations

from pathlib import Path

from tests.restarts.ledger import Ledger
from tests.restarts.lives import PATIENCE, Plan, restart, spread
from tests.soak.ledger import Place


async def test_clients_come_back_and_hear_everything_once(tmp_path: Path) -> None:
    plan = Plan(restarts=2, clients=20, talk=0.3, pause=0.3, early=0, max_delay=0.3, work=PATIENCE)
    outcome = await restart(plan, tmp_path)
    assert outcome.faults == []
    done = outcome.tally
    assert (done["SIGTERM: restarts"], done["SIGKILL: restarts"]) == (1, 1)
    assert done["not recovered, as it should be"] >= 40
    assert (
        min(done[deed] for deed in ("publish", "API: publish", "told", "acknowledged, and told every subscriber")) > 5
    )


def test_what_comes_twice_or_elsewhere_is_a_fault() -> None:
    ledger = Ledger()
    ledger.hear("ann", "room:1", Place("e", 0), 1, "a.1")
    ledger.hear("bob", "room:1", Place("e", 0), 1, "a.1")
    ledger.acknowledge("a.1", ("room:1", "e", 1))
    assert ledger.faults == []
    ledger.hear("ann", "room:1", Place("e", 1), 2, "a.1")
    ledger.acknowledge("a.1", ("room:2", "e", 1))
    assert ledger.faults == [
        "a.1 stands at ('room:1', 'e', 2), and at ('room:1', 'e', 1)",
        "a.1 stands at ('room:2', 'e', 1), and at ('room:1', 'e', 1)",
    ]


def test_who_is_told_wrongly_how_it_came_back_is_a_fault() -> None:
    ledger, old, new = Ledger(), Place("e", 5), Place("f", 0)
    ledger.come("ann", "room:1", None, old, asked=False, recovered=False)
    ledger.come("ann", "room:1", old, new, asked=True, recovered=False)
    assert ledger.faults == []
    ledger.come("ann", "room:1", None, old, asked=True, recovered=False)
    ledger.come("ann", "room:1", old, new, asked=False, recovered=False)
    ledger.come("ann", "room:1", old, new, asked=True, recovered=True)
    ledger.come("ann", "room:1", old, old, asked=True, recovered=False)
    assert len(ledger.faults) == 4


def test_what_has_not_reached_who_listened_is_missing() -> None:
    ledger = Ledger()
    ledger.acknowledge("a.1")
    ledger.acknowledge("a.2", ("room:1", "e", 2))
    ann, bob = Place("e", 1), Place("e", 2)
    late, other = (2, Place("e", 2)), (0, Place("f", 0))
    assert ledger.missing(["a.1", "a.2"], {"room:1": [(0, bob), late, other]}) == ["a.1"]
    assert ledger.missing(["a.2"], {"room:1": [(0, ann), (0, bob)]}) == ["a.2"]
    ledger.hear("ann", "room:1", ann, 2, "a.2")
    assert ledger.missing(["a.2"], {"room:1": [(0, ann), (0, bob)]}) == []
    assert ledger.end_life() == 1
    assert not ledger.acknowledged


def test_who_is_heard_in_another_order_is_a_fault() -> None:
    ledger, place = Ledger(), Place("e", 0)
    for offset, data in enumerate(["a.1", "b.1", "a.3", "a.2"], 1):
        ledger.hear("ann", "room:1", place, offset, data)
    ledger.finish()
    assert ledger.faults == ["a.2 was told behind a.3"]


def test_how_numbers_lie() -> None:
    assert spread([3, 1, 2]) == {"least": 1, "median": 2, "95 of 100": 3, "greatest": 3}
    assert spread([]) == {}
