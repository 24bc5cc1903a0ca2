"""A page's module, loaded as `hubbub run` would, so that clients in memory can talk to its app."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

Load: TypeAlias = Callable[[str], ModuleType]
"""`load("app")`: the page's `app.py`."""


@pytest.fixture
def load(folder: Path) -> Load:
    """Each time anew: no test finds what another has left behind."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(f"{folder.name}_{name}", folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
