"""Who may come in over HTTP: origins, hosts, methods, and how much they may bring. Called as a server would, with no server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Receive, Send

from hubbub.sockets.terms import AcceptOptions
from hubbub.transports.door import Door, media_type, read_body, say

SITE = "https://app.example"


class Echo(Door):
    """Says how many bytes came."""

    methods = ("GET", "POST")
    timeout = 5.0

    async def serve(self, connection: HTTPConnection, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        """Read, and answer."""
        body = await read_body(connection, receive, 10, self.timeout)
        await say(send, 200, {**headers, "x-read": str(len(body))})


class Answer:
    """What was sent."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        """Keep it."""
        self.sent.append(message)

    @property
    def text(self) -> str:
        """The body."""
        return "".join(message.get("body", b"").decode() for message in self.sent)

    @property
    def status(self) -> int:
        """Of the response."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        """Of the response."""
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}


async def ask(
    method: str = "GET",
    pieces: Iterable[bytes] = (b"",),
    options: AcceptOptions | None = None,
    version: str = "1.1",
    **headers: str,
) -> Answer:
    """A request, and its answer."""
    raw = [
        (name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "app.example", **headers}.items()
    ]
    scope = {
        "type": "http",
        "method": method,
        "scheme": "https",
        "path": "/",
        "headers": raw,
        "client": ("::1", 1),
        "http_version": version,
    }
    waiting = list(pieces)

    async def receive() -> Any:
        if not waiting:
            await asyncio.Event().wait()
        body = waiting.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(waiting)} if body != b"gone" else _GONE

    answer = Answer()
    await Echo(options or {})(scope, receive, answer.send)
    return answer


_GONE = {"type": "http.disconnect"}


async def test_a_client_that_is_no_browser_and_a_page_of_ours_may_ask() -> None:
    assert (await ask()).status == 200
    assert (await ask(sec_fetch_site="same-origin")).status == 200
    ours = await ask("POST", origin=SITE)
    assert (ours.status, ours.headers["access-control-allow-origin"], ours.headers["vary"]) == (200, SITE, "Origin")


async def test_a_page_of_another_origin_may_if_it_is_named_and_its_browser_is_told_so() -> None:
    refused = await ask("POST", origin="https://evil.example")
    assert (refused.status, "access-control-allow-origin" in refused.headers) == (403, False)
    assert "allow it with accept(origins=['https://evil.example'])" in refused.text
    elsewhere = await ask("POST", options={"remedy": "PAGES += {value}"}, origin="https://evil.example")
    assert "allow it with PAGES += 'https://evil.example'" in elsewhere.text
    named = await ask("POST", options={"origins": ["https://*.example"]}, origin="https://other.example")
    assert named.status == 200
    assert named.headers["access-control-allow-origin"] == "https://other.example"
    assert named.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_request_with_cookies_that_asks_for_no_cors_is_not_from_a_page_of_ours(site: str) -> None:
    """`<img src="https://app.example/connection/sse?cf_connect=...">` has no Origin, and would act for its reader."""
    assert (await ask(sec_fetch_site=site)).status == 403


async def test_a_browser_asks_first() -> None:
    asked: Any = {
        "origin": SITE,
        "access_control_request_method": "POST",
        "access_control_request_headers": "content-type",
    }
    told = await ask("OPTIONS", **asked)
    assert told.status == 204
    assert told.headers["access-control-allow-methods"] == "GET, POST, OPTIONS"
    assert told.headers["access-control-allow-headers"] == "content-type"
    assert told.headers["access-control-max-age"] == "300"
    assert (await ask("OPTIONS", **{**asked, "origin": "https://evil.example"})).status == 403
    plain = await ask("OPTIONS")
    assert (plain.status, plain.headers["allow"]) == (204, "GET, POST, OPTIONS")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "HEAD"])
async def test_another_method_is_told_which_there_are(method: str) -> None:
    answer = await ask(method, origin=SITE)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")
    assert answer.headers["access-control-allow-origin"] == SITE


async def test_a_foreign_host_is_none_of_ours() -> None:
    assert (await ask(options={"hosts": ["app.example"]})).status == 200
    assert (await ask(options={"hosts": ["other.example"]})).status == 421


async def test_a_body_has_a_bound_announced_or_not() -> None:
    assert (await ask("POST", [b"12345", b"67890"])).headers["x-read"] == "10"
    assert (await ask("POST", [b"12345", b"678901"])).status == 413
    assert (await ask("POST", content_length="11")).status == 413
    assert (await ask("POST", content_length="-1")).status == 413


async def test_and_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Echo, "timeout", 0.01)
    answer, over_http2 = await ask("POST", []), await ask("POST", [], version="2")
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert (over_http2.status, "connection" in over_http2.headers) == (408, False)  # RFC 9113 section 8.2.2


async def test_who_is_gone_is_told_nothing() -> None:
    assert (await ask("POST", [b"1", b"gone"])).sent == []


async def test_headers_of_the_app_go_with_every_answer() -> None:
    assert (await ask(options={"headers": {"X-Own": "1"}})).headers["x-own"] == "1"


def test_a_media_type_is_read_without_its_parameters() -> None:
    scope = {"type": "http", "headers": [(b"content-type", b"Application/JSON; charset=utf-8")]}
    assert media_type(HTTPConnection(scope)) == "application/json"
    assert media_type(HTTPConnection({"type": "http", "headers": []})) == ""
