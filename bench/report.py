"""The report: one Markdown file, one JSON file with every single run, one chart a scenario. Pure until `write`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.chart import draw, figure
from bench.results import Results, Row
from bench.roster import PEERS, RUST, UVICORN
from bench.runner import Settings
from bench.scenarios import Kind, Scenario
from bench.targets import Verdict, verdicts

NOTHING = "–"
RATIO_COLUMNS: Mapping[str, tuple[str, ...]] = {"× axum": ("axum",), "× best Rust": RUST, "× uvicorn": UVICORN}
ABOUT = {peer.name: peer.about for peer in PEERS}


@dataclass(frozen=True)
class Report:
    """All that is told."""

    results: Results
    settings: Settings
    skipped: Mapping[str, str]
    machine: Mapping[str, str]
    versions: Mapping[str, str]


def table(columns: list[str], lines: list[list[str]]) -> str:
    """A Markdown table: the first column is text, the rest are figures."""
    rules = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [columns, rules, *lines])


# ---------------------------------------------------------------- to reach


def measured_text(verdict: Verdict) -> str:
    """A ratio as `1.23 ×`, a figure with its unit."""
    if verdict.measured is None:
        return NOTHING
    return f"{verdict.measured:.2f} ×" if verdict.target.references else f"{verdict.measured:.3g} {verdict.target.unit}"


def targets_section(results: Results) -> str:
    """The table of what is to be reached."""
    words = {True: "**reached**", False: "not reached", None: "not measured"}
    lines = [
        [verdict.target.work, verdict.target.wanted, measured_text(verdict), words[verdict.reached]]
        for verdict in verdicts(results)
    ]
    return "## To reach\n\n" + table(["work, 64 B", "to reach", "measured", "verdict"], lines)


# ---------------------------------------------------------------- one scenario


def ratio_text(results: Results, row: Row, references: tuple[str, ...]) -> str:
    """The row as a multiple of the best reference."""
    ratio = results.ratio(row.scenario.name, row.peer, references)
    return NOTHING if ratio is None else f"{ratio:.2f}"


def detail_text(row: Row, name: str) -> str:
    """The median of a figure beside the main one."""
    value = row.detail(name)
    return NOTHING if value is None else figure(value)


TIMED = (Kind.ECHO, Kind.FANOUT, Kind.EVENTS, Kind.PUBLISH, Kind.API, Kind.API_BATCH)


def detail_columns(scenario: Scenario) -> dict[str, str]:
    """Column titles and the names of the load generator's figures."""
    if scenario.kind in (Kind.GAME, Kind.DASHBOARD):
        return {"p50 µs": "p50_us", "messages/s": "per_second", "growth KiB": "growth_kib", "load busy": "busy"}
    if scenario.kind is Kind.RATE:
        return {"p50 µs": "p50_us", "messages/s": "per_second"}
    times = {"p50 µs": "p50_us", "p99 µs": "p99_us"} if scenario.kind in TIMED else {}
    return times | ({"load busy": "busy"} if scenario.more_is_better else {})


def row_cells(results: Results, row: Row) -> list[str]:
    """One line of a scenario's table."""
    spread = f"{figure(row.spread[0])}–{figure(row.spread[1])}" if row.spread else NOTHING
    fault = f" ({len(row.faults)} bad: {row.faults[-1]})" if row.faults else ""
    cells = [row.peer, (NOTHING if row.value is None else figure(row.value)) + fault, spread]
    cells += [ratio_text(results, row, references) for references in RATIO_COLUMNS.values()]
    return cells + [detail_text(row, name) for name in detail_columns(row.scenario).values()]


def scenario_section(results: Results, scenario: Scenario) -> str:
    """Title, chart and table."""
    columns = ["peer", scenario.unit, "lowest–highest", *RATIO_COLUMNS, *detail_columns(scenario)]
    lines = [row_cells(results, row) for row in results.ranking(scenario)]
    return f"## {scenario.title}\n\n![{scenario.name}]({scenario.name}.svg)\n\n" + table(columns, lines)


# ---------------------------------------------------------------- the whole


def head(report: Report) -> str:
    """What was done, where, and how undisturbed it was."""
    settings = report.settings
    disturbed, samples = report.results.disturbed()
    facts = [
        f"{settings.runs} interleaved run(s) of {settings.seconds:g} s each after {settings.warmup:g} s of warm-up; "
        "medians of the runs in which all that was sent came back.",
        "Server on one core, load generator on another. " + ". ".join(report.machine.values()) + ".",
        f"{disturbed} of {samples} runs shared these cores with other programs (more than a tenth of a core).",
        "× best Rust: the best of axum, actix and warp. × uvicorn: the fastest of its protocols with plain Starlette. "
        "load busy: the load generator's share of its core; near 1, it and not the server is the limit.",
    ]
    if settings.runs < 5:
        facts.append("**Fewer than 5 runs: a look, not a measurement.**")
    return "# Benchmarks\n\n" + "\n".join(f"- {fact}" for fact in facts)


def skipped_section(skipped: Mapping[str, str]) -> str:
    """Who could not take part, and why."""
    lines = [f"- **{peer}**: {reason}" for peer, reason in skipped.items()] or ["- nobody"]
    return "## Skipped\n\n" + "\n".join(lines)


def peers_section(results: Results) -> str:
    """Who took part, in a few words each."""
    names = dict.fromkeys(row.peer for row in results.rows.values())
    return "## Peers\n\n" + "\n".join(f"- **{name}**: {ABOUT[name]}" for name in names)


def versions_section(versions: Mapping[str, str]) -> str:
    """One line."""
    return "## Versions\n\n" + ", ".join(f"{name} {version}" for name, version in versions.items())


def markdown(report: Report) -> str:
    """The report as a person reads it."""
    scenarios = [scenario_section(report.results, scenario) for scenario in report.results.scenarios()]
    ends = [skipped_section(report.skipped), peers_section(report.results), versions_section(report.versions)]
    return "\n\n".join([head(report), targets_section(report.results), *scenarios, *ends]) + "\n"


def as_json(report: Report) -> str:
    """The report as a program reads it, every run in it."""
    rows = [
        {"scenario": row.scenario.name, "peer": row.peer, "unit": row.scenario.unit, "median": row.value}
        | {"runs": [asdict(sample) for sample in row.samples]}
        for row in report.results.rows.values()
    ]
    targets = [
        asdict(verdict.target) | {"measured": verdict.measured, "reached": verdict.reached}
        for verdict in verdicts(report.results)
    ]
    settings = {"runs": report.settings.runs, "seconds": report.settings.seconds, "warmup": report.settings.warmup}
    whole = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "settings": settings}
    whole |= {"machine": dict(report.machine), "versions": dict(report.versions), "skipped": dict(report.skipped)}
    return json.dumps(whole | {"targets": targets, "results": rows}, indent=1, ensure_ascii=False) + "\n"


def write(report: Report, folder: Path) -> Path:
    """Writes report.md, report.json and the charts; returns the first."""
    for scenario in report.results.scenarios():
        chart = draw(scenario, report.results.ranking(scenario))
        (folder / f"{scenario.name}.svg").write_text(chart, encoding="utf-8")
    (folder / "report.json").write_text(as_json(report), encoding="utf-8")
    (folder / "report.md").write_text(markdown(report), encoding="utf-8")
    return folder / "report.md"
