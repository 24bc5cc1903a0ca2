"""Structured logs: one JSON object a line, under names that stay, and no secrets."""

from __future__ import annotations

import json
import logging
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from websockets.sync.client import connect

from hubbub import Closed, Counts, LogWatcher, Peer
from hubbub.observe.logs import JsonFormatter
from tests.server.clients import closed, denied
from tests.serving import Server, wait_until


def lines(server: Server, agent: str) -> list[dict[str, Any]]:
    """What was logged of a client."""
    said = (json.loads(line) for line in server.log().splitlines() if line.startswith("{"))
    return [line for line in said if line.get("user_agent") == agent]


def test_a_sockets_life_is_two_lines_with_one_number(server: Server, name: str) -> None:
    with connect(server.url(f"/echo/{name}?token=secret"), user_agent_header=name, subprotocols=["v1"]) as client:  # type: ignore[list-item]
        client.send("hello")
        client.recv(5)
        client.close(4321, "enough")
    wait_until(lambda: len(lines(server, name)) == 2)
    opened, ended = lines(server, name)
    common = {"level": "INFO", "logger": "hubbub", "path": f"/echo/{name}", "route": "/echo/{name}", "user_agent": name}
    common["transport"] = "websocket"
    for line in (opened, ended):
        assert line.pop("time").endswith("+00:00")
        assert line.pop("client").startswith("127.0.0.1:")
        assert line.pop("message")
        assert common.items() <= line.items()
    assert opened == common | {"event": "opened", "socket": ended["socket"], "subprotocol": "v1"}
    told = {"code": 4321, "reason": "enough", "received": 1, "sent": 1, "dropped": 0, "limited": 0}
    assert ended == common | {"event": "closed", "socket": opened["socket"]} | told
    assert "secret" not in str(lines(server, name))


def test_a_refusal_and_an_error_say_why(native: Server, name: str) -> None:
    denied(native, "/closed", user_agent_header=name)
    with connect(native.url("/work"), user_agent_header=name) as client:
        client.send("impossible")
        closed(client)
    wait_until(lambda: len(lines(native, name)) == 4)
    refused, _, ended, failed = lines(native, name)
    assert (refused["event"], refused["status"], refused["reason"]) == ("refused", 403, "nobody gets in")
    assert (ended["event"], ended["code"], ended["socket"]) == ("closed", 1011, failed["socket"])
    assert (failed["event"], failed["level"], failed["error"]) == ("failed", "ERROR", "RuntimeError")
    assert failed["trace"].endswith("RuntimeError: this cannot be done")


class Caught(logging.Handler):
    """Keeps the lines."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def caught(*tell: Any) -> list[dict[str, Any]]:
    """What is logged, as JSON; each on one line."""
    handler, logger = Caught(), logging.getLogger("hubbub")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        for one in tell:
            one(LogWatcher())
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    assert all(line.isascii() and line.isprintable() for line in handler.lines)
    return [json.loads(line) for line in handler.lines]


def test_what_goes_wrong_has_fields_too() -> None:
    peer = Peer(None, "/ws")
    overflowed, lagged, limited, blocked, advised = caught(
        lambda w: w.overflowed(peer, "wait"),
        lambda w: w.lagged(peer, 9),
        lambda w: w.limited(peer, "too much: dropped"),
        lambda w: w.blocked(1.5),
        lambda w: w.advised("do it so"),
    )
    assert (overflowed["event"], overflowed["policy"], overflowed["socket"]) == ("overflowed", "wait", peer.number)
    assert (lagged["event"], lagged["missed"]) == ("lagged", 9)
    assert (limited["event"], limited["limit"]) == ("limited", "too much: dropped")
    assert (blocked["event"], blocked["seconds"]) == ("blocked", 1.5)
    assert (advised["event"], advised["message"]) == ("advised", "do it so")
    assert "client" not in lagged


@given(st.text(), st.text(), st.text())
def test_a_line_is_one_line_whatever_a_stranger_says(path: str, agent: str, reason: str) -> None:
    [line] = caught(lambda w: w.closed(Peer(("h", 1), path, agent), Closed(4000, reason), Counts()))
    assert line["code"] == 4000


def test_other_records_are_lines_too() -> None:
    record = logging.LogRecord("other", logging.WARNING, "file", 1, "%s\nb", ("a",), None)
    line = JsonFormatter().format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert told.pop("time")
    assert told == {"level": "WARNING", "logger": "other", "message": "a\nb"}
