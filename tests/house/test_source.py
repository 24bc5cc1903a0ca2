"""The reading that the rules stand on: which module an import means, however it is written."""

from __future__ import annotations

import pytest

from tests.house.conftest import Plant
from tests.house.source import imports, read_modules


@pytest.mark.parametrize(
    ("line", "target"),
    [
        ("import hubbub.ring", "hubbub.ring"),
        ("from hubbub import ring", "hubbub.ring"),
        ("from hubbub.ring import Ring", "hubbub.ring"),
        ("from hubbub import Ring", "hubbub"),
        ("from . import outbox", "hubbub.sockets.outbox"),
        ("from .outbox import Outbox", "hubbub.sockets.outbox"),
        ("from ..ring import Ring", "hubbub.ring"),
        ("from .. import ring", "hubbub.ring"),
        ("def late():\n    from hubbub import ring", "hubbub.ring"),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from hubbub import ring", "hubbub.ring"),
    ],
)
def test_an_import_is_found(plant: Plant, line: str, target: str) -> None:
    files = {"hubbub/__init__.py": "", "hubbub/ring.py": "", "hubbub/sockets/outbox.py": ""}
    modules = read_modules(plant({**files, "hubbub/sockets/socket.py": line}) / "hubbub")
    assert imports(modules["hubbub.sockets.socket"], modules) == {target}


def test_a_package_counts_its_dots_from_itself(plant: Plant) -> None:
    modules = read_modules(
        plant({"hubbub/sockets/__init__.py": "from .a import A", "hubbub/sockets/a.py": ""}) / "hubbub"
    )
    assert imports(modules["hubbub.sockets"], modules) == {"hubbub.sockets.a"}


def test_foreign_imports_are_left_out(plant: Plant) -> None:
    modules = read_modules(plant({"hubbub/uvicorn.py": "import uvicorn\nimport hubbubble"}) / "hubbub")
    assert imports(modules["hubbub.uvicorn"], modules) == set()


def test_a_folder_that_is_not_there_has_no_modules(plant: Plant) -> None:
    assert read_modules(plant({}) / "hubbub") == {}
