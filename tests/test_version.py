"""The version is said once: what is built has it from there."""

from __future__ import annotations

from pathlib import Path

from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

import hubbub
from hubbub.version import VERSION


def test_what_is_built_has_the_version_of_the_source() -> None:
    root = Path(__file__).parents[1]
    assert ProjectMetadata(str(root), PluginManager()).version == VERSION == hubbub.__version__
