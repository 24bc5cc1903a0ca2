"""Where the examples lie, in a checkout or in an installed package, and how they are loaded. Serves nothing."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from ..errors import Misuse

INSTALLED = Path(__file__).parent / "examples"
CHECKOUT = Path(__file__).parents[3] / "examples"

EXAMPLES = {"chat": "chat", "websockets": "websockets_server", "echo": "echo", "forward": "forward"}
"""The path that each is mounted under, and its module."""


def directory() -> Path:
    """The folder of the examples: the checkout's where we run from one, so that what is edited is what is shown."""
    return CHECKOUT if (CHECKOUT.parent / "src").is_dir() and CHECKOUT.is_dir() else INSTALLED


def source(name: str) -> str:
    """The text of an example's module."""
    return (directory() / f"{name}.py").read_text(encoding="utf-8")


@cache
def load(name: str) -> ModuleType:
    """An example's module, loaded once from its file, wherever that lies.

    Raises:
        Misuse: it needs a package that is not installed.
    """
    qualified = f"{__package__}.examples.{name}"
    spec = importlib.util.spec_from_file_location(qualified, directory() / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[qualified] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[qualified]
        raise Misuse(
            f"the examples need {error.name}, which is not installed: pip install 'hubbub[fastapi]'"
        ) from error
    return module
