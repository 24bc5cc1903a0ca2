"""What clients may say to a hub, and what they are told: channels, methods and their payloads, read from its hooks. Pure."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from inspect import Parameter
from typing import Annotated, Any, Union, get_args, get_origin

from ..hooks.call import Hook
from ..hooks.pattern import Pattern, Router
from ..hooks.signature import CONNECT, MESSAGE
from ..hooks.table import Declaration, Entry, Table
from ..session.hooks import Approval
from .schema import ANYTHING, Payload, Shapes, shapes


@dataclass(frozen=True, slots=True)
class Channel:
    """The channels of a pattern.

    Args:
        pattern: their names.
        about: what the app says of them.
        hears: what the docstring of `on_subscribe` says.
        says: what that of `on_publish` says.
        parameters: the values of the pattern's, by name.
        joins: what a client gives with its subscription.
        takes: what a client may publish; `None` where no hook says it.
        gives: what subscribers are told: one of these; none for whatever it is.
        is_asked: whether a hook says who may subscribe.
        is_said: whether one says who may publish.
    """

    pattern: Pattern
    about: str
    hears: str
    says: str
    parameters: Mapping[str, Payload]
    joins: Payload | None
    takes: Payload | None
    gives: tuple[Payload, ...]
    is_asked: bool
    is_said: bool


@dataclass(frozen=True, slots=True)
class Method:
    """A remote call.

    Args:
        name: by which it is called, or the pattern's text.
        about: what the hook's docstring says.
        asks: what goes in; `None` for nothing.
        answers: what comes out; `None` for nothing.
        pattern: of the methods, where it is for several.
    """

    name: str
    about: str
    asks: Payload | None
    answers: Payload | None
    pattern: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """All that a hub and its clients say.

    Args:
        channels: the most specific first.
        methods: by name, and behind them those that are for several.
        connects: what a client gives when it connects.
        tells: what a client sends as a message.
        takes_messages: whether it may.
        shapes: the schemas of all payloads.
    """

    channels: tuple[Channel, ...]
    methods: tuple[Method, ...]
    connects: Payload | None
    tells: Payload | None
    takes_messages: bool
    shapes: Shapes


def read(table: Table) -> Contract:
    """The contract that the hooks of a hub make."""
    parts = (
        tuple(_channels(table)),
        (
            *(_method(name, entry.call) for name, entry in sorted(table.methods.items()) if name),
            *(_method(pattern.text, entry.call, pattern) for pattern, entry in table.calls),
        ),
        _payload_of(table.sole.get(CONNECT)),
        _payload_of(table.sole.get(MESSAGE)),
    )
    return Contract(*parts, MESSAGE in table.sole, shapes(_payloads(parts)))


def members_of(annotation: Any) -> list[Any]:
    """The members of a union; what is none is its own."""
    if get_origin(annotation) is Annotated and _is_union(get_args(annotation)[0]):
        annotation = get_args(annotation)[0]
    return list(get_args(annotation)) if _is_union(annotation) else [annotation]


# Inside


def _channels(table: Table) -> Iterator[Channel]:
    """One for each pattern of a hook that hears of channels, whatever its parameters are called there."""
    routers: tuple[Router[Any], ...] = (table.subscribe, table.publish, table.declared)
    patterns: dict[str, Pattern] = {}
    for router in routers:
        for pattern, _ in router:
            patterns.setdefault(pattern.shape, pattern)
    for pattern in sorted(patterns.values(), key=lambda each: each.rank):
        yield _channel(pattern, *(_at(router, pattern) for router in routers))


def _at(router: Router[Any], pattern: Pattern) -> Any:
    return next((target for other, target in router if other.shape == pattern.shape), None)


def _channel(pattern: Pattern, subscribe: Entry | None, publish: Entry | None, said: Declaration | None) -> Channel:
    hooks = [entry for entry in (subscribe, publish) if entry is not None]
    takes = None if publish is None else _payload(publish.call) or Payload(Any)
    gives = [] if publish is None or takes is None else _published(takes, publish.call.plan.result)
    if said is not None and said.publishes is not Parameter.empty:
        gives.append(Payload(said.publishes, goes_out=True))
    return Channel(
        pattern,
        said.about if said else "",
        about(subscribe.call) if subscribe else "",
        about(publish.call) if publish else "",
        {name: _parameter(n, hooks) for n, name in enumerate(pattern.names)},
        _payload_of(subscribe),
        takes,
        tuple(gives),
        subscribe is not None,
        publish is not None,
    )


def _parameter(place: int, hooks: list[Entry]) -> Payload:
    """The first annotation of it that says something."""
    told = (entry.call.plan.values.get(entry.names[place], Parameter.empty) for entry in hooks)
    return Payload(next((each for each in told if each not in (Parameter.empty, Any)), str))


def _method(name: str, hook: Hook, pattern: Pattern | None = None) -> Method:
    result = hook.plan.result
    answers = None if result in (None, types.NoneType) else Payload(result, goes_out=True)
    return Method(name, about(hook), _payload(hook), answers, pattern)


def _payload_of(entry: Entry | None) -> Payload | None:
    return None if entry is None else _payload(entry.call)


def _payload(hook: Hook) -> Payload | None:
    found = hook.plan.payload
    if found is None:
        return None
    has_default = found.default is not Parameter.empty
    takes_none = any(each in (types.NoneType, None, *ANYTHING) for each in members_of(found.annotation))
    return Payload(found.annotation, is_optional=has_default or takes_none)


def _published(takes: Payload, result: Any) -> list[Payload]:
    """What `on_publish` lets pass: as it came, what it returns, or both."""
    parts = members_of(result)
    own = [each for each in parts if each not in _SAYS_NOTHING]
    new = [Payload(Union[tuple(own)], goes_out=True)] if own else []  # noqa: UP007 (made of a list)
    return [takes, *new] if not own or any(each in _PASSES for each in parts) else new


_PASSES = (None, types.NoneType, bool)
"""What a hook returns that lets it pass as it came."""

_SAYS_NOTHING = (*_PASSES, Approval, Parameter.empty, Any)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def about(hook: Hook) -> str:
    """The docstring of a hook; a class's or an object's own is none."""
    return (inspect.getdoc(hook.function) or "") if inspect.isroutine(hook.function) else ""


def _payloads(value: Any) -> Iterator[Payload]:
    """All that are in it."""
    if isinstance(value, Payload):
        yield value
    elif isinstance(value, Mapping):
        yield from _payloads(tuple(value.values()))
    elif isinstance(value, tuple):
        for each in value:
            yield from _payloads(each)
    elif is_dataclass(value):
        for each in fields(value):
            yield from _payloads(getattr(value, each.name))
