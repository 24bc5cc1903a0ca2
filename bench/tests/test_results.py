"""Medians, ratios, verdicts and what the report makes of them."""

from xml.etree import ElementTree

import pytest

from bench.build import last_line
from bench.chart import draw
from bench.report import Report, markdown
from bench.results import Results, Sample
from bench.roster import PEERS, ROOT
from bench.runner import Settings, plan, turns
from bench.scenarios import SCENARIOS, Kind, Scenario
from bench.targets import TARGETS, Target, judge

NAMED = {scenario.name: scenario for scenario in SCENARIOS}
ECHO, IDLE = NAMED["echo-64B-1"], NAMED["idle"]


def measured(scenario: Scenario, **figures: list[float]) -> Results:
    """Results with these runs of these peers."""
    results = Results()
    for peer, values in figures.items():
        results.row(scenario, peer).samples.extend(Sample(value) for value in values)
    return results


def test_a_row_is_the_median_of_its_good_runs() -> None:
    row = measured(ECHO, axum=[1.0, 9.0, 2.0]).row(ECHO, "axum")
    row.samples.append(Sample(100.0, fault="3 missing"))
    assert (row.value, row.spread, row.faults) == (2.0, (1.0, 9.0), ["3 missing"])


def test_a_row_without_good_runs_has_no_figure_and_comes_last() -> None:
    results = measured(IDLE, axum=[4.0], warp=[3.0])
    results.row(IDLE, "actix").samples.append(Sample(fault="ended"))
    assert [row.peer for row in results.ranking(IDLE)] == ["warp", "axum", "actix"]


def test_the_best_is_the_most_or_the_least() -> None:
    assert measured(ECHO, axum=[4.0], warp=[3.0]).ratio(ECHO.name, "warp", ["axum", "warp"]) == 0.75
    assert measured(IDLE, axum=[4.0], warp=[3.0]).ratio(IDLE.name, "axum", ["axum", "warp"]) == pytest.approx(4 / 3)


def test_no_ratio_without_a_reference() -> None:
    assert measured(ECHO, axum=[4.0]).ratio(ECHO.name, "axum", ["warp"]) is None


@pytest.mark.parametrize(("ours", "reached"), [([89.0], False), ([90.0], True), ([], None)])
def test_a_relative_target(ours: list[float], reached: bool | None) -> None:
    target = Target("", ECHO.name, "hubbub", 0.9, ("axum",))
    assert judge(target, measured(ECHO, axum=[100.0], hubbub=ours)).reached is reached


@pytest.mark.parametrize(("ours", "reached"), [([14.1], False), ([14.0], True), ([], None)])
def test_an_absolute_target(ours: list[float], reached: bool | None) -> None:
    assert judge(Target("", IDLE.name, "hubbub", 14, unit="KiB"), measured(IDLE, hubbub=ours)).reached is reached


def test_every_target_names_a_pair_that_is_measured() -> None:
    peers = {peer.name: peer for peer in PEERS}
    for target in TARGETS:
        for peer in (target.peer, *target.references):
            assert peers[peer].does(NAMED[target.scenario]), (target, peer)


def test_who_has_no_channels_does_the_raw_work_beside_them() -> None:
    peers = {peer.name: peer for peer in PEERS}
    scenario = NAMED["channel-1x16-100"]
    assert peers["hubbub-channels"].does(scenario) is scenario
    assert peers["axum"].does(scenario) == NAMED["fanout-100-100"]
    assert peers["warp"].does(scenario) is None
    assert [peer.name for peer in plan([scenario.name])[scenario]] == ["hubbub-channels", "hubbub-hooked", "axum"]


def test_patterns_choose_pairs() -> None:
    chosen = plan(["fanout-*/axum", "idle"])
    assert [peer.name for peer in chosen[NAMED["fanout-1-1000"]]] == ["axum"]
    assert {scenario.kind for scenario in chosen} == {Kind.FANOUT, Kind.IDLE}
    assert plan(["nothing/*"]) == {}


def test_peers_take_turns_run_by_run() -> None:
    order = [(number, peer.name) for _, number, peer in turns(plan(["connect/axum", "connect/warp"]), runs=2)]
    assert order == [(1, "axum"), (1, "warp"), (2, "axum"), (2, "warp")]


def test_the_chart_is_xml_with_a_bar_a_figure() -> None:
    results = measured(ECHO, axum=[4.0], hubbub=[8.0], warp=[])
    chart = ElementTree.fromstring(draw(ECHO, results.ranking(ECHO)))
    bars = chart.findall("{*}rect")
    assert [bar.get("class") for bar in bars] == ["ours", "other"]
    assert float(bars[0].get("width", 0)) == pytest.approx(2 * float(bars[1].get("width", 0)))


def test_the_report_tells_ratios_faults_verdicts_and_absence() -> None:
    results = measured(ECHO, axum=[100.0], hubbub=[95.0])
    results.row(ECHO, "warp").samples.append(Sample(fault="7 missing"))
    settings = Settings(runs=1, seconds=1, warmup=0, out=ROOT)
    text = markdown(Report(results, settings, {"ws": "node not found"}, {"kernel": "Linux"}, {"axum": "0.8"}))
    for told in (
        "| hubbub | 95 | 95–95 | 0.95 |",
        "7 missing",
        "≥ 0.9 × axum | 0.95 × | **reached**",
        "node not found",
    ):
        assert told in text


def test_the_last_line_of_nothing() -> None:
    assert last_line(" \n") == "it printed nothing"
    assert last_line("a\nb\n\n") == "b"
