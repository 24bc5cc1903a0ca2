"""The examples in the source's docstrings say what they give, and give it."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

from tests.house.source import read_modules
from tests.house.tables import PACKAGE

NAMES = sorted(read_modules(Path(__file__).parent.parent.parent / "src" / PACKAGE))


@pytest.mark.parametrize("name", [name for name in NAMES if not name.endswith("__main__")])
def test_a_modules_examples_are_right(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
