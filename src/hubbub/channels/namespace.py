"""The options of a family of channels, checked when they are made. Pure.

Named as Centrifugo names them, with its defaults: nothing is on that is not switched on. Times are in seconds.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import KW_ONLY, dataclass, field, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import msgspec
from msgspec import Raw

from ..errors import Misuse
from .broker import PublishOptions
from .names import finds

Action = Literal["subscribe", "publish", "presence", "history"]
"""What a namespace may allow its clients."""

_ACTIONS: tuple[Action, ...] = ("subscribe", "publish", "presence", "history")


class Visitor(Protocol):
    """What a predicate may see of a client; the hub's `Client` is one, and has more."""

    @property
    def id(self) -> str:
        """The connection's id."""

    @property
    def user(self) -> str:
        """Whose it is; empty for nobody in particular."""


Predicate = Callable[[Any, str], object]
"""`(client, channel)`; true allows. It must not wait: what has to, is a hook."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """The options of the channels `name:...`; without a name, of those that have no namespace.

    Nothing is handed down from one namespace to another.

    Args:
        name: letters, digits, `-`, `_` and `.`, at least two.
        presence: keep who is in a channel.
        join_leave: tell who comes and goes, to those who ask for it and may see the presence.
        force_push_join_leave: tell it to all subscribers.
        leave_delay: seconds in which a user who has left may come back, before the others are told and before presence
            forgets: who does has neither left nor joined. Of those without a user it is told at once.
        join_leave_per_user: tell the others of a user's first connection and its last, and of none between.
        history_size: publications that a channel keeps; with `history_ttl`.
        history_ttl: seconds for which each is kept; with `history_size`.
        history_meta_ttl: seconds for which a channel that nobody publishes to or asks for remembers its position.
        force_positioning: watch every subscriber's position, and tell one who has missed something.
        allow_positioning: do it for those who ask.
        force_recovery: give every subscriber that comes back what it has missed.
        allow_recovery: do it for those who ask.
        force_recovery_mode: `"stream"`, all that was missed; `"cache"`, the newest publication alone.
        auto_cache_recover: in cache mode, give the newest publication to those who do not ask, too.
        allowed_delta_types: patches that subscribers may ask for: `("fossil",)`.
        delta_publish: publish every publication so that those who asked may get a patch.
        allow_tags_filter: subscribers may ask for some publications only, by their tags.
        allow_subscribe_for_client: whoever has a user may subscribe.
        allow_subscribe_for_anonymous: so may those without, where those with a user may.
        allow_publish_for_client: whoever has a user may publish.
        allow_publish_for_subscriber: whoever has a user and is subscribed may publish.
        allow_publish_for_anonymous: so may those without, where those with a user may.
        allow_presence_for_client: whoever has a user may see who is in.
        allow_presence_for_subscriber: whoever has a user and is subscribed may.
        allow_presence_for_anonymous: so may those without, where those with a user may.
        allow_history_for_client: whoever has a user may read the history.
        allow_history_for_subscriber: whoever has a user and is subscribed may.
        allow_history_for_anonymous: so may those without, where those with a user may.
        allow_user_limited_channels: those whom the name lists (`dialog#ann,bob`) may subscribe.
        channel_regex: what the name behind the namespace must match, by `re.search`; without one, names are ASCII.
        publication_data_format: what clients may publish: `""` or `"json"`, any JSON; `"json_object"`; or `"binary"`,
            anything: then only clients that speak Protobuf may listen, for JSON cannot carry it (others: 3506).
        allow_subscribe: beside the switches: whoever `allow_subscribe(client, channel)` is true for may subscribe.
        allow_publish: ... may publish.
        allow_presence: ... may see who is in.
        allow_history: ... may read the history.

    Raises:
        Misuse: an option is not known, not of its kind, or does nothing without another.

    Example:
        ```python
        Namespace("chat", history_size=100, history_ttl=300, force_recovery=True,
                  allow_publish=lambda client, channel: client.user in moderators)
        ```
    """

    name: str = ""
    _: KW_ONLY
    presence: bool = False
    join_leave: bool = False
    force_push_join_leave: bool = False
    leave_delay: float = 0.0
    join_leave_per_user: bool = False
    history_size: int = 0
    history_ttl: float = 0.0
    history_meta_ttl: float = 30 * 24 * 3600.0
    force_positioning: bool = False
    allow_positioning: bool = False
    force_recovery: bool = False
    allow_recovery: bool = False
    force_recovery_mode: Literal["stream", "cache"] = "stream"
    auto_cache_recover: bool = False
    allowed_delta_types: Sequence[Literal["fossil"]] = ()
    delta_publish: bool = False
    allow_tags_filter: bool = False
    allow_subscribe_for_client: bool = False
    allow_subscribe_for_anonymous: bool = False
    allow_publish_for_client: bool = False
    allow_publish_for_subscriber: bool = False
    allow_publish_for_anonymous: bool = False
    allow_presence_for_client: bool = False
    allow_presence_for_subscriber: bool = False
    allow_presence_for_anonymous: bool = False
    allow_history_for_client: bool = False
    allow_history_for_subscriber: bool = False
    allow_history_for_anonymous: bool = False
    allow_user_limited_channels: bool = False
    channel_regex: str = ""
    publication_data_format: Literal["", "json", "json_object", "binary"] = ""
    allow_subscribe: Predicate | None = None
    allow_publish: Predicate | None = None
    allow_presence: Predicate | None = None
    allow_history: Predicate | None = None
    publishing: PublishOptions = field(init=False, repr=False, compare=False)  # as these options say, and nobody else
    _permissions: dict[Action, _Permission] = field(init=False, repr=False, compare=False)

    if not TYPE_CHECKING:  # a type checker reads the fields, and finds a wrong name by itself

        def __new__(cls, *values: object, **options: object) -> Namespace:
            """Explain a name that is not known, before the generated `__init__` would refuse it."""
            for name in options:
                known = cls.__dataclass_fields__.get(name)
                if known is None or not known.init:
                    raise Misuse(f"Namespace has no option {name!r}{_advice(name)}")
            return object.__new__(cls)

    def __post_init__(self) -> None:
        for fault in _faults(self):
            raise Misuse(f"Namespace({self.name!r}): {fault}")
        publishing = PublishOptions(
            self.history_size, self.history_ttl, self.history_meta_ttl, use_delta=self.delta_publish
        )
        object.__setattr__(self, "publishing", publishing)
        object.__setattr__(self, "_permissions", {action: _permission(self, action) for action in _ACTIONS})

    @property
    def has_history(self) -> bool:
        """Whether a channel keeps what is published."""
        return self.history_size > 0

    @property
    def carries_bytes(self) -> bool:
        """Whether what is published may be no JSON."""
        return self.publication_data_format == "binary"

    def overridden(self, overrides: Mapping[str, bool]) -> Namespace:
        """The same with some options otherwise, unchecked: as one subscription has them. What is no option changes nothing."""
        changed = copy(self)
        for name in self.__dataclass_fields__.keys() & overrides.keys():
            if overrides[name] is not None:
                object.__setattr__(changed, name, overrides[name])
        return changed

    def allows(self, action: Action, client: Visitor, channel: str, is_subscribed: bool = False) -> bool:
        """Whether the switches or the predicate allow it. Tokens and hooks are not asked here.

        Raises:
            Misuse: the predicate gave something that has to be awaited.
        """
        if self.is_open(action, client, is_subscribed):
            return True
        predicate = self._permissions[action].predicate
        return predicate is not None and _asked(predicate, action, client, channel)

    def is_open(self, action: Action, client: Visitor, is_subscribed: bool) -> bool:
        """Whether the switches allow it, whatever a predicate would say of this once."""
        for_client, for_subscriber, for_anonymous, _ = self._permissions[action]
        return bool((for_client or (for_subscriber and is_subscribed)) and (client.user or for_anonymous))

    @property
    def takes_any_data(self) -> bool:
        """Whether no payload that a client publishes is looked into."""
        return self.publication_data_format in ("", "binary")

    def fault_of_name(self, channel: str, rest: str) -> str:
        """What is wrong with a channel's name, of which `rest` follows the namespace; empty where nothing is."""
        if self.channel_regex:
            return "" if finds(self.channel_regex, rest) else "the channel's name is not of the form asked for"
        return "" if channel.isascii() else "the channel's name is not ASCII"

    def fault_of_data(self, data: Raw) -> str:
        """What is wrong with the payload that a client publishes; empty where nothing is."""
        match self.publication_data_format:
            case "":
                return "" if len(data) else "the data is empty"
            case "json":
                return "" if _is_json(data, _any_json) else "the data is no JSON"
            case "json_object":
                return "" if _is_json(data, _json_object) else "the data is no JSON object"
            case "binary":
                return ""


