"""How to see what sockets do."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.sync.client import connect

from tests.server.clients import denied
from tests.serving import Server, serve, wait_until


@pytest.fixture
def metrics(server: Server) -> Any:
    """What the watcher has heard, after one of each."""
    with connect(server.url("/ws?name=ann&token=secret")) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
        assert read(server)["open"] == 1
    assert denied(server, "/ws?name=root&token=secret").status_code == 403
    wait_until(lambda: bool(read(server)["open"] == 0))
    return read(server)


def read(server: Server) -> Any:
    return httpx2.get(server.url("/metrics", "http")).raise_for_status().json()


def test_a_watcher_of_your_own(metrics: Any) -> None:
    assert metrics["open"] == 0
    assert metrics["closed_with"].keys() == {"1000"}
    assert metrics["refused_with"].keys() == {"403"}
    assert metrics["messages"] % 2 == 0


def test_the_log(native: Server) -> None:
    agent = "agent" + "x" * 500
    with connect(native.url("/ws?name=ann&token=secret"), user_agent_header=agent) as client:
        client.send("hello")
        assert client.recv(5) == "hello"
    denied(native, "/ws?name=root&token=secret")
    log = native.wait_for_log("refused with 403: nobody is called root here")
    assert re.search(r"INFO: .* /ws \(agentx{195}\.\.\.\) opened", log)
    assert re.search(r"INFO: .* /ws \(agentx{195}\.\.\.\) closed with 1000: 1 received, 1 sent", log)
    assert "secret" not in log


@pytest.mark.parametrize("option", [("--no-access-log",), ("--log-level", "warning")], ids=lambda option: option[0])
def test_without_the_lines_for_each_socket(folder: Path, option: tuple[str, ...]) -> None:
    with serve("app:app", *option, cwd=folder) as server:
        with connect(server.url("/ws?name=ann")) as client:
            client.send("hello")
            assert client.recv(5) == "hello"
        wait_until(lambda: bool(read(server)["open"] == 0))
    assert "/ws" not in server.log()


def test_the_log_as_json(folder: Path) -> None:
    with serve("app:app", "--log-config", "logging.json", cwd=folder) as server:
        with connect(server.url("/ws?name=ann&token=secret")) as client:
            client.send("hello")
            assert client.recv(5) == "hello"
        log = server.wait_for_log('"event": "closed"')
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines if "socket" in line] == ["opened", "closed"]
    assert "secret" not in log
