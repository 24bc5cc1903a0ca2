"""Files as people write them, JSON, TOML or YAML, into nested mappings. Pure; of what is wrong only the place is told."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from pathlib import PurePath

from ..errors import Misuse

MAX_BYTES = 1024 * 1024
"""Of a file."""

MAX_DEPTH = 32
"""Tables in tables."""

MAX_VALUES = 100_000
"""All in all: YAML may say one many times."""


def parse(data: bytes, name: str) -> Mapping[str, object]:
    """What a file says.

    Args:
        data: its bytes.
        name: its name, whose ending says how it is written.

    Raises:
        Misuse: it is not written so; the text says where, and shows nothing of the file: it holds keys.
    """
    read = READERS.get(PurePath(name).suffix.lower())
    if read is None:
        raise Misuse(f"{name}: its ending says how a file is written: {', '.join(READERS)}")
    if len(data) > MAX_BYTES:
        raise Misuse(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        found = read(data.decode("utf-8-sig"))
        _check_shape(found)
    except UnicodeDecodeError as error:
        raise Misuse(f"{name}: no UTF-8 (byte {error.start})") from None
    except _Bad as error:
        raise Misuse(f"{name}: {error}") from None
    except RecursionError:
        raise Misuse(f"{name}: tables in tables, too deep") from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Misuse(f"{name}: it holds no table of options")
    return found


class _Bad(ValueError):
    """It is not written as its name says; the text says where."""


def _check_shape(found: object) -> None:
    """A YAML file may hold itself, or grow without bound as it is walked through."""
    level, seen = [found], 0
    for _ in range(MAX_DEPTH):
        level = [inner for each in level for inner in _inner(each)]
        seen += len(level)
        if not level:
            return
        if seen > MAX_VALUES:
            raise _Bad(f"more than {MAX_VALUES} values")
    raise RecursionError


def _inner(value: object) -> Collection[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _json(text: str) -> object:
    try:
        found: object = json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _Bad(f"no JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except _Bad:
        raise
    except ValueError:  # digits without end: `int` has a bound of its own
        raise _Bad("no JSON: a number is too long") from None
    return found


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _Bad(f"{twice[:100]!r} stands twice in one table")
    return found


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        _, _, place = str(error).rpartition("(")
        raise _Bad(f"no TOML ({place}" if place.startswith("at ") else "no TOML") from None
    except ValueError:
        raise _Bad("no TOML: a number is too long") from None


def _yaml(text: str) -> object:
    try:
        from yaml import MarkedYAMLError, YAMLError, safe_load
    except ModuleNotFoundError:
        raise Misuse("YAML is read with PyYAML: install hubbub[yaml]; or write TOML or JSON") from None
    try:
        found: object = safe_load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        raise _Bad(f"no YAML (line {mark.line + 1}, column {mark.column + 1})" if mark else "no YAML") from None
    except (YAMLError, ValueError):
        raise _Bad("no YAML") from None
    return found


READERS: dict[str, Callable[[str], object]] = {".json": _json, ".toml": _toml, ".yaml": _yaml, ".yml": _yaml}
"""By a file's ending."""
