"""A bar chart as SVG text: one bar a peer, the best on top, readable on light and dark pages. Pure."""

from html import escape

from bench.results import Row
from bench.scenarios import Scenario

WIDTH, LABEL, FIGURE, BAR, GAP, TOP = 760, 150, 110, 18, 6, 36

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .label { text-anchor: end } .other { fill: #9aa5b1 } .ours { fill: #d9480f }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .other { fill: #57606a } .ours { fill: #ff8c42 } }
"""


def bar(row: Row, place: int, longest: float) -> str:
    """One peer's name, bar and figure."""
    value = row.value or 0.0
    top = TOP + place * (BAR + GAP)
    length = (WIDTH - LABEL - FIGURE) * value / longest
    whose = "ours" if row.peer.startswith("hubbub") else "other"
    return (
        f'<text class="label" x="{LABEL - 8}" y="{top + 14}">{escape(row.peer)}</text>'
        f'<rect class="{whose}" x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" rx="2"/>'
        f'<text x="{LABEL + length + 6:.1f}" y="{top + 14}">{figure(value)}</text>'
    )


def figure(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def draw(scenario: Scenario, rows: list[Row]) -> str:
    """The chart of one scenario; rows without a figure have no bar."""
    rows = [row for row in rows if row.value is not None]
    longest = max((row.value or 0.0 for row in rows), default=0.0) or 1.0
    height = TOP + len(rows) * (BAR + GAP) + 10
    direction = "more is better" if scenario.more_is_better else "less is better"
    title = f"{scenario.title.replace('`', '')} ({scenario.unit}, {direction})"
    bars = "\n".join(bar(row, place, longest) for place, row in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n"
        f'<text class="title" x="8" y="20">{escape(title)}</text>\n{bars}\n</svg>\n'
    )
