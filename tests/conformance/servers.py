"""The servers that are held against the cases: the native socket in its uses, and the ASGI twin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.serving import NATIVE_UVICORN, UVICORN, serve

SERVERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "iterating": ("tests.conformance.apps:iterating", NATIVE_UVICORN),
    "forwarding": ("tests.conformance.apps:forwarding", NATIVE_UVICORN),
    "asgi": ("tests.conformance.apps:iterating", (*UVICORN, "--ws", "websockets-sansio", "--ws-max-size", "20971520")),
}
"""Name: the app, and the command that serves it."""

COMPRESSING: dict[str, tuple[str, tuple[str, ...]]] = {
    "afresh": ("tests.conformance.apps:afresh", NATIVE_UVICORN),
    "context": ("tests.conformance.apps:context", NATIVE_UVICORN),
}
"""Those that compress. Over ASGI it is the server in front that does."""


@contextmanager
def serving(name: str) -> Iterator[str]:
    """Serve the one of that name; gives its address."""
    app, command = (SERVERS | COMPRESSING)[name]
    with serve(app, "--lifespan", "off", "--log-level", "critical", command=command) as server:
        yield server.url("/")
