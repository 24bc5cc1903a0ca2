"""Streams over HTTP, through a real server and read by a client that is not ours: watched as sockets are, by all there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from tests.observe.conftest import get
from tests.observe.test_logs import lines
from tests.observe.test_metrics import Figure
from tests.observe.test_tracing import PARENT, TRACE, span_of, spans
from tests.serving import Server, wait_until

CONNECT = json.dumps({"id": 1, "connect": {}})


@contextmanager
def reading(server: Server, agent: str, path: str, **asked: Any) -> Iterator[Callable[[str], str]]:
    """A stream that httpx2 reads; what is called in the block reads until there is such a text."""
    headers = {"user-agent": agent, "traceparent": f"00-{TRACE}-{PARENT}-01"}
    method = "POST" if "content" in asked else "GET"
    with (
        httpx2.Client(timeout=10, trust_env=False) as client,
        client.stream(method, server.url(path, "http"), headers=headers, **asked) as response,
    ):
        pieces, read = response.iter_text(), ""

        def until(text: str) -> str:
            nonlocal read
            while text not in read:
                read += next(pieces)
            return read

        yield until


def told(server: Server, agent: str, transport: str, route: str, counts: Mapping[str, int]) -> None:
    """It was two lines with one number, and one span; the client has left."""
    wait_until(lambda: len(lines(server, agent)) == 2)
    opened, ended = lines(server, agent)
    assert opened["message"].endswith(f" opened over {transport}")
    for line in (opened, ended):
        assert (line["transport"], line["route"], line["socket"]) == (transport, route, opened["socket"])
    assert (opened["event"], ended["event"]) == ("opened", "closed")
    assert (ended["code"], ended["reason"]) == (1006, "the connection was lost")
    assert {name: ended[name] for name in counts} == counts
    span = span_of(server, agent)
    assert (span["name"], span["status"]) == (f"{transport} {route}", {"status_code": "UNSET"})
    assert (span["context"]["trace_id"], span["parent_id"]) == (f"0x{TRACE}", f"0x{PARENT}")
    attributes = span["attributes"]
    assert (attributes["hubbub.transport"], attributes["network.protocol.name"]) == (transport, "http")
    assert attributes["hubbub.close.code"] == 1006
    assert {name: attributes[f"hubbub.messages.{name}"] for name in counts} == counts
    assert "secret" not in str(span)


def figures(server: Server, route: str, transport: str) -> tuple[Figure, Figure, Figure, Figure]:
    """What is open, was opened, was lost, and has sent."""
    return (
        Figure(server, "hubbub_sockets_open", f"{route} {transport}"),
        Figure(server, "hubbub_sockets_opened_total", f"{route} {transport}"),
        Figure(server, "hubbub_sockets_closed_total", f"1006 {route} {transport}"),
        Figure(server, "hubbub_messages_sent_total", route),
    )


def test_server_sent_events_of_a_broadcast(server: Server, name: str) -> None:
    open_now, opened, lost, sent = figures(server, "/events", "sse")
    handshakes = Figure(server, "hubbub_handshake_seconds_count")
    with reading(server, name, "/events?token=secret") as until:
        until("retry: ")
        assert (open_now(), opened(), lost(), sent()) == (1, 1, 0, 0)
        get(server, "/publish?text=first")
        get(server, "/publish?text=second")
        until("data: second")
        assert sent() == 2
        assert spans(server, user_agent__original=name) == []
    wait_until(lambda: open_now() == 0)
    assert (opened(), lost(), sent(), handshakes()) == (1, 1, 2, 0)
    told(server, name, "sse", "/events", {"received": 0, "sent": 2, "dropped": 0, "limited": 0})


@pytest.mark.parametrize("way", ["sse", "http_stream"])
def test_a_way_into_a_hub(server: Server, name: str, way: str) -> None:
    route = f"/connection/{way}"
    open_now, opened, lost, sent = figures(server, route, way)
    asked = {"params": {"cf_connect": CONNECT}} if way == "sse" else {"content": CONNECT}
    with reading(server, name, route, **asked) as until:
        answer = until("}}\n")
        connected = json.loads(answer[answer.index("{") :])["connect"]
        said = {"session": connected["session"], "node": connected["node"], "data": '{"id":2,"rpc":{"method":"x"}}'}
        assert httpx2.post(server.url("/emulation", "http"), json=said, trust_env=False).status_code == 204
        until('"id":2')
        assert (open_now(), opened(), lost(), sent()) == (1, 1, 0, 2)
    wait_until(lambda: open_now() == 0)
    assert (opened(), lost(), sent()) == (1, 1, 2)
    told(server, name, way, route, {"received": 2, "sent": 2, "dropped": 0, "limited": 0})


def test_one_that_ends_by_itself_or_fails(server: Server, name: str) -> None:
    for path, code, status, events in (
        ("/count", 1000, "UNSET", ["opened", "closed"]),
        ("/broken", 1011, "ERROR", ["opened", "failed", "closed"]),
    ):
        agent = f"{name}{path}"
        closed = Figure(server, "hubbub_sockets_closed_total", f"{code} {path} sse")
        with reading(server, agent, path) as until:
            until("data: 1")
        wait_until(lambda closed=closed: bool(closed() == 1))  # type: ignore[misc]
        wait_until(lambda agent=agent, events=events: len(lines(server, agent)) == len(events))  # type: ignore[misc]
        logged = lines(server, agent)
        assert [line["event"] for line in logged] == events
        assert (logged[-1]["code"], logged[-1]["sent"]) == (code, 2)
        assert span_of(server, agent)["status"]["status_code"] == status
