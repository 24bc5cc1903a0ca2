"""No function is longer than the law allows, and the report counts as it says; and the rule can fail."""

from __future__ import annotations

from tests.house.conftest import Plant
from tests.house.sizes import Size, body_sizes, file_sizes, report, size_faults
from tests.house.source import Module, read_modules
from tests.house.tables import LONGEST_BODY

THREE_LINES = '''
    def act(
        self,
    ):
        """Act.

        At length.
        """
        a = 1

        return a
'''


def test_no_body_is_longer_than_the_law(modules: dict[str, Module]) -> None:
    assert size_faults(body_sizes(modules.values()), LONGEST_BODY) == []


def test_a_long_body_is_a_fault(plant: Plant) -> None:
    modules = read_modules(plant({"house/long.py": "def act():\n" + "    a = 1\n" * 61}) / "house")
    assert size_faults(body_sizes(modules.values()), 60) == ["house.long:act has 61 lines, of at most 60"]


def test_a_body_starts_after_its_docstring(plant: Plant) -> None:
    modules = read_modules(plant({"house/short.py": THREE_LINES}) / "house")
    assert body_sizes(modules.values()) == [Size(3, "house.short:act")]


def test_a_body_of_a_docstring_alone_is_empty(plant: Plant) -> None:
    modules = read_modules(plant({"house/port.py": "def act():\n    'Act.'"}) / "house")
    assert body_sizes(modules.values()) == [Size(0, "house.port:act")]


def test_a_file_has_its_lines(plant: Plant) -> None:
    modules = read_modules(plant({"house/file.py": "a = 1\nb = 2\n"}) / "house")
    assert file_sizes(modules.values()) == [Size(2, "house.file")]


def test_the_report_names_the_longest() -> None:
    sizes = [Size(lines, f"f{lines}") for lines in range(1, 12)]
    assert list(report("bodies", sizes, worst=2)) == [
        "bodies: 11, lines: median 6, p90 10, max 11",
        "    11 f11",
        "    10 f10",
    ]


def test_nothing_has_no_report() -> None:
    assert list(report("bodies", [])) == []
