"""Fixtures of the house rules: the source as modules, small fake trees; and the report of sizes at the end of a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from tests.house.sizes import body_sizes, file_sizes, report
from tests.house.source import Module, read_modules
from tests.house.tables import PACKAGE

Plant = Callable[[dict[str, str]], Path]


@pytest.fixture(scope="session")
def package(repository: Path) -> Path:
    """The folder of the library's source."""
    return repository / "src" / PACKAGE


@cache
def read_library(repository: Path) -> dict[str, Module]:
    """The library's modules by name."""
    return read_modules(repository / "src" / PACKAGE)


@pytest.fixture(scope="session")
def modules(repository: Path) -> dict[str, Module]:
    """The library's modules by name."""
    return read_library(repository)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """Writes a fake tree, file by file, and returns its root."""

    def plant(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        return tmp_path

    return plant


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell how long files and functions are. Only the longest body is law; the rest is for us to see."""
    modules = list(read_library(config.rootpath).values())
    terminalreporter.section("sizes")
    for line in [*report("function bodies", body_sizes(modules)), *report("files", file_sizes(modules))]:
        terminalreporter.line(line)