# Checks


def _faults(options: Namespace) -> Iterator[str]:
    """What is wrong, and what to do."""
    yield from _faults_of_kind(options)
    yield from _faults_of_value(options)
    yield from _faults_together(options)


def _faults_of_kind(options: Namespace) -> Iterator[str]:
    for option in fields(options):
        if option.init:
            value = getattr(options, option.name)
            fits, wanted = _KINDS.get(str(option.type), (_is_anything, ""))
            if not fits(value):
                yield f"{option.name} must be {wanted}, not {value!r}"


def _faults_of_value(options: Namespace) -> Iterator[str]:
    if options.name and not _NAME.fullmatch(options.name):
        yield "a name has at least two characters, of letters, digits, '-', '_' and '.'"
    for option, allowed in _CHOICES.items():
        if getattr(options, option) not in allowed:
            yield f"{option} must be one of {', '.join(map(repr, allowed))}, not {getattr(options, option)!r}"
    if not _are_of(options.allowed_delta_types, ("fossil",)):
        yield f"allowed_delta_types may be ('fossil',), not {options.allowed_delta_types!r}"
    try:
        re.compile(options.channel_regex)
    except re.error as error:
        yield f"channel_regex is no regular expression: {error}"


def _faults_together(options: Namespace) -> Iterator[str]:
    if (options.history_size > 0) != (options.history_ttl > 0):
        yield "history_size and history_ttl go together: give both"
    if options.history_meta_ttl < options.history_ttl:
        yield "history_meta_ttl must be at least history_ttl: a position outlives what it points to"
    for option, others in NEEDS.items():
        if getattr(options, option) and not any(getattr(options, other) for other in others):
            yield f"{option} does nothing without {' or '.join(others)}: switch that on, too"
    if options.auto_cache_recover and options.force_recovery_mode != "cache":
        yield "auto_cache_recover does nothing without force_recovery_mode='cache'"


