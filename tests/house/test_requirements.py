"""The pinned requirements are in step with pyproject.toml, and every pin has its hashes; and the rules can fail."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.house.conftest import Plant
from tests.house.requirements import pin_faults, pins, requirements_of, unhashed


@pytest.mark.parametrize(("name", "group"), [("runtime", None), ("build", "build"), ("dev", "dev"), ("dev", None)])
def test_what_pyproject_asks_for_is_pinned(repository: Path, name: str, group: str | None) -> None:
    asked = requirements_of(tomllib.loads((repository / "pyproject.toml").read_text()), group)
    assert asked
    assert pin_faults(asked, pins((repository / "requirements" / f"{name}.txt").read_text())) == []


@pytest.mark.parametrize("name", ["runtime", "build"])
def test_all_files_come_from_one_resolution(repository: Path, name: str) -> None:
    part, whole = (pins((repository / "requirements" / f"{file}.txt").read_text()) for file in (name, "dev"))
    assert {package: version for package, version in part.items() if whole.get(package) != version} == {}


def test_every_pin_has_its_hashes(repository: Path) -> None:
    assert [name for path in repository.glob("requirements/*.txt") for name in unhashed(path.read_text())] == []


def test_a_requirement_that_is_not_pinned_is_a_fault() -> None:
    assert pin_faults(["Click>=8", "uvicorn>=0.54,<0.55"], pins("click==8.1\nuvicorn==0.55.0\n")) == [
        "uvicorn>=0.54,<0.55 is pinned to 0.55.0"
    ]
    assert pin_faults(["msgspec"], {}) == ["msgspec is not pinned"]


def test_a_pin_without_hashes_is_a_fault() -> None:
    assert unhashed(
        "a==1 \\\n    --hash=sha256:00\nb==2 ; sys_platform == 'win32'\nc==3 \\\n    --hash=sha256:00\n"
    ) == ["b"]


def test_a_group_holds_what_it_includes() -> None:
    groups = {"dev": ["ruff", {"include-group": "test"}], "test": ["pytest"]}
    assert requirements_of({"dependency-groups": groups}, "dev") == ["ruff", "pytest"]


def test_the_plain_dependencies_are_the_projects_own(plant: Plant) -> None:
    root = plant({"pyproject.toml": '[project]\ndependencies = ["click"]'})
    assert requirements_of(tomllib.loads((root / "pyproject.toml").read_text()), None) == ["click"]
