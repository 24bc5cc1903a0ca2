"""The examples in the source's docstrings say what they give, and give it."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house.tables import PACKAGE

SOURCE = Path(__file__).parents[2] / "src"
PATHS = sorted(path for path in (SOURCE / PACKAGE).rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
NAMES = [".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__") for path in PATHS]


@pytest.mark.parametrize("name", NAMES)
def test_a_modules_examples_are_right(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.attempted
    assert not found.failed