class _Permission(NamedTuple):
    for_client: bool
    for_subscriber: bool
    for_anonymous: bool
    predicate: Predicate | None


def _permission(options: Namespace, action: Action) -> _Permission:
    return _Permission(
        getattr(options, f"allow_{action}_for_client"),
        getattr(options, f"allow_{action}_for_subscriber", False),
        getattr(options, f"allow_{action}_for_anonymous"),
        getattr(options, f"allow_{action}"),
    )


def _asked(predicate: Predicate, action: Action, client: Visitor, channel: str) -> bool:
    answer = predicate(client, channel)
    if inspect.isawaitable(answer):
        if inspect.iscoroutine(answer):
            answer.close()
        raise Misuse(f"allow_{action} must not wait: use a hook, hub.on_{action}, for what has to")
    return bool(answer)


def _is_json(data: Raw, decoder: msgspec.json.Decoder[Any]) -> bool:
    try:
        decoder.decode(str(data, "utf-8"))
    except (ValueError, RecursionError):
        return False
    return True


def _advice(option: str) -> str:
    if "proxy" in option:
        return ": there are no proxies here; the app's own functions are asked: hub.on_subscribe, hub.on_publish, ..."
    return nearest(option, (each.name for each in fields(Namespace) if each.init))


def nearest(name: str, names: Iterable[str]) -> str:
    """What may have been meant, for the end of a sentence; empty where nothing is near."""
    near = get_close_matches(name, [each for each in names if each], n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _is_count(value: object) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_predicate(value: object) -> bool:
    return value is None or (callable(value) and not any(is_other(value) for is_other in _NO_PREDICATES))


def _are_of(values: object, known: tuple[str, ...]) -> bool:
    return isinstance(values, Collection) and not isinstance(values, str) and all(each in known for each in values)


def _is_anything(value: object) -> bool:
    return True


_KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "bool": (lambda value: isinstance(value, bool), "True or False"),
    "int": (_is_count, "a number from 0"),
    "float": (_is_number, "a number of seconds from 0"),
    "str": (lambda value: isinstance(value, str), "a text"),
    "Predicate | None": (
        _is_predicate,
        "a plain function of client and channel (for what has to wait there are hooks)",
    ),
}
"""By an option's annotation: what fits, and how it is called."""

_NO_PREDICATES = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
"""What such functions give is always true, whatever they mean."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "force_recovery_mode": ("stream", "cache"),
    "publication_data_format": ("", "json", "json_object", "binary"),
}

NEEDS: dict[str, tuple[str, ...]] = {
    "leave_delay": ("join_leave",),
    "join_leave_per_user": ("join_leave",),
    "force_push_join_leave": ("join_leave",),
    "force_positioning": ("history_size",),
    "allow_positioning": ("history_size",),
    "force_recovery": ("history_size",),
    "allow_recovery": ("history_size",),
    "delta_publish": ("allowed_delta_types",),
    "allow_subscribe_for_anonymous": ("allow_subscribe_for_client",),
    "allow_publish_for_anonymous": ("allow_publish_for_client", "allow_publish_for_subscriber"),
    "allow_presence_for_anonymous": ("allow_presence_for_client", "allow_presence_for_subscriber"),
    "allow_history_for_anonymous": ("allow_history_for_client", "allow_history_for_subscriber"),
}
"""An option, and those of which at least one must be on for it to do anything."""

_NAME = re.compile(r"[-a-zA-Z0-9_.]{2,}")
_any_json = msgspec.json.Decoder(Raw)
_json_object = msgspec.json.Decoder(dict[str, Raw])
