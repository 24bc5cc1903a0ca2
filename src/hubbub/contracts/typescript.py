"""The contract as a file of TypeScript: a type for each model, and the published `centrifuge` SDK's client, narrowed. Pure.

It compiles under `tsc --strict`. At run time nothing of it is left but a function that gives back the client it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from .contract import Channel, Contract, Method
from .notation import UNKNOWN, Notation, documentation, union
from .schema import Payload

CLIENT = (Path(__file__).parent / "static" / "client.ts").read_text(encoding="utf-8")
"""What is the same for every hub."""

TAKEN = frozenset(re.findall(r"\b[A-Z]\w*", re.sub(r"/\*\*.*?\*/", "", CLIENT)))
"""Names that a model cannot have there."""

MADE = "// Made by `hubbub types`; what is changed by hand is lost when it is made again.\n"


def typescript(contract: Contract) -> str:
    """The file's text."""
    notation = Notation(contract.shapes.components, TAKEN)
    own = _Types(contract, notation)
    imports, wrapper = CLIENT.split("\n\n", 1)
    return "\n".join([MADE + imports, "", *(f"{each}\n" for each in [*notation.declarations(), *own]), wrapper])


def channel_type(channel: Channel, contract: Contract) -> str:
    """The type of a pattern's names: a template literal, or a string where nothing varies."""
    if not channel.pattern.names:
        return json.dumps(channel.pattern.text)
    parts = (_escaped(literal) or f"${{{_value(name, channel, contract)}}}" for literal, name in channel.pattern.parts)
    return f"`{''.join(parts)}`"


# Inside


class _Types:
    """The types that hold for this hub alone."""

    def __init__(self, contract: Contract, notation: Notation) -> None:
        self._contract = contract
        self._notation = notation

    def __iter__(self) -> Iterator[str]:
        channels = [channel_type(each, self._contract) for each in self._contract.channels]
        yield self._alias("Channel", union(channels) or "string", "The names of channels.")
        yield self._by_channel("Publication", self._given, "What subscribers of a channel are told.")
        yield self._by_channel("Publishable", self._taken, "What may be published to a channel.")
        yield self._by_channel("JoinData", self._joined, "What is given with a subscription.")
        yield self._methods()
        yield self._alias("ConnectData", self._type(self._contract.connects), "What is given when the client connects.")
        told = self._type(self._contract.tells) if self._contract.takes_messages else "never"
        yield self._alias("ClientMessage", told, "What the client may send.")

    def _alias(self, name: str, type_: str, about: str) -> str:
        return f"{documentation([about])}export type {name} ={'' if type_[0].isspace() else ' '}{type_};"

    def _by_channel(self, name: str, of: Callable[[Channel], str], about: str) -> str:
        """A type that hangs on the channel's name: the most specific pattern counts."""
        cases = "".join(
            f"\n  C extends {channel_type(each, self._contract)} ? {of(each)} :" for each in self._contract.channels
        )
        return self._alias(f"{name}<C extends Channel>", f"{cases}\n  unknown" if cases else UNKNOWN, about)

    def _given(self, channel: Channel) -> str:
        return union(self._type(each, "  ") for each in channel.gives) or UNKNOWN

    def _taken(self, channel: Channel) -> str:
        """Who may publish where no hook takes it publishes what the channel carries."""
        return self._given(channel) if channel.takes is None else self._type(channel.takes, "  ")

    def _joined(self, channel: Channel) -> str:
        return self._type(channel.joins, "  ") if channel.is_asked else UNKNOWN

    def _methods(self) -> str:
        lines = "".join(f"{self._method(each)}\n" for each in self._contract.methods)
        return f"{documentation(['What is asked and answered, by the method.'])}export interface Methods {{\n{lines}}}"

    def _method(self, method: Method) -> str:
        types = f"params: {self._type(method.asks, '  ')}; result: {self._type(method.answers, '  ')}"
        return f"{documentation(method.about.splitlines(), '  ')}  {_key(method)}: {{ {types} }};"

    def _type(self, payload: Payload | None, indent: str = "") -> str:
        """Of what is nothing, or may be, `undefined`."""
        if payload is None:
            return "undefined"
        type_ = self._notation.type_of(self._contract.shapes.of(payload), indent)
        return union([type_, "undefined"]) if payload.is_optional else type_


def _value(name: str, channel: Channel, contract: Contract) -> str:
    """What a parameter may be in a channel's name."""
    shapes = contract.shapes
    schema = shapes.follow(shapes.of(channel.parameters[name.removesuffix(":path")]))
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    if values and all(isinstance(each, str) for each in values):
        return " | ".join(map(json.dumps, values))
    return "number" if schema.get("type") == "integer" and not values else "string"


def _key(method: Method) -> str:
    """Its name; of several an index, in which nothing but text varies."""
    if method.pattern is None:
        return json.dumps(method.name)
    parts = (_escaped(literal) or "${string}" for literal, _ in method.pattern.parts)
    return f"[method: `{''.join(parts)}`]"


def _escaped(text: str) -> str:
    return re.sub(r"([`\\]|\$(?=\{))", r"\\\1", text).replace("\r", "\\r")
