"""The contract as a page of HTML: channels and methods, what goes in and out, and forms by which it is tried. Pure.

What it says is there without a script; the script, `static/docs.js`, makes the forms work.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from string import Template

from .asyncapi import keys
from .contract import Channel, Contract, Method
from .example import example
from .notation import UNKNOWN, Notation, facts, union
from .schema import Payload, Schema

TEMPLATE = Template((Path(__file__).parent / "static" / "docs.html").read_text(encoding="utf-8"))


def render(contract: Contract, *, title: str, version: str, base: str, socket: str) -> str:
    """The page.

    Args:
        contract: what it shows.
        title: the app's.
        version: the app's.
        base: what the page's own address ends in: its files lie below.
        socket: where clients connect, as seen from the page; empty where they cannot by a WebSocket.
    """
    page = _Page(contract)
    return TEMPLATE.substitute(
        title=escape(title),
        version=escape(version),
        base=escape(base),
        socket=escape(socket),
        data=page.field("data", "Data", contract.connects) if contract.connects else "",
        channels=_section("channels", "Channels", map(page.channel, contract.channels)),
        methods=_section("methods", "Remote calls", map(page.method, contract.methods)),
        messages=_section("messages", "Messages", page.messages()),
        schemas=_section("schemas", "Schemas", page.schemas()),
    )


class _Page:
    """Its parts.

    Args:
        contract: what it shows.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._shapes = contract.shapes
        self._notation = Notation(contract.shapes.components)
        self._keys = keys(contract)

    def channel(self, channel: Channel) -> str:
        """A pattern: hear what is published, and publish."""
        name = channel.pattern.text
        key = self._keys[name]
        said = [self._subscribe(channel)]
        if channel.takes is not None:
            said.append(self._publish(channel, channel.takes))
        head = f"<h3><code>{escape(name)}</code></h3>{_text(channel.about)}"
        return f'<article id="channel-{key}">{head}{"".join(said)}</article>'

    def method(self, method: Method) -> str:
        """A remote call."""
        asks = self.field("data", "Data", method.asks) if method.asks else ""
        told = self._told("Result", [method.answers]) if method.answers else "<p>It answers with no data.</p>"
        form = self._call(method, asks) + _output(f"What {method.name} answered")
        return _operation("rpc", method.name, method.about, form + told, id=self._keys[f"rpc {method.name}"])

    def messages(self) -> Iterator[str]:
        """What belongs to no channel."""
        if self._contract.takes_messages:
            tells = self._contract.tells
            field = self.field("data", "Data", tells) if tells else ""
            form = _form("send", "Send", field) + _output("What came of it")
            yield _operation("send", "message", "", form, id="message")

    def schemas(self) -> Iterator[str]:
        """The named types."""
        for name, text in zip(self._shapes.components, self._notation.declarations(), strict=True):
            shown = escape(text.replace("export ", "", 1))
            yield f'<details id="schema-{name}"><summary><code>{escape(name)}</code></summary><pre>{shown}</pre></details>'

    def field(self, name: str, label: str, payload: Payload) -> str:
        """Where a payload is typed, filled with an example."""
        schema = self._shapes.of(payload)
        shown = "" if payload.is_optional and not schema else json.dumps(example(schema, self._shapes), indent=2)
        rows = min(12, shown.count("\n") + 2)
        hint = self._type([payload]) + (", or nothing" if payload.is_optional else "")
        return (
            f'<label>{label} <code class="type">{escape(hint)}</code>'
            f'<textarea name="{name}" rows="{rows}" spellcheck="false">{escape(shown)}</textarea></label>'
        )

    # Inside

    def _call(self, method: Method, asks: str) -> str:
        if method.pattern is None:
            return _form("rpc", "Call", asks, method=method.name)
        values = "".join(self._parameter(name, {"type": "string"}) for name in method.pattern.names)
        return _form("rpc", "Call", values + asks, pattern=method.name)

    def _subscribe(self, channel: Channel) -> str:
        field = self.field("data", "Data", channel.joins) if channel.joins else ""
        form = _form("subscribe", "Subscribe", self._parameters(channel) + field, channel=channel.pattern.text)
        log = f'<ol class="log" role="log" aria-label="Publications of {escape(channel.pattern.text)}"></ol>'
        return _operation(
            "subscribe", channel.pattern.text, channel.hears, form + log + self._told("Publications", channel.gives)
        )

    def _publish(self, channel: Channel, takes: Payload) -> str:
        fields = self._parameters(channel) + self.field("data", "Data", takes)
        form = _form("publish", "Publish", fields, channel=channel.pattern.text)
        return _operation("publish", channel.pattern.text, channel.says, form + _output("What came of it"))

    def _parameters(self, channel: Channel) -> str:
        of = self._shapes.of
        return "".join(self._parameter(name, of(payload)) for name, payload in channel.parameters.items())

    def _parameter(self, name: str, schema: Schema) -> str:
        schema = self._shapes.follow(schema)
        label, field = f"<label><code>{escape(name)}</code>", f"parameter.{escape(name)}"
        if "enum" in schema:
            options = "".join(f"<option>{escape(str(each))}</option>" for each in schema["enum"])
            return f'{label}<select name="{field}">{options}</select></label>'
        told = escape("; ".join([self._notation.type_of(schema), *facts(schema)]))
        shown = escape(str(example(schema, self._shapes)))
        return f'{label} <code class="type">{told}</code><input name="{field}" value="{shown}" required></label>'

    def _told(self, label: str, payloads: Iterable[Payload]) -> str:
        """The type of what comes, with an example."""
        schemas: list[Schema] = [self._shapes.of(each) for each in payloads]
        type_ = union(self._notation.type_of(each) for each in schemas) or UNKNOWN
        shown = [json.dumps(example(each, self._shapes), indent=2) for each in schemas if each]
        examples = "".join(f"<pre>{escape(each)}</pre>" for each in dict.fromkeys(shown))
        return f'<div class="told"><h4>{label} <code class="type">{escape(type_)}</code></h4>{examples}</div>'

    def _type(self, payloads: Iterable[Payload]) -> str:
        return union(self._notation.type_of(self._shapes.of(each)) for each in payloads) or UNKNOWN


def _section(id: str, title: str, parts: Iterable[str]) -> str:
    """A part of the page; nothing where nothing is in it."""
    inner = "\n".join(parts)
    heading = f'<h2 id="{id}-title">{title}</h2>'
    return f'<section id="{id}" aria-labelledby="{id}-title">{heading}\n{inner}\n</section>' if inner else ""


def _operation(verb: str, name: str, about: str, inner: str, id: str = "") -> str:
    first, _, rest = about.partition("\n")
    attribute = f' id="operation-{id}"' if id else ""
    word = f'<span class="verb {verb}">{verb}</span> <code>{escape(name)}</code> <span class="about">{escape(first)}</span>'
    return f"<details{attribute}><summary>{word}</summary>{_text(rest)}{inner}</details>"


def _form(do: str, button: str, fields: str, **data: str) -> str:
    told = "".join(f' data-{name}="{escape(value)}"' for name, value in data.items())
    return f'<form data-do="{do}"{told}>{fields}<p><button>{button}</button></p></form>'


def _output(label: str) -> str:
    return f'<output aria-label="{escape(label)}"></output>'


def _text(text: str) -> str:
    """Paragraphs."""
    return "".join(f"<p>{escape(each)}</p>" for each in text.strip().split("\n\n") if each.strip())
