"""What comes into the log from the network: no secret of a query string, one line for one thing, each with a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest

from tests.faults.conftest import APP
from tests.faults.wire import CLOSE, TEXT, Wire, close_payload, frame, head, upgrade, upgrade_lines
from tests.serving import Server, serve, wait_until

SECRET = "open-sesame"
TOKEN = f"?token={SECRET}"

LONGEST = 1000
"""Characters of a line; a user agent, a path and a reason are cut long before."""


def accepted(wire: Wire) -> None:
    """A socket that lives and dies."""
    wire.open(f"/echo{TOKEN}").echo()
    wire.finish()


def failed(wire: Wire) -> None:
    """A handler that fails, with its trace in the log."""
    wire.open(f"/crash{TOKEN}").closed()


def at_fault(wire: Wire) -> None:
    """A peer that breaks a rule."""
    wire.open(f"/echo{TOKEN}").send(frame(TEXT, b"\xff")).closed()


def split(wire: Wire) -> None:
    """A handler whose answer may not be sent."""
    wire.send(upgrade(f"/splitting{TOKEN}&by=refusal")).response()


def lost(wire: Wire) -> None:
    """A peer that is gone."""
    wire.open(f"/echo{TOKEN}").reset()


def refused_by(*more: str, path: str = f"/echo{TOKEN}", **changes: str | None) -> Callable[[Wire], None]:
    """An upgrade that is refused."""

    def ask(wire: Wire) -> None:
        assert wire.send(upgrade(path, *more, **changes)).response().status >= 400

    return ask


def another_host(wire: Wire) -> None:
    """An address that is not ours."""
    wire.send(head(*upgrade_lines(), first=f"GET http://other/echo{TOKEN} HTTP/1.1")).response()


WITH_A_TOKEN: dict[str, Callable[[Wire], None]] = {
    "accepted": accepted,
    "failed": failed,
    "at fault": at_fault,
    "split response": split,
    "lost": lost,
    "refused by the app": refused_by(path=f"/refuse{TOKEN}"),
    "no such path": refused_by(path=f"/nowhere{TOKEN}"),
    "refused for its origin": refused_by(Origin="http://evil.org"),
    "refused for its host": refused_by(path=f"/hosts{TOKEN}"),
    "no WebSocket": refused_by(Sec_WebSocket_Version="8"),
    "no key": refused_by(Sec_WebSocket_Key=None),
    "a fragment": refused_by(path=f"/echo{TOKEN}#{SECRET}"),
    "no header": refused_by(f"X({SECRET})"),
    "another host": another_host,
}

FOREIGN = "line\r\nINFO:     a line of the attacker's \x1b[31m\x9b1m\x85\u2028\ud800 end"
"""What would make a second line, move the cursor, or cannot be encoded at all."""

LONG = 20_000 * "x"


def agent(text: str) -> Callable[[Wire], None]:
    """A user agent of so many strange characters, as far as a header may have them."""
    allowed = "".join(c for c in text if c >= " " and c < "\u0100" and c != "\x7f")

    def ask(wire: Wire) -> None:
        wire.open("/echo", f"User-Agent: {allowed}").finish()

    return ask


def path(text: str) -> Callable[[Wire], None]:
    """A path that is nobody's."""
    return refused_by(path="/" + quote(text.encode("utf-8", "surrogatepass")))


def reason(text: str) -> Callable[[Wire], None]:
    """A Close with a reason."""

    def ask(wire: Wire) -> None:
        payload = close_payload(4000, text.encode("utf-8", "ignore")[:120])
        wire.open().send(frame(CLOSE, payload)).closed()

    return ask


# from where, with what; and how many lines tell of it
INJECTED: list[tuple[str, Callable[[Wire], None], int]] = [
    ("user agent", agent(FOREIGN), 2),
    ("long user agent", agent(LONG), 2),
    ("path", path(FOREIGN), 1),
    ("long path", path(LONG), 1),
    ("reason", reason(FOREIGN), 2),
    ("origin", refused_by(Origin="http://evil.org\x85\x9b"), 1),
    ("long origin", refused_by(Origin="http://evil.org" + LONG), 1),
    ("host", refused_by(path="/hosts", Host="evil.org" + LONG[:9000]), 1),
]


@pytest.fixture(scope="module", params=["info", "debug"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that logs so much."""
    with serve(APP, "--log-level", request.param) as server:
        yield server


def new_lines(server: Server, ask: Callable[[Wire], None]) -> list[str]:
    """What is logged because of a peer. Another comes and goes behind it, so that all of it is there."""
    before = len(server.log())
    with Wire(server.port) as wire:
        ask(wire)
    with Wire(server.port) as wire:
        wire.open("/echo", "User-Agent: the-end").finish()
    wait_until(lambda: "the-end) closed" in server.log()[before:], what="line of the one behind")
    return [line for line in server.log()[before:].split("\n") if line and "the-end" not in line]


@pytest.mark.parametrize("ask", [pytest.param(ask, id=name) for name, ask in WITH_A_TOKEN.items()])
def test_no_token_of_a_query_string_is_logged(server: Server, ask: Callable[[Wire], None]) -> None:
    lines = new_lines(server, ask)
    assert not [line for line in lines if SECRET in line]


def test_the_path_is_logged_so_that_the_test_above_means_something(server: Server) -> None:
    assert any(" /echo " in line for line in new_lines(server, accepted))


@pytest.mark.parametrize(("ask", "count"), [pytest.param(*row, id=name) for name, *row in INJECTED])
def test_what_a_peer_sends_makes_no_line_of_its_own(server: Server, ask: Callable[[Wire], None], count: int) -> None:
    lines = new_lines(server, ask)
    assert len(lines) == count, lines
    for line in lines:
        assert line.startswith("INFO: ")
        assert line.isprintable()
        assert len(line) < LONGEST
