"""Figures: one sample a run, one row a (scenario, peer); medians, spreads and ratios. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.scenarios import Scenario

DISTURBED = 0.1


@dataclass(frozen=True)
class Sample:
    """One run: the figure that counts, all that the load generator printed, and what went wrong, if anything did.

    `others` is how much of a core was spent meanwhile on programs that are not ours.
    """

    value: float = 0.0
    details: Mapping[str, float] = field(default_factory=dict)
    others: float = 0.0
    fault: str = ""


@dataclass
class Row:
    """All runs of one peer in one scenario. Runs with a fault have no part in any figure, but are told."""

    scenario: Scenario
    peer: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def good(self) -> list[Sample]:
        """The runs in which all that was sent came back."""
        return [sample for sample in self.samples if not sample.fault]

    @property
    def faults(self) -> list[str]:
        """What was wrong with the others."""
        return [sample.fault for sample in self.samples if sample.fault]

    @property
    def value(self) -> float | None:
        """The median of the good runs."""
        values = [sample.value for sample in self.good]
        return median(values) if values else None

    @property
    def spread(self) -> tuple[float, float] | None:
        """The lowest and the highest good run."""
        values = [sample.value for sample in self.good]
        return (min(values), max(values)) if values else None

    def detail(self, name: str) -> float | None:
        """The median of one of the load generator's other figures."""
        values = [sample.details[name] for sample in self.good if name in sample.details]
        return median(values) if values else None


@dataclass
class Results:
    """Everything that was measured, in the order in which it was asked for."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)

    def row(self, scenario: Scenario, peer: str) -> Row:
        """The row of a pair, made when it is first asked for."""
        return self.rows.setdefault((scenario.name, peer), Row(scenario, peer))

    def scenarios(self) -> list[Scenario]:
        """Those of which something was measured."""
        return list({row.scenario.name: row.scenario for row in self.rows.values()}.values())

    def ranking(self, scenario: Scenario) -> list[Row]:
        """One scenario's rows, the best first and those without a figure last."""
        rows = [row for row in self.rows.values() if row.scenario.name == scenario.name]
        sign = -1 if scenario.more_is_better else 1
        return sorted(rows, key=lambda row: (row.value is None, sign * (row.value or 0)))

    def best(self, scenario: str, peers: Iterable[str]) -> Row | None:
        """The best of these peers."""
        rows = [row for peer in peers if (row := self.rows.get((scenario, peer))) and row.value is not None]
        if not rows:
            return None
        choose = max if rows[0].scenario.more_is_better else min
        return choose(rows, key=lambda row: row.value or 0)

    def ratio(self, scenario: str, peer: str, references: Iterable[str]) -> float | None:
        """A peer's figure as a multiple of the best of the references; below 1 is less, whatever that means here."""
        row, best = self.rows.get((scenario, peer)), self.best(scenario, references)
        if row is None or best is None or row.value is None or not best.value:
            return None
        return row.value / best.value

    def disturbed(self) -> tuple[int, int]:
        """How many runs shared the two cores with other programs, of how many."""
        samples = [sample for row in self.rows.values() for sample in row.samples]
        return sum(sample.others > DISTURBED for sample in samples), len(samples)
