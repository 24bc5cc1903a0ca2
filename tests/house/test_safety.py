"""No secret is compared in a time that tells, nothing that comes is run; and the rule can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.conftest import Plant
from tests.house.safety import safety_faults
from tests.house.source import Module, read_module, read_modules


def test_the_library_is_safe(modules: dict[str, Module]) -> None:
    assert [fault for module in modules.values() for fault in safety_faults(module)] == []


def test_so_are_the_examples(repository: Path) -> None:
    modules = [read_module(path, repository) for path in sorted((repository / "examples").glob("*.py"))]
    assert modules
    assert [fault for module in modules for fault in safety_faults(module)] == []


@pytest.mark.parametrize(
    "line",
    [
        "if given == secret: ...",
        "if self._password != given: ...",
        "ok = hmac.new(key, data).digest() == given",
        "ok = given == tickets.signature",
        "ok = headers.api_key == API_KEY",
        "import pickle",
        "from marshal import loads",
        "import yaml.loader",
        "from yaml import safe_load, load",
        "eval(text)",
    ],
)
def test_what_is_unsafe_is_a_fault(plant: Plant, line: str) -> None:
    [module] = read_modules(plant({"hubbub/a.py": line}) / "hubbub").values()
    assert len(safety_faults(module)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "if source == 'ticket': ...",
        "ok = hmac.compare_digest(given, secret)",
        "if secret is None: ...",
        "from yaml import YAMLError, safe_load",
        "len(secret) < 9",
    ],
)
def test_what_is_safe_is_none(plant: Plant, line: str) -> None:
    [module] = read_modules(plant({"hubbub/a.py": line}) / "hubbub").values()
    assert safety_faults(module) == []
