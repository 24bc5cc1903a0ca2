"""What may be typed for a command, from the shape of its request, and the body from what was typed. Pure, but for `-`.

The shapes are the API's own: a field that is added there is an option here.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click
from msgspec import Raw, inspect, json

from ...api.commands import COMMANDS
from ...errors import Misuse
from ..terminal.jsontext import check_json

ARGUMENTS = {
    "publish": "channel data",
    "broadcast": "channels data",
    "subscribe": "channel",
    "unsubscribe": "channel",
    "presence": "channel",
    "presence_stats": "channel",
    "history": "channel",
    "history_remove": "channel",
    "channels": "[pattern]",
    "rpc": "method [params]",
}
"""By command, the fields that are typed without a name, in their order; all others are options."""

LEFT_OUT = {("refresh", "info"): "it is refused by every server of ours"}
"""Fields that cannot be typed, and why."""

LONGEST = 64 * 1024 * 1024
"""Bytes that are read from the input; servers take 4 MiB, where not told otherwise."""


@dataclass(frozen=True)
class Field:
    """A value that can be given.

    Args:
        path: the names under which it stands in the body, one within the other.
        kind: which values.
        text: what it says.
        is_optional: whether `null` would do.
    """

    path: tuple[str, ...]
    kind: inspect.Type
    text: str
    is_optional: bool

    @property
    def name(self) -> str:
        """Of its parameter; a shape that holds no more than a `value` is that value."""
        return "_".join(part for part in self.path if part != "value")


def fields_of(command: str) -> list[Field]:
    """The values that a command takes."""
    found = _fields(inspect.type_info(COMMANDS[command].request), (), "", False)
    return [field for field in found if (command, field.name) not in LEFT_OUT]


def parameters_of(command: str) -> list[click.Parameter]:
    """The same, as they are typed."""
    fields = {field.name: field for field in fields_of(command)}
    parameters: list[click.Parameter] = []
    for word in ARGUMENTS.get(command, "").split():
        field = fields.pop(word.strip("[]"))
        parameters.append(_argument(field, is_required=not word.startswith("[")))
        if isinstance(field.kind, inspect.RawType):
            parameters.append(_flag("text", f"{field.name.upper()} is a text, and no JSON."))
            if fields.pop("b64" + field.name, None):
                parameters.append(_flag("binary", f"{field.name.upper()} are bytes, and no JSON."))
    return parameters + [_option(field) for field in fields.values()]


def payload_of(command: str) -> str:
    """The argument that is JSON; empty where there is none."""
    kinds = {field.name: field.kind for field in fields_of(command)}
    words = (word.strip("[]") for word in ARGUMENTS.get(command, "").split())
    return next((word for word in words if isinstance(kinds[word], inspect.RawType)), "")


def body_of(command: str, given: Mapping[str, Any], read: Callable[[], bytes]) -> bytes:
    """The body of the request.

    Args:
        command: which.
        given: by the parameter's name, what was typed; whatever else is there is passed over.
        read: the input, for a `-`.

    Raises:
        Misuse: something that was typed is not of its kind.
    """
    payload = payload_of(command)
    body: dict[str, Any] = {}
    for field in fields_of(command):
        value = given.get(field.name)
        if value is None or value == ():
            continue
        path = field.path
        if isinstance(field.kind, inspect.RawType):
            how = given if field.name == payload else {}
            path, value = _payload(field, value, how, read)
        elif isinstance(field.kind, inspect.DictType):
            value = dict(_pair(field.name, each) for each in value)
        _put(body, path, value)
    return json.encode(body)


# From shapes to parameters


def _fields(kind: inspect.Type, path: tuple[str, ...], text: str, is_optional: bool) -> Iterator[Field]:
    match kind:
        case inspect.Metadata():
            told = (kind.extra_json_schema or {}).get("description", text)
            yield from _fields(kind.type, path, told, is_optional)
        case inspect.UnionType():
            (inner,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
            yield from _fields(inner, path, text, True)
        case inspect.StructType():
            for field in kind.fields:
                yield from _fields(field.type, (*path, field.encode_name), text, False)
        case _:
            yield Field(path, kind, text, is_optional)


def _argument(field: Field, *, is_required: bool) -> click.Argument:
    several = isinstance(field.kind, inspect.VarTupleType)
    metavar = f"{field.name.removesuffix('s').upper()}..." if several else field.name.upper()
    shown = metavar if is_required else f"[{metavar}]"
    return click.Argument([field.name], type=str, required=is_required, nargs=-1 if several else 1, metavar=shown)


def _flag(name: str, text: str) -> click.Option:
    return click.Option([f"--{name}"], is_flag=True, help=text)


def _option(field: Field) -> click.Option:
    dashed = field.name.replace("_", "-")
    names = [f"--{dashed}", field.name]
    match field.kind:
        case inspect.BoolType() if field.is_optional:
            return click.Option(names, is_flag=True, default=None, flag_value=True, help=field.text)
        case inspect.BoolType():
            return click.Option([f"--{dashed}/--no-{dashed}", field.name], default=None, help=field.text)
        case inspect.IntType():
            return click.Option(names, type=int, help=field.text)
        case inspect.FloatType():
            return click.Option(names, type=float, metavar="NUMBER", callback=_finite, help=field.text)
        case inspect.VarTupleType():
            return click.Option(names, multiple=True, metavar="TEXT", help=f"{field.text} Repeatable.")
        case inspect.DictType():
            return click.Option(names, multiple=True, metavar="NAME=VALUE", help=f"{field.text} Repeatable.")
        case inspect.RawType():
            return click.Option(names, metavar="JSON", help=field.text)
        case _:
            return click.Option(names, metavar="TEXT", help=field.text)


def _finite(context: click.Context, option: click.Parameter, number: float | None) -> float | None:
    """JSON has no words for other numbers."""
    if number is not None and not math.isfinite(number):
        raise click.BadParameter(f"{number} is no number that JSON can say", context, option)
    return number


# From what was typed to a body


def _payload(
    field: Field, typed: str, how: Mapping[str, Any], read: Callable[[], bytes]
) -> tuple[tuple[str, ...], Raw | str]:
    """Where it stands in the body, and what."""
    if how.get("text") and how.get("binary"):
        raise Misuse("--text and --binary contradict each other: one of them must go")
    data = read() if typed == "-" else typed.encode("utf-8", "surrogateescape")
    if len(data) > LONGEST:
        raise Misuse(f"the input has more than {LONGEST} bytes: too much for one command")
    if how.get("binary"):
        return (*field.path[:-1], "b64" + field.path[-1]), b64encode(data).decode()
    try:
        text = data.decode()
        if how.get("text"):
            return field.path, text
        check_json(text)
    except UnicodeDecodeError:
        raise Misuse(f"{field.name} is no UTF-8{': --binary sends bytes' if 'binary' in how else ''}") from None
    except (ValueError, RecursionError) as error:
        hint = "; --text sends a bare text" if "text" in how else "; a text stands in double quotes"
        raise Misuse(f"{field.name} is no JSON ({error}){hint}") from None
    return field.path, Raw(data)


def _pair(name: str, text: str) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not key or not mark:
        raise Misuse(f"--{name} takes NAME=VALUE, not {text!r}")
    return key, value


def _put(body: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for part in path[:-1]:
        body = body.setdefault(part, {})
    body[path[-1]] = value
