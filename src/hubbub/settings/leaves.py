"""How one value is read that came from a file or from the environment: by its option's type. Pure functions and their table.

A value may be written as text where the type leaves no doubt, for variables of the environment know nothing else. What cannot
be read raises `ValueError`, whose text never holds the value: it may be a secret in the wrong place.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from types import GenericAlias
from typing import Any, Literal, get_args, get_origin

from .values import Duration, Secret

_TRUE = ("1", "t", "true")
_FALSE = ("0", "f", "false")
_LONGEST_NUMBER = 20


def read_leaf(kind: Any, value: object) -> Any:
    """The value that an option of the type `kind` gets.

    Raises:
        ValueError: it is none.
    """
    return _reader(kind)(value)


def _reader(kind: Any) -> Callable[[object], Any]:
    if get_origin(kind) is Literal:
        return partial(_choice, get_args(kind))
    if get_origin(kind) is tuple:
        return partial(_list, get_args(kind)[0])
    if isinstance(kind, GenericAlias) and get_origin(kind) is dict:
        return partial(_mapping, get_args(kind)[1])
    return _PLAIN[kind]


def _bool(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
        return value.lower() in _TRUE
    raise ValueError("it is true or false")


def _int(value: object) -> int:
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER and value.removeprefix("-").isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("it is a whole number")
    if value < 0:
        raise ValueError("it is not less than 0")
    return value


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError("it is a text")
    if "\0" in value:
        raise ValueError("it holds a character that no text has")
    return value


def _secret(value: object) -> Secret:
    return Secret(_text(value))


def _duration(value: object) -> Duration:
    if isinstance(value, int) and not isinstance(value, bool) and value == 0:
        return Duration(0.0)
    if not isinstance(value, str):
        raise ValueError('it is a text: numbers with their units, as "25s", "1h30m", "300ms"')
    found = Duration.parse(value)
    if found < 0:
        raise ValueError("it is not less than 0")
    return found


def _choice(allowed: tuple[str, ...], value: object) -> str:
    if value not in allowed or not isinstance(value, str):
        raise ValueError(f"it is one of {', '.join(repr(each) for each in allowed if each)}")
    return value


def _list(kind: Any, value: object) -> tuple[Any, ...]:
    """From the environment: separated by spaces, as Centrifugo has it, or as JSON."""
    if isinstance(value, str):
        value = _json(value) if value.lstrip().startswith("[") else value.split()
    if not isinstance(value, list | tuple):
        raise ValueError("it is a list")
    return tuple(read_leaf(kind, each) for each in value)


def _mapping(kind: Any, value: object) -> dict[str, Any]:
    """As a table, or as a list of tables of `key` and `value`, for names that differ in case only."""
    if isinstance(value, str):
        value = _json(value)
    if isinstance(value, list) and all(isinstance(each, dict) and each.keys() == {"key", "value"} for each in value):
        value = {each["key"]: each["value"] for each in value}
    if not isinstance(value, dict):
        raise ValueError("it is a table of texts")
    return {_text(name): read_leaf(kind, each) for name, each in value.items()}


def _json(text: str) -> object:
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    return found


_PLAIN: dict[Any, Callable[[object], Any]] = {
    bool: _bool,
    int: _int,
    str: _text,
    Secret: _secret,
    Duration: _duration,
}
