"""From nested mappings to the options: every fault of theirs is found, each with its path, and what is right is kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin

from msgspec import Struct
from msgspec.structs import FieldInfo
from msgspec.structs import fields as _fields

from .centrifugo import absent
from .fault import Fault
from .leaves import read_leaf
from .options import Settings
from .section import Section

S = TypeVar("S", bound=Section)

MAX_FAULTS = 100
"""So many are told, the fatal ones first; whoever has more has given a wrong file."""

LONGEST_KEY = 100
"""Characters of a key that are shown."""


class Option(NamedTuple):
    """An option, wherever it lies.

    Args:
        path: as `client.ping_interval`; what lies in a list is `channel.namespaces[].name`.
        info: its name, type and default.
        section: the Struct that it is in.
    """

    path: str
    info: FieldInfo
    section: type[Section]


def read(data: Mapping[str, object], origins: Mapping[str, str] = {}) -> tuple[Settings, list[Fault]]:
    """The settings that `data` tells, and what is wrong with it. What is wrong keeps its default.

    Args:
        data: as it stands in a file.
        origins: by path, the variable of the environment that a value came from.
    """
    reader = Reader(origins)
    settings = reader.section(Settings, data, "")
    return settings, sorted(reader.faults, key=lambda fault: not fault.is_fatal)[:MAX_FAULTS]


class Reader:
    """One reading.

    Args:
        origins: by path, the variable of the environment that a value came from.
    """

    def __init__(self, origins: Mapping[str, str]) -> None:
        self.faults: list[Fault] = []
        self._origins = origins

    def section(self, kind: type[S], data: object, path: str) -> S:
        """A table of options."""
        if not isinstance(data, Mapping):
            self._add(path, "it is a table of options")
            return kind()
        known = {info.name: info for info in fields(kind)}
        values: dict[str, Any] = {}
        for key, value in data.items():
            where = f"{path}.{_shown(key)}" if path else _shown(key)
            if key in known:
                self._read(known[key], value, where, values)
            else:
                self._unknown(where, value, known)
        return kind(**values)

    def _read(self, info: FieldInfo, value: object, path: str, values: dict[str, Any]) -> None:
        if value is None:
            return  # YAML's way to say nothing
        if is_section(info.type):
            values[info.name] = self.section(info.type, value, path)
        elif (item := item_of(info.type)) is not None:
            values[info.name] = self._sections(item, value, path)
        else:
            try:
                values[info.name] = read_leaf(info.type, value)
            except ValueError as error:
                self._add(path, str(error))

    def _sections(self, kind: type[Section], value: object, path: str) -> tuple[Section, ...]:
        if not isinstance(value, list | tuple):
            self._add(path, "it is a list of tables")
            return ()
        return tuple(self.section(kind, each, f"{path}[{index}]") for index, each in enumerate(value))

    def _unknown(self, path: str, value: object, siblings: Mapping[str, FieldInfo]) -> None:
        found = absent(path)
        if found is not None:
            self.faults.append(Fault(path, found.text, found.is_fatal and _is_on(value)))
        else:
            near = nearest(path, siblings)
            self._add(path, f"there is no such option{f'; did you mean {near}?' if near else ''}")

    def _add(self, path: str, text: str) -> None:
        variable = self._origins.get(path)
        self.faults.append(Fault(path, f"{text} (said by {variable})" if variable else text))


def nearest(path: str, siblings: Mapping[str, object]) -> str:
    """The option that was most likely meant: one beside it, or one elsewhere that is called much the same; or none."""
    head, _, key = path.rpartition(".")
    if beside := get_close_matches(key, siblings, 1, 0.75):
        return f"{head}.{beside[0]}" if head else beside[0]
    if "[" in path:
        return ""
    flat = {option.path.replace(".", "_"): option.path for option in all_options() if "[" not in option.path}
    elsewhere = get_close_matches(path.replace(".", "_"), flat, 1, 0.72)
    if elsewhere:
        return flat[elsewhere[0]]
    ends = [option.path for option in all_options() if option.path.rpartition(".")[2] == key and "[" not in option.path]
    return ends[0] if ends else ""


@cache
def all_options() -> tuple[Option, ...]:
    """Every option that there is, sections left out."""
    return tuple(_walk(Settings, ""))


def _walk(kind: type[Section], prefix: str) -> Iterator[Option]:
    for info in fields(kind):
        path = prefix + info.name
        if is_section(info.type):
            yield from _walk(info.type, path + ".")
        elif (item := item_of(info.type)) is not None:
            yield from _walk(item, path + "[].")
        else:
            yield Option(path, info, kind)


@cache
def fields(kind: type[Section]) -> tuple[FieldInfo, ...]:
    """The options of a section; found once, for that takes its time."""
    return _fields(kind)


def is_section(kind: Any) -> bool:
    """Whether a type is a table of options."""
    return isinstance(kind, type) and issubclass(kind, Struct)


def item_of(kind: Any) -> type[Section] | None:
    """What the tables are of which a type is a list; `None` for other types."""
    if get_origin(kind) is tuple and is_section(get_args(kind)[0]):
        item: type[Section] = get_args(kind)[0]
        return item
    return None


def _is_on(value: object) -> bool:
    """Whether a value asks for anything: what says that something is off, or that it is as ever, does not."""
    if isinstance(value, Mapping):
        return bool(value.get("enabled", True)) and any(_is_on(each) for each in value.values())
    return value not in (False, None, 0, "", "0", "false", "f", "F", "False", "FALSE", (), []) and value != {}


def _shown(key: object) -> str:
    """A key as it can be shown: short, and harmless in a terminal and a log."""
    text = str(key)
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= LONGEST_KEY else text[:LONGEST_KEY] + "..."
