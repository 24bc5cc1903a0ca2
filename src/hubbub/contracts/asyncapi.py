"""The contract as an AsyncAPI 3.0 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0). Pure.

Its operations are the app's: it `send`s publications to subscribers, and `receive`s what clients publish, ask and tell.
What is no channel of the hub, a remote call or the connection itself, is a channel without an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .contract import Channel, Contract, Method
from .example import example
from .schema import Payload, Schema, Shapes, inside

ASYNCAPI = "3.0.0"

CONNECTION = "connection"

Document = dict[str, Any]


def document(contract: Contract, *, title: str, version: str, description: str = "", server: str = "") -> Document:
    """The document.

    Args:
        contract: what is said.
        title: the app's.
        version: the app's.
        description: a word on it.
        server: where clients connect, for example `wss://example.com/connection/websocket`; empty where nobody knows.
    """
    parts = list(_parts(contract))
    return {
        "asyncapi": ASYNCAPI,
        "info": {"title": title, "version": version, **_filled(description=description)},
        "defaultContentType": "application/json",
        **({"servers": {"hub": _server(server)}} if server else {}),
        "channels": {part.key: part.channel for part in parts},
        "operations": {key: each for part in parts for key, each in part.operations.items()},
        "components": {"schemas": {name: plain(each) for name, each in contract.shapes.components.items()}},
    }


def keys(contract: Contract) -> Mapping[str, str]:
    """For the connection, each pattern's text and each method (`rpc NAME`) a key that nothing else has, good for HTML too."""
    names = (each.pattern.text for each in contract.channels)
    return slugs([CONNECTION, *names, *(f"rpc {method.name}" for method in contract.methods)])


def slugs(names: Iterable[str]) -> dict[str, str]:
    """For each name one of letters, digits and `_`; no two are the same."""
    found: dict[str, str] = {}
    for name in names:
        slug = base = re.sub(r"[^0-9A-Za-z]+", "_", name).strip("_") or "any"
        number = 2
        while slug in found.values():
            slug, number = f"{base}_{number}", number + 1
        found[name] = slug
    return found


def plain(schema: Schema) -> Schema:
    """A schema of JSON Schema 2020-12 in the words of draft 7, on which AsyncAPI's own schemas are built."""
    found = inside(schema, plain)
    found.pop("discriminator", None)  # OpenAPI's; the values of the tags are in the schemas themselves
    if "prefixItems" in found:
        others, first = found.pop("items", True), found.pop("prefixItems")
        found |= {"items": first, "additionalItems": others} if first else {"items": others}
    if "$ref" in found and len(found) > 1:  # draft 7 overlooks what stands beside a reference
        found["allOf"] = [{"$ref": found.pop("$ref")}, *found.get("allOf", ())]
    return found


# Inside


class _Part(NamedTuple):
    """A channel and its operations."""

    key: str
    channel: Document
    operations: Document


def _parts(contract: Contract) -> Iterator[_Part]:
    key_of = keys(contract)
    if contract.connects is not None or contract.takes_messages:
        yield _connection(contract)
    for channel in contract.channels:
        yield _channel(key_of[channel.pattern.text], channel, contract.shapes)
    for method in contract.methods:
        yield _method(key_of[f"rpc {method.name}"], method, contract.shapes)


def _connection(contract: Contract) -> _Part:
    """What belongs to no channel."""
    said = {"connect": contract.connects, "message": contract.tells}
    messages = {name: _message(name, contract.shapes, each) for name, each in said.items() if each is not None}
    channel = {"address": None, "title": "The connection", "messages": messages}
    return _Part(CONNECTION, channel, {name: _operation("receive", CONNECTION, name) for name in messages})


def _channel(key: str, channel: Channel, shapes: Shapes) -> _Part:
    """One pattern: what its subscribers hear, what they give when they subscribe, and what is published."""
    said = {"subscribe": channel.joins, "publish": channel.takes}
    messages = {"publication": _message("publication", shapes, *channel.gives)}
    messages |= {name: _message(name, shapes, each) for name, each in said.items() if each is not None}
    names = slugs(channel.pattern.names)
    address = "".join(literal or f"{{{names[name.removesuffix(':path')]}}}" for literal, name in channel.pattern.parts)
    parameters = {names[name]: _parameter(name, each, channel, shapes) for name, each in channel.parameters.items()}
    made = {"address": address, "title": channel.pattern.text, "messages": messages}
    told = {"publication": channel.hears, "publish": channel.says}
    operations = {
        f"{key}.{name}": _operation("send" if name == "publication" else "receive", key, name, told.get(name, ""))
        for name in messages
    }
    return _Part(key, made | _filled(description=channel.about, parameters=parameters), operations)


def _method(key: str, method: Method, shapes: Shapes) -> _Part:
    """A remote call: what goes in and what comes out."""
    request = _message("request", shapes, *([method.asks] if method.asks else []))
    reply = _message("reply", shapes, *([method.answers] if method.answers else []))
    channel = {"address": None, "title": method.name, "messages": {"request": request, "reply": reply}}
    answer = {"channel": _to("channels", key), "messages": [_to("channels", key, "messages", "reply")]}
    operation = _operation("receive", key, "request", method.about)
    return _Part(key, channel, {key: operation | {"title": method.name, "reply": answer}})


def _operation(action: str, channel: str, message: str, about: str = "") -> Document:
    return {
        "action": action,
        "channel": _to("channels", channel),
        "messages": [_to("channels", channel, "messages", message)],
        **_filled(summary=about.partition("\n")[0], description=about),
    }


def _message(name: str, shapes: Shapes, *payloads: Payload) -> Document:
    """One whose payload is one of these; nothing is known of it where there are none."""
    schemas = [shapes.of(payload) for payload in payloads]
    if not schemas:
        return {"name": name}
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    shown = example(schema, shapes)
    examples = [] if shown is None else [{"payload": shown}]
    return {"name": name, "payload": plain(schema), **_filled(examples=examples)}


def _parameter(name: str, payload: Payload, channel: Channel, shapes: Shapes) -> Document:
    """A parameter is text there: of its schema the values that it may have are left, and a word."""
    schema = shapes.follow(shapes.of(payload))
    values = [str(each) for each in schema.get("enum", ())]
    told = [schema.get("description", ""), "" if values else str(schema.get("type", ""))]
    told.append("may contain colons" if f"{{{name}:path}}" in channel.pattern.text else "")
    return _filled(enum=values, description="; ".join(filter(None, told)))


def _server(url: str) -> Document:
    parts = urlsplit(url)
    return {
        "host": parts.netloc,
        "pathname": parts.path,
        "protocol": parts.scheme,
        "description": "Clients speak the Centrifuge client protocol, by one of its SDKs.",
    }


def _to(*path: str) -> dict[str, str]:
    return {"$ref": "#/" + "/".join(path)}


def _filled(**values: Any) -> Document:
    """Those that are not empty."""
    return {name: value for name, value in values.items() if value}
