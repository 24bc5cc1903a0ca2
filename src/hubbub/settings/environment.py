"""Variables of the environment laid over what a file says: `HUBBUB_CLIENT_PING_INTERVAL`, or as Centrifugo spells it. Pure.

A name is the option's path in capitals. A list of tables comes as JSON; an option of one of them by its name, as in
`HUBBUB_CHANNEL_NAMESPACES_CHAT_PRESENCE`. An empty variable says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from difflib import get_close_matches
from typing import Any, NamedTuple

from .centrifugo import ABSENT
from .fault import Fault
from .options import Settings
from .reader import fields, is_section, item_of
from .section import Section

PREFIXES = ("CENTRIFUGO_", "HUBBUB_")
"""In the order in which they are read: the last one counts."""

OTHERS = frozenset(
    {"HUBBUB_API_KEY", "HUBBUB_API_URL", "HUBBUB_BASIC", "HUBBUB_BEARER", "HUBBUB_CONFIG", "HUBBUB_HOSTS"}
    | {"HUBBUB_ORIGINS", "HUBBUB_TOKEN", "HUBBUB_TOKEN_KEY", "HUBBUB_WORKERS"}
)
"""Variables of ours that are no options."""

_KUBERNETES = re.compile(r"(?:[A-Z0-9_]+_)?(?:PORT|SERVICE_)")
"""What Kubernetes sets for a service of this name, behind the prefix."""

_VARIABLE = re.compile(r"\$\{((?:HUBBUB|CENTRIFUGO)_VAR_[A-Za-z0-9_]+)\}")


class Overlaid(NamedTuple):
    """A file, and the environment over it.

    Args:
        data: what both say.
        origins: by path, the variable that said it.
        faults: what is wrong with the variables.
    """

    data: dict[str, Any]
    origins: dict[str, str]
    faults: list[Fault]


def overlay(data: Mapping[str, object], environment: Mapping[str, str]) -> Overlaid:
    """What a file and the environment say together; the environment counts more."""
    laid = _Overlay(deepcopy(dict(data)), environment)
    for prefix in PREFIXES:
        laid.section(Settings, laid.data, prefix, "")
        laid.look_at_the_rest(prefix)
    _expand(laid.data, environment, laid.faults, "")
    return Overlaid(laid.data, laid.origins, laid.faults)


class _Overlay:
    def __init__(self, data: dict[str, Any], environment: Mapping[str, str]) -> None:
        self.data = data
        self.origins: dict[str, str] = {}
        self.faults: list[Fault] = []
        self._environment = environment
        self._known: set[str] = set()

    def section(self, kind: type[Section], data: dict[str, Any], prefix: str, path: str) -> None:
        for info in fields(kind):
            name, where = prefix + info.name.upper(), path + info.name
            item = item_of(info.type)
            if is_section(info.type):
                self._inner(info.type, info.name, data, name, where)
            else:
                self._leaf(info.name, data, name, where, is_list=item is not None)
            if item is not None and isinstance(data.get(info.name), list):
                self._items(item, data[info.name], name, where)

    def _inner(self, kind: type[Section], key: str, data: dict[str, Any], name: str, path: str) -> None:
        inner = {} if data.get(key) is None else data[key]
        if isinstance(inner, dict):  # what is none is told by the reader
            self.section(kind, inner, name + "_", path + ".")
            if inner:
                data[key] = inner

    def _leaf(self, key: str, data: dict[str, Any], name: str, path: str, *, is_list: bool) -> None:
        self._known.add(name)
        value = self._environment.get(name)
        if not value:
            return
        if not is_list:
            data[key] = value
        elif (found := _tables(value)) is not None:
            data[key] = found
        else:
            self.faults.append(Fault(name, "it is a list of tables, as JSON"))
        self.origins[path] = name

    def _items(self, kind: type[Section], items: list[Any], prefix: str, path: str) -> None:
        for index, item in enumerate(items):
            if isinstance(item, dict) and isinstance(item.get("name"), str):
                name = re.sub("[-.]", "_", item["name"]).upper()
                self.section(kind, item, f"{prefix}_{name}_", f"{path}[{index}].")

    def look_at_the_rest(self, prefix: str) -> None:
        """Variables of ours that say nothing: most likely they are misspelt."""
        for name in sorted(self._environment):
            rest = name.removeprefix(prefix)
            if rest == name or name in self._known or name in OTHERS or rest.startswith("VAR_"):
                continue
            if said := _absent(rest):
                self.faults.append(Fault(name, said, is_fatal=False))
            elif not _KUBERNETES.match(rest):
                near = get_close_matches(name, self._known, 1, 0.8)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.faults.append(Fault(name, f"no option is called so{hint}", is_fatal=False))


def _absent(rest: str) -> str:
    heads = ((path.replace(".", "_").upper(), what.text) for path, what in ABSENT.items())
    return next((text for head, text in heads if rest == head or rest.startswith(head + "_")), "")


def _tables(value: str) -> list[Any] | None:
    """JSON, or names alone, as Centrifugo has it: the options of each then come by variables of their own."""
    if not value.lstrip().startswith("["):
        return [{"name": name} for name in value.split()]
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) else None


def _expand(data: Any, environment: Mapping[str, str], faults: list[Fault], path: str) -> None:
    """Put variables into the headers that backends are sent: keys need not stand in a file."""
    for key, value in _entries(data):
        where = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict | list):
            _expand(value, environment, faults, where)
        elif isinstance(value, str) and "static_headers" in path and "${" in value:
            missing = [name for name in _VARIABLE.findall(value) if name not in environment]
            faults += [Fault(where, f"the environment has no {name}") for name in missing]
            data[key] = _VARIABLE.sub(lambda found: environment.get(found[1], ""), value)


def _entries(data: Any) -> Iterator[tuple[Any, Any]]:
    yield from list(data.items() if isinstance(data, dict) else enumerate(data))
