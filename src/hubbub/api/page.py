"""The API's page: its OpenAPI document as plain HTML, without scripts, and with nothing from elsewhere. Pure."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Any

Json = dict[str, Any]

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui; --line: color-mix(in srgb, currentColor 20%, transparent) }
body { max-width: 56rem; margin: 0 auto; padding: 1rem }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; padding: 0 }
section { margin-block: 2rem }
article { margin-block: 1.5rem; padding: .25rem 1rem 1rem; border: 1px solid var(--line); border-radius: .5rem }
h3 { font-family: ui-monospace, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line) }
td { overflow-wrap: anywhere }
td:first-child { white-space: nowrap }
pre { overflow-x: auto; padding: .75rem; border: 1px solid var(--line); border-radius: .5rem }
"""

STYLE_HASH = "sha256-" + b64encode(sha256(STYLE.encode()).digest()).decode()
"""By which a content security policy knows it."""


def page(document: Json) -> bytes:
    """The page of a document."""
    info, schemas = document["info"], document["components"]["schemas"]
    by_tag: dict[str, list[str]] = {}
    for path, item in document["paths"].items():
        by_tag.setdefault(item["post"]["tags"][0], []).append(_operation(path, item["post"], schemas))
    names = [path[1:] for path in document["paths"]]
    links = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in names)
    sections = "".join(f"<section><h2>{tag}</h2>{''.join(parts)}</section>" for tag, parts in by_tag.items())
    shapes = "".join(_shape(name, schemas) for name in sorted(_referred(schemas)))
    text = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])}</title><style>{STYLE}</style></head><body>"
        f"<header><h1>{escape(info['title'])}</h1>{_paragraphs(info['description'])}"
        f'<p>The same for programs: <a href="openapi.json">openapi.json</a></p>'
        f'<nav aria-label="Commands"><ul>{links}</ul></nav></header>'
        f"<main>{sections}<section><h2>Shapes</h2>{shapes}</section></main></body></html>"
    )
    return text.encode()


def _operation(path: str, operation: Json, schemas: Json) -> str:
    body = operation["requestBody"]["content"]["application/json"]
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
    given = answer["oneOf"][0]["properties"]["result"] if "oneOf" in answer else answer
    example = json.dumps(body["example"])
    is_open = "401" not in operation["responses"]
    key = '-H "Content-Type: application/json"' if is_open else '-H "X-API-Key: $KEY"'
    curl = f"curl {key} -d '{example}' $API{path}"
    return (
        f'<article id="{path[1:]}"><h3>POST {escape(path)}</h3><p>{_marked(operation["summary"])}</p>'
        f"{_fields('It takes', body['schema'], schemas)}{_fields('It gives', given, schemas)}"
        f"<pre><code>{escape(curl)}</code></pre></article>"
    )


def _shape(name: str, schemas: Json) -> str:
    about = schemas[name].get("description", "")
    return f'<article id="shape-{name}"><h3>{name}</h3><p>{_marked(about)}</p>{_table(schemas[name])}</article>'


def _fields(title: str, schema: Json, schemas: Json) -> str:
    table = _table(schemas[_name(schema)])
    return f"<h4>{title}</h4>{table}" if table else f"<p>{title} nothing.</p>"


def _table(schema: Json) -> str:
    rows = "".join(
        f"<tr><td><code>{name}</code></td><td>{_kind(field)}</td><td>{_marked(field.get('description', ''))}</td></tr>"
        for name, field in schema["properties"].items()
    )
    head = '<tr><th scope="col">Field</th><th scope="col">Kind</th><th scope="col">What it says</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>" if rows else ""


def _kind(schema: Json) -> str:
    """What kind of value, in words; that a field may be `null` means no more than that it may be left out."""
    if "$ref" in schema:
        return f'<a href="#shape-{_name(schema)}">{_name(schema)}</a>'
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"] if each.get("type") != "null")
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema['items'])}"
        case "object":
            return f"object of {_kind(schema.get('additionalProperties', {}))}"
        case None:
            return "any JSON"
        case kind:
            return str(kind)


def _referred(schemas: Json) -> set[str]:
    """Shapes that others are made of."""
    found: set[str] = set()
    todo: list[Any] = [schema.get("properties") for schema in schemas.values()]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                found.add(_name(part))
            todo += part.values()
        elif isinstance(part, list):
            todo += part
    return found


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_marked(part)}</p>" for part in text.split("\n\n"))


def _marked(text: str) -> str:
    """Text in which `this` is code."""
    parts = escape(text, quote=False).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
