"""Requests to open a WebSocket, good and bad: a row for each, and each row however its bytes arrive."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import KEY, Wire, frame, head, upgrade, upgrade_lines
from tests.faults.witness import cpu_grows_by_less_than


@dataclass(frozen=True)
class Probe:
    """A request and what must come of it.

    Args:
        name: of the row.
        request: the bytes.
        status: of the response.
        says: a word that the response's body must have.
        headers: that the response must have.
    """

    name: str
    request: bytes
    status: int
    says: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def at_once(wire: Wire, request: bytes) -> None:
    """The whole request in one segment."""
    wire.send(request)


def byte_by_byte(wire: Wire, request: bytes) -> None:
    """Each byte in a segment of its own; more bytes, where it would take longer than the deadline of a head."""
    wire.send_in(max(1, len(request) // 1000), request)


def behind_a_request(wire: Wire, request: bytes) -> None:
    """On a connection that has carried an HTTP request before."""
    assert wire.send(head("Host: localhost", first="GET / HTTP/1.1")).response().body == b"a page"
    wire.send(request)


ARRIVALS: list[Callable[[Wire, bytes], None]] = [at_once, byte_by_byte, behind_a_request]

GET = "GET /echo HTTP/1.1"
NOT_A_HOST = ["", "a/b", "a?b", "a#b", "user@host", "a b", "a,b", "a\\b", "[::1", "a:b", "a:80:80"]

GOOD = [
    Probe("plain", upgrade(), 101, headers={"upgrade": "websocket", "connection": "Upgrade"}),
    Probe("accept token", upgrade(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="), 101,
          headers={"sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="}),
    Probe("Connection is a list", upgrade(Connection="keep-alive, Upgrade"), 101),
    Probe("Connection twice", upgrade("/echo", "Connection: keep-alive"), 101),
    Probe("names and words in any case", upgrade(Upgrade="WebSocket", Connection="UPGRADE"), 101),
    Probe("empty Sec-WebSocket-Protocol", upgrade(Sec_WebSocket_Protocol=""), 101),
    Probe("extensions are not agreed on", upgrade(Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits"), 101),
    Probe("Content-Length of nothing", upgrade(Content_Length="0"), 101),
    Probe("byte 85 in a value", upgrade("/echo", b"X-Name: a\x85b"), 101),
    Probe("bytes beyond ASCII in a value", upgrade("/echo", "X-Name: \xe9\xff"), 101),
    Probe("tab in a value", upgrade("/echo", b"X-Name: a\tb"), 101),
    Probe("spaces around values", head(*(line.replace(": ", ": \t ") + " \t" for line in upgrade_lines()), first=GET), 101),
    Probe("no space behind colons", head(*(line.replace(": ", ":") for line in upgrade_lines()), first=GET), 101),
    Probe("absolute address of its own Host", head(*upgrade_lines(), first="GET http://localhost/echo HTTP/1.1"), 101),
    Probe("Host with a port", upgrade(Host="localhost:8000"), 101),
    Probe("Host is an address", upgrade(Host="[::1]:8000"), 101),
]  # fmt: skip

BAD = [
    *(Probe(f"method {method}", head(*upgrade_lines(), first=f"{method} /echo HTTP/1.1"), 405, "GET", {"allow": "GET"})
      for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH")),
    Probe("version 8", upgrade(Sec_WebSocket_Version="8"), 426, "13", {"sec-websocket-version": "13"}),
    Probe("version 013", upgrade(Sec_WebSocket_Version="013"), 426, "13", {"sec-websocket-version": "13"}),
    Probe("two versions", upgrade("/echo", "Sec-WebSocket-Version: 8"), 426, "13", {"sec-websocket-version": "13"}),
    Probe("no version", upgrade(Sec_WebSocket_Version=None), 400, "Sec-WebSocket-Version"),
    Probe("no key", upgrade(Sec_WebSocket_Key=None), 400, "Sec-WebSocket-Key"),
    Probe("empty key", upgrade(Sec_WebSocket_Key=""), 400, "Sec-WebSocket-Key"),
    Probe("two keys", upgrade("/echo", f"Sec-WebSocket-Key: {KEY}"), 400, "Sec-WebSocket-Key"),
    Probe("key of 15 bytes", upgrade(Sec_WebSocket_Key=b64encode(bytes(15)).decode()), 400, "Sec-WebSocket-Key"),
    Probe("key of 17 bytes", upgrade(Sec_WebSocket_Key=b64encode(bytes(17)).decode()), 400, "Sec-WebSocket-Key"),
    Probe("key without padding", upgrade(Sec_WebSocket_Key=KEY.rstrip("=")), 400, "Sec-WebSocket-Key"),
    Probe("key that is no base64", upgrade(Sec_WebSocket_Key="!" * 24), 400, "Sec-WebSocket-Key"),
    Probe("no Host", upgrade(Host=None), 400, "Host"),
    Probe("two Hosts", upgrade("/echo", "Host: localhost"), 400, "Host"),
    *(Probe(f"Host {host!r}", upgrade(Host=host), 400, "Host") for host in NOT_A_HOST),
    Probe("absolute address of another Host", head(*upgrade_lines(), first="GET http://other/echo HTTP/1.1"), 400, "Host"),
    Probe("HTTP/1.0", head(*upgrade_lines(), first="GET /echo HTTP/1.0"), 400, "HTTP/1.1"),
    Probe("fragment in the target", upgrade("/echo#here"), 400, "fragment"),
]  # fmt: skip

UNREADABLE = [
    Probe("Upgrade is a list", upgrade(Upgrade="websocket, h2c"), 400, "Upgrade"),
    Probe("Connection without upgrade", upgrade(Connection="keep-alive"), 400, "Connection"),
    Probe("no Connection", upgrade(Connection=None), 400, "Connection"),
    Probe("HTTP/2.0", head(*upgrade_lines(), first="GET /echo HTTP/2.0"), 400),
    Probe("HTTP/1.10", head(*upgrade_lines(), first="GET /echo HTTP/1.10"), 400),
    Probe("no version of HTTP", head(*upgrade_lines(), first="GET /echo"), 400),
    Probe("method in small letters", head(*upgrade_lines(), first="get /echo HTTP/1.1"), 405),
    Probe("two spaces in the first line", head(*upgrade_lines(), first="GET  /echo HTTP/1.1"), 400),
    Probe("space in the target", head(*upgrade_lines(), first="GET /ec ho HTTP/1.1"), 400),
    Probe("byte 80 in the target", head(*upgrade_lines(), first="GET /\x80 HTTP/1.1"), 400),
    Probe("target is a star", head(*upgrade_lines(), first="GET * HTTP/1.1"), 400),
    *(Probe(f"byte {byte:02x} in a value", upgrade("/echo", b"X-Name: a%cb" % byte), 400)
      for byte in (0x00, 0x08, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x7F)),
    Probe("bare LF in a value", upgrade("/echo", b"X-Name: a\nX-Other: b"), 400),
    Probe("bare LF behind a header", upgrade().replace(b"Upgrade\r\n", b"Upgrade\n"), 400),
    Probe("bare CR behind a header", upgrade().replace(b"Upgrade\r\n", b"Upgrade\r"), 400),
    Probe("folded line", upgrade("/echo", "X-Name: a", " b"), 400),
    Probe("folded line at first", head(" X-Name: a", *upgrade_lines(), first=GET), 400),
    Probe("space before a colon", upgrade("/echo", "X-Name : a"), 400),
    Probe("no colon", upgrade("/echo", "X-Name"), 400),
    Probe("no name", upgrade("/echo", ": a"), 400),
    Probe("no token for a name", upgrade("/echo", "X(Name): a"), 400),
    Probe("129 headers", upgrade("/echo", *(f"X-{n}: a" for n in range(124))), 431),
    Probe("5,000 headers", upgrade("/echo", *("X: a" for _ in range(5000))), 431),
    Probe("a head of 40 kB", upgrade("/echo", "X-Name: " + 40_000 * "a"), 431),
    Probe("64 kB of commas", upgrade(Sec_WebSocket_Protocol=64_000 * ","), 431),
]  # fmt: skip

BODIES = [
    Probe("Content-Length", upgrade(Content_Length="5") + b"hello", 400, "body"),
    Probe("Content-Length, and the body does not come", upgrade(Content_Length="5"), 400, "body"),
    Probe("chunked", upgrade(Transfer_Encoding="chunked") + b"5\r\nhello\r\n0\r\n\r\n", 400, "body"),
    Probe("chunked, and no chunk comes", upgrade(Transfer_Encoding="chunked"), 400, "body"),
    Probe("both", upgrade(Content_Length="5", Transfer_Encoding="chunked") + b"0\r\n\r\n", 400),
    Probe("Content-Length twice", upgrade("/echo", "Content-Length: 0", Content_Length="0"), 400),
    Probe("Content-Length with a sign", upgrade(Content_Length="+0"), 400),
    Probe("Content-Length in hexadecimal", upgrade(Content_Length="0x0"), 400),
    Probe(
        "a request as the body", upgrade(Content_Length="43") + head("Host: localhost", first="GET /page HTTP/1.1"), 400
    ),
]

ROWS = [pytest.param(probe, id=probe.name) for probe in [*GOOD, *BAD, *UNREADABLE, *BODIES]]


@pytest.mark.parametrize("arrive", ARRIVALS)
@pytest.mark.parametrize("probe", ROWS)
def test_a_request_is_answered_as_the_table_says(
    victim: Victim, probe: Probe, arrive: Callable[[Wire, bytes], None]
) -> None:
    with victim.connect() as wire:
        arrive(wire, probe.request)
        response = wire.response()
        assert response.status == probe.status, response
        assert probe.says in response.body.decode()
        assert response.headers | probe.headers == response.headers
        assert "sec-websocket-extensions" not in response.headers
        if probe.status == 101:
            wire.echo()
            assert wire.finish() == 1000
        else:
            assert wire.rest() == b"", "something else was answered behind the refusal"


def test_a_pipelined_request_is_never_answered(victim: Victim) -> None:
    second = head("Host: localhost", first="GET / HTTP/1.1")
    with victim.connect() as wire:
        assert wire.send(upgrade(), second).response().status == 101
        assert wire.closed() == 1002


@pytest.mark.parametrize("arrive", ARRIVALS)
def test_nothing_is_heard_behind_a_refusal(victim: Victim, arrive: Callable[[Wire, bytes], None]) -> None:
    with victim.connect() as wire:
        arrive(wire, upgrade(Sec_WebSocket_Version="8"))
        assert wire.response().status == 426
        wire.send(upgrade(), head("Host: localhost", first="GET / HTTP/1.1"))
        assert wire.rest() == b""


def test_frames_that_come_with_the_request_are_heard(victim: Victim) -> None:
    with victim.connect() as wire:
        assert wire.send(upgrade(), frame(1, b"early")).response().status == 101
        assert wire.message() == b"early"


def test_a_list_of_commas_costs_no_time(victim: Victim) -> None:
    with cpu_grows_by_less_than(0.3, victim.pid), victim.connect() as wire:
        response = wire.send(upgrade("/subprotocols", Sec_WebSocket_Protocol=30_000 * ",")).response()
        assert response.status == 101


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ("chat", "chat"),
        ("superchat, chat", "chat"),
        ("superchat", "superchat"),
        ("other", None),
        ("Chat", None),
        (",,superchat,,", "superchat"),
        ("chat\x85", None),
    ],
)
def test_a_subprotocol_is_chosen_in_the_order_of_the_server(victim: Victim, offered: str, chosen: str | None) -> None:
    with victim.connect() as wire:
        response = wire.send(upgrade("/subprotocols", Sec_WebSocket_Protocol=offered)).response()
        assert (response.status, response.headers.get("sec-websocket-protocol")) == (101, chosen)


def test_an_upgrade_to_something_else_is_plain_http(victim: Victim) -> None:
    with victim.connect() as wire:
        response = wire.send(upgrade(Upgrade="h2c")).response()
        assert (response.status, response.body) == (200, b"a page")


def test_two_requests_at_once_are_both_answered(victim: Victim) -> None:
    with victim.connect() as wire:
        wire.send(2 * head("Host: localhost", first="GET / HTTP/1.1"))
        assert [wire.response().body, wire.response().body] == [b"a page", b"a page"]
        wire.send(head("Host: localhost", "Connection: close", first="GET / HTTP/1.1"))
        assert wire.response().body == b"a page"
        assert wire.rest() == b""
