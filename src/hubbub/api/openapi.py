"""What the API tells of itself: an OpenAPI 3.1 document, made from the table of commands and the shapes in it. Pure."""

from __future__ import annotations

from typing import Any

from msgspec.json import schema_components

from .batch import BatchRequest, BatchResult, batch
from .commands import COMMANDS
from .outcome import Error

Json = dict[str, Any]

EXAMPLES: dict[str, Json] = {
    "publish": {"channel": "news", "data": {"text": "hello"}},
    "broadcast": {"channels": ["news", "sports"], "data": {"text": "hello"}},
    "subscribe": {"user": "ann", "channel": "news"},
    "unsubscribe": {"user": "ann", "channel": "news"},
    "disconnect": {"user": "ann", "disconnect": {"code": 4500, "reason": "signed out"}},
    "refresh": {"user": "ann", "expire_at": 2000000000},
    "presence": {"channel": "news"},
    "presence_stats": {"channel": "news"},
    "history": {"channel": "news", "limit": 10},
    "history_remove": {"channel": "news"},
    "channels": {"pattern": "news*"},
    "info": {},
    "rpc": {"method": "add", "params": {"a": 1, "b": 2}},
    "batch": {"commands": [{"publish": {"channel": "news", "data": 1}}, {"presence_stats": {"channel": "news"}}]},
}
"""A request of each."""

ABOUT = """\
Commands from a backend. Each is a POST with a body in JSON, to a path of its own. The answer has status 200 and either a \
`result` or an `error` with a code and a message; `batch` has a list of `replies`. A request that is no command has another \
status: 400 where the body cannot be read, and the message names the field; 401 without a key; 404, 408, 413, 415, 503.

The words are those of Centrifugo's HTTP API, so its libraries work here.\
"""

_FAULTS = {
    "400": "The body cannot be read.",
    "401": "There is no key, or it is none of ours.",
    "408": "The body does not come.",
    "413": "The body, or the batch, is too long.",
    "415": "The body is of a kind that is not taken.",
    "503": "The server is starting or stopping.",
}


def document(path: str, insecure: bool = False) -> Json:
    """The document. Its paths are relative to where it is found itself, whatever the app is mounted under.

    Args:
        path: of the API, for its title.
        insecure: whether there are no keys.
    """
    asked = {name: method.request for name, method in COMMANDS.items()} | {"batch": BatchRequest}
    given = {name: method.result for name, method in COMMANDS.items()} | {"batch": BatchResult}
    types = list(dict.fromkeys((*asked.values(), *given.values(), Error)))
    shown, schemas = schema_components(types, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(types, shown, strict=True))
    paths = {
        f"/{name}": {"post": _operation(name, schema_of[asked[name]], schema_of[given[name]], insecure)}
        for name in asked
    }
    components: Json = {"schemas": schemas, "responses": {status: _fault(text) for status, text in _FAULTS.items()}}
    described: Json = {
        "openapi": "3.1.0",
        "info": {"title": f"HTTP API of Hubbub at {path}", "version": "1", "description": ABOUT},
        "servers": [{"url": "."}],
        "paths": paths,
        "components": components,
    }
    if not insecure:
        components["securitySchemes"] = _SCHEMES
        described["security"] = [{name: []} for name in _SCHEMES]
    return described


_SCHEMES: Json = {
    "X-API-Key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "Authorization": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`apikey KEY`"},
}

_ERROR = {"$ref": "#/components/schemas/Error"}
_FAILURE = {"type": "object", "properties": {"error": _ERROR}, "required": ["error"]}


def _operation(name: str, asked: Json, given: Json, insecure: bool) -> Json:
    faults = [status for status in _FAULTS if status != "401" or not insecure]
    return {
        "operationId": name,
        "tags": [COMMANDS[name].tag if name in COMMANDS else "Batch"],
        "summary": _summary(name),
        "requestBody": {"content": {"application/json": {"schema": asked, "example": EXAMPLES[name]}}},
        "responses": {
            "200": _json("What came of it.", given if name == "batch" else _either(given)),
            **{status: {"$ref": f"#/components/responses/{status}"} for status in faults},
        },
    }


def _summary(name: str) -> str:
    do = COMMANDS[name].do if name in COMMANDS else batch
    return (do.__doc__ or "").partition("\n")[0]


def _either(given: Json) -> Json:
    success = {"type": "object", "properties": {"result": given}, "required": ["result"]}
    return {"oneOf": [success, _FAILURE]}


def _fault(text: str) -> Json:
    return _json(text, _FAILURE)


def _json(text: str, schema: Json) -> Json:
    return {"description": text, "content": {"application/json": {"schema": schema}}}
