"""Every file opens with a docstring and every public name has one; and the rule can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.conftest import Plant
from tests.house.docstrings import docstring_faults, opening_faults
from tests.house.source import Module, read_module
from tests.house.words import own_files


def test_every_public_name_has_a_docstring(modules: dict[str, Module]) -> None:
    assert [fault for module in modules.values() for fault in docstring_faults(module)] == []


def test_every_file_opens_with_a_docstring(repository: Path) -> None:
    sources = [path for path in own_files(repository) if path.suffix == ".py"]
    assert [fault for path in sources for fault in opening_faults(read_module(path, repository))] == []


def faults_of(plant: Plant, text: str) -> list[str]:
    root = plant({"thing.py": text})
    return [fault.split(": ")[1].split()[0] for fault in docstring_faults(read_module(root / "thing.py", root))]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("def act(): ...", ["act"]),
        ("async def act(): ...", ["act"]),
        ("class Thing:\n    def act(self): ...", ["Thing", "Thing.act"]),
        ("class Thing:\n    'A thing.'\n    @property\n    def size(self): ...", ["Thing.size"]),
        ("if True:\n    def act(): ...", ["act"]),
        ("__all__ = ['LIMIT']\nLIMIT = 3", ["LIMIT"]),
        ("__all__ = ['LIMIT']\nLIMIT: int = 3\nother = 'x'", ["LIMIT"]),
    ],
)
def test_a_public_name_without_one_is_a_fault(plant: Plant, text: str, names: list[str]) -> None:
    assert faults_of(plant, text) == names


@pytest.mark.parametrize(
    "text",
    [
        "def act():\n    'Act.'",
        "def _act(): ...",
        "def act():\n    'Act.'\n    def inner(): ...",
        "class _Thing:\n    def act(self): ...",
        "class Thing:\n    'A thing.'\n    def __len__(self): ...",
        "class Thing:\n    'A thing.'\n    @override\n    def act(self): ...",
        "class Thing:\n    'A thing.'\n    @size.setter\n    def size(self, value): ...",
        "__all__ = ['LIMIT']\nLIMIT = 3\n'How many.'",
        "__all__ = ['imported']\nfrom elsewhere import imported",
        "LIMIT = 3",
    ],
)
def test_what_is_private_or_documented_is_right(plant: Plant, text: str) -> None:
    assert faults_of(plant, text) == []


@pytest.mark.parametrize(("text", "count"), [("", 1), ("import os", 1), ("'What lives here.'", 0)])
def test_a_file_without_an_opening_is_a_fault(plant: Plant, text: str, count: int) -> None:
    root = plant({"thing.py": text})
    assert len(opening_faults(read_module(root / "thing.py", root))) == count
