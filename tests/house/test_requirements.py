"""The pinned requirements are in step with pyproject.toml, and every pin has its hashes; and the rules can fail."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.requirements import group_requirements, package_requirements, pin_faults, pins, unhashed


@pytest.fixture(scope="module")
def pyproject(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


def pinned(repository: Path, name: str) -> dict[str, str]:
    return pins((repository / "requirements" / f"{name}.txt").read_text())


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_what_the_package_and_its_demo_ask_for_is_pinned(
    repository: Path, pyproject: dict[str, Any], name: str
) -> None:
    assert pin_faults(package_requirements(pyproject, "fastapi"), pinned(repository, name)) == []


@pytest.mark.parametrize("name", ["build", "dev"])
def test_what_a_group_asks_for_is_pinned(repository: Path, pyproject: dict[str, Any], name: str) -> None:
    assert pin_faults(group_requirements(pyproject, name), pinned(repository, name)) == []


@pytest.mark.parametrize("name", ["runtime", "build"])
def test_all_files_come_from_one_resolution(repository: Path, name: str) -> None:
    part, whole = pinned(repository, name), pinned(repository, "dev")
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
    assert group_requirements({"dependency-groups": groups}, "dev") == ["ruff", "pytest"]


def test_the_package_asks_for_its_extras_too() -> None:
    project = {"dependencies": ["click"], "optional-dependencies": {"fastapi": ["fastapi"], "other": ["other"]}}
    assert package_requirements({"project": project}, "fastapi") == ["click", "fastapi"]
