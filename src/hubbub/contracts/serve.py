"""The contract over HTTP: the page for people, its files, and the AsyncAPI document.

Both are written anew at each request: hooks may be registered after the routes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from posixpath import dirname, relpath

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ..errors import Misuse
from .asyncapi import document
from .contract import Contract
from .page import render

DOCS = "/realtime-docs"
"""Where the page is, unless somebody says."""

STATIC = Path(__file__).parent / "static"

FILES = frozenset({"docs.css", "docs.js"})

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
"""The page runs its own script, talks to this server, and to nobody else."""


def docs_routes(
    app: Starlette, contract: Callable[[], Contract], prefix: str, docs: bool | str, socket: str
) -> list[Route]:
    """The routes of the page, of its files and of the document; none where there shall be no page.

    Args:
        app: whose title and version they tell.
        contract: reads it.
        prefix: before all paths.
        docs: a path; `True` for `DOCS`, where the app shows docs of its own; `False` for none.
        socket: where clients connect by a WebSocket, behind the prefix; empty for nowhere.

    Raises:
        Misuse: the path does not begin with a slash.
    """
    path = docs if isinstance(docs, str) else DOCS if docs and _shows_its_own(app) else ""
    if not path:
        return []
    if not path.startswith("/"):
        raise Misuse(f"docs is a path, such as {DOCS!r}, not {docs!r}")
    served = _Docs(app, contract, path.rstrip("/"), socket)
    path = prefix + path.rstrip("/")
    return [
        Route(path, served.show, include_in_schema=False),
        Route(f"{path}.json", served.tell, include_in_schema=False),
        Route(f"{path}/{{file}}", served.give, include_in_schema=False),
    ]


def title_of(app: object) -> str:
    """What an app calls itself; FastAPI's does."""
    return str(getattr(app, "title", "Hubbub"))


def version_of(app: object) -> str:
    """Which version of it this is; by default FastAPI's default."""
    return str(getattr(app, "version", "0.1.0"))


def _shows_its_own(app: Starlette) -> bool:
    """FastAPI's switch: an app that hides its docs in production hides these, too."""
    return bool(getattr(app, "openapi_url", None) and getattr(app, "docs_url", None))


class _Docs:
    """The endpoints. The page's links are relative, so that they hold under any mount or proxy."""

    def __init__(self, app: Starlette, contract: Callable[[], Contract], path: str, socket: str) -> None:
        self._app = app
        self._contract = contract
        self._path = path
        self._socket = socket

    async def show(self, request: Request) -> Response:
        """Answer with the page."""
        text = render(
            self._contract(),
            title=title_of(self._app),
            version=version_of(self._app),
            base=self._path.rpartition("/")[2],
            socket=relpath(self._socket, dirname(self._path)) if self._socket else "",
        )
        return HTMLResponse(text, headers=HEADERS)

    async def tell(self, request: Request) -> Response:
        """Answer with the document."""
        scheme = "wss" if request.url.scheme == "https" else "ws"
        path = request.url.path.removesuffix(f"{self._path}.json") + self._socket
        server = f"{scheme}://{request.url.netloc}{path}" if self._socket else ""
        found = document(self._contract(), title=title_of(self._app), version=version_of(self._app), server=server)
        return JSONResponse(found, headers=HEADERS)

    async def give(self, request: Request) -> Response:
        """Answer with one of the page's files."""
        name = request.path_params["file"]
        if name not in FILES:
            raise HTTPException(404)
        return FileResponse(STATIC / name, headers=HEADERS)
