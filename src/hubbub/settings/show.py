"""Settings as they can be shown, and all options as the reference tells them. Secrets are masked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc
from typing import Any, Literal, NamedTuple, get_args, get_origin
from urllib.parse import urlsplit, urlunsplit

from msgspec import NODEFAULT

from .reader import all_options
from .section import Section
from .values import MASK, Duration, Secret

_ENTRY = re.compile(r"^    (\w+): (.*(?:\n        .*)*)", re.MULTILINE)


def shown(value: Any) -> Any:
    """Settings, or any value of theirs, as JSON can say it, with secrets masked.

    Example:
        >>> shown({"key": Secret("hunter2"), "timeout": Duration(90)})
        {'key': '***', 'timeout': '1m30s'}
    """
    if isinstance(value, Section):
        return {name: shown(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {name: shown(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [shown(each) for each in value]
    if isinstance(value, Secret):
        return MASK if value else ""
    if isinstance(value, Duration):
        return str(value)
    return _masked(value) if isinstance(value, str) and "://" in value else value


def _masked(address: str) -> str:
    """Without what may be a secret: who asks, and the query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return MASK
    who, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=(MASK if who else "") + at + host, query=MASK if parts.query else ""))


class Told(NamedTuple):
    """An option as the reference tells it.

    Args:
        path: where it lies.
        kind: what it is, in words.
        default: as it stands in a file.
        text: what it does.
        is_own: whether it is Hubbub's own.
    """

    path: str
    kind: str
    default: str
    text: str
    is_own: bool


def catalogue() -> Iterator[Told]:
    """Every option, in order."""
    for option in all_options():
        text = documentation(option.section)[option.info.name]
        said = text.removeprefix("Hubbub's own: ")
        yield Told(option.path, _kind(option.info.type), _default(option.info.default), said, said != text)


@cache
def documentation(section: type[Section]) -> dict[str, str]:
    """What each option of a section does: from its docstring and those of what it takes over."""
    found: dict[str, str] = {}
    for each in reversed(section.__mro__):
        entries = _ENTRY.findall(cleandoc(each.__doc__ or "")) if issubclass(each, Section) else []
        found |= {name: " ".join(text.split()) for name, text in entries}
    return found


def _default(value: Any) -> str:
    plain = {} if value is NODEFAULT else shown(value)  # a table of texts is made anew for each
    if isinstance(plain, bool):
        return str(plain).lower()
    return f'"{plain}"' if isinstance(plain, str) else str(plain)


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(f"`{each}`" for each in get_args(kind) if each)
    if get_origin(kind) is tuple:
        return "list"
    return {bool: "yes or no", int: "number", str: "text", Secret: "secret", Duration: "duration"}.get(kind, "table")
