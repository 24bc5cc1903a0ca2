"""`hubbub demo`: where the gallery is, and what is said when it cannot be there. The gallery has tests of its own."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from click.testing import CliRunner

from hubbub.cli import demo


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server is told."""
    told: dict[str, Any] = {}

    def run(app: str, **options: Any) -> None:
        told.update(options, app=app, address=options["sockets"][0].getsockname())

    monkeypatch.setattr(demo, "run", run)
    return told


def free(host: str) -> str:
    """A port that was free a moment ago."""
    with socket.create_server((host, 0)) as listener:
        return str(listener.getsockname()[1])


def test_prints_the_address_and_serves_on_loopback(given: dict[str, Any]) -> None:
    port = free("127.0.0.1")
    result = CliRunner().invoke(demo.command, ["--port", port])
    assert result.exit_code == 0
    assert f"http://127.0.0.1:{port}/" in result.output
    assert given["address"] == ("127.0.0.1", int(port))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_taken_port_gets_a_clear_line(given: dict[str, Any], host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(demo.command, ["--host", host, "--port", port])
    assert result.exit_code == 1
    assert "cannot listen on" in result.output
    assert port in result.output
    assert "give another address or port" in result.output
    assert not given


def test_a_port_that_was_just_left_can_be_taken(given: dict[str, Any]) -> None:
    """A server that ended leaves connections that the kernel remembers for a minute; they are nobody's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            listener.accept()[0].close()  # the server ends it first: TIME_WAIT is on its side
    assert CliRunner().invoke(demo.command, ["--port", str(port)]).exit_code == 0


def test_an_address_in_brackets_for_ipv6(given: dict[str, Any]) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = str(listener.getsockname()[1])
    result = CliRunner().invoke(demo.command, ["--host", "::1", "--port", port])
    assert f"http://[::1]:{port}/" in result.output


def test_what_an_example_needs_and_is_not_there_is_told(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.demo.app.faults", {"one": "this needs x", "two": "this needs x"})
    result = CliRunner().invoke(demo.command, ["--port", free("127.0.0.1")])
    assert result.output.count("Not every example can be tried: this needs x") == 1
    assert given["app"] == "hubbub.demo.app:app"
