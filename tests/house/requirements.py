"""The rule of the pins: what pyproject.toml asks for is pinned in requirements/, within its range and with hashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)(?P<rest>.*)$", re.MULTILINE)


def package_requirements(pyproject: Mapping[str, Any], *extras: str) -> list[str]:
    """What the package asks for, with some of its extras."""
    project = pyproject["project"]
    return [*project["dependencies"], *(line for extra in extras for line in project["optional-dependencies"][extra])]


def group_requirements(pyproject: Mapping[str, Any], group: str) -> list[str]:
    """What a dependency group asks for, with the groups it includes."""
    found: list[str] = []
    for entry in pyproject["dependency-groups"][group]:
        found += [entry] if isinstance(entry, str) else group_requirements(pyproject, entry["include-group"])
    return found


def pins(text: str) -> dict[str, str]:
    """Package and version of every pin; the last where markers give several."""
    return {canonicalize_name(pin["name"]): pin["version"] for pin in PIN.finditer(text)}


def pin_faults(asked: Iterable[str], pinned: Mapping[str, str]) -> list[str]:
    """Requirements that no pin answers, or one outside their range."""
    faults = []
    for line in asked:
        requirement = Requirement(line)
        version = pinned.get(canonicalize_name(requirement.name))
        if version is None:
            faults.append(f"{line} is not pinned")
        elif not requirement.specifier.contains(version, prereleases=True):
            faults.append(f"{line} is pinned to {version}")
    return faults


def unhashed(text: str) -> list[str]:
    """Pins that no hash follows."""
    return [pin["name"] for pin in PIN.finditer(text) if not text[pin.end() :].lstrip("\n").startswith("    --hash=")]
