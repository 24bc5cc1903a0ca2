"""A bare ASGI app that says what the path names, event by event, and keeps what the server made of it."""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope, Send

ACCEPT = {"type": "websocket.accept"}
TEXT = {"type": "websocket.send", "text": "hello"}
CLOSE = {"type": "websocket.close", "code": 4000, "reason": "done"}
START = {"type": "websocket.http.response.start", "status": 418, "headers": [(b"x-pot", b"short")]}

SCRIPTS: dict[str, list[dict[str, Any]]] = {
    "/good": [ACCEPT, TEXT, {"type": "websocket.send", "bytes": b"hello"}, CLOSE],
    "/both": [ACCEPT, {"type": "websocket.send", "text": None, "bytes": b"b"}, CLOSE],
    "/empty": [ACCEPT, {"type": "websocket.send", "text": ""}, {"type": "websocket.send", "bytes": b""}, CLOSE],
    "/no-code": [ACCEPT, {"type": "websocket.close"}],
    "/no-reason": [ACCEPT, {"type": "websocket.close", "code": 4001, "reason": None}],
    "/denied-in-parts": [
        START,
        {"type": "websocket.http.response.body", "body": b"one ", "more_body": True},
        {"type": "websocket.http.response.body", "body": b"two"},
    ],
    "/denied-without-a-body": [START, {"type": "websocket.http.response.body"}],
    "/denied-by-half": [START],
    "/send-first": [TEXT],
    "/accept-twice": [ACCEPT, ACCEPT],
    "/accept-then-deny": [ACCEPT, START],
    "/deny-then-accept": [START, ACCEPT],
    "/close-then-accept": [CLOSE, ACCEPT],
    "/unknown": [{"type": "websocket.nonsense"}],
    "/unknown-later": [ACCEPT, {"type": "websocket.nonsense"}],
    "/split": [{**ACCEPT, "headers": [(b"x-a", b"b\r\nx-c: d")]}],
    "/split-name": [{**ACCEPT, "headers": [(b"x-a: b\r\nx-c", b"d")]}],
    "/split-subprotocol": [{**ACCEPT, "subprotocol": "a\r\nx-c: d"}],
    "/split-denial": [{**START, "headers": [(b"x-a", b"b\r\nx-c: d")]}, {"type": "websocket.http.response.body"}],
    "/bad-close": [ACCEPT, {"type": "websocket.close", "code": 1005}],
    "/after-the-end": [ACCEPT, CLOSE, TEXT],
}

raised: dict[str, str] = {}
"""Path: the kind of error that the server raised."""


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Follow the script; over HTTP, tell what was raised."""
    if scope["type"] == "http":
        body = raised.pop(scope["path"], "nothing").encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})
    elif scope["type"] == "websocket":
        assert await receive() == {"type": "websocket.connect"}
        for event in SCRIPTS[scope["path"]]:
            try:
                await send(dict(event))
            except Exception as error:
                raised[scope["path"]] = "OSError" if isinstance(error, OSError) else type(error).__name__
                raise
    else:
        raise NotImplementedError("no lifespan")
