"""The program with two clients, at its own pace, against the server at its own: about 6.45 seconds in all."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.serving import ROOT, environment, free_port, serve

EXPECTED = [
    *(f"Hi {n} times!" for n in (1, 2, 3, 4)),
    *(f"Server message {n} ..." for n in range(20)),
]
SLEPT = 4 * 0.1 + 20 * 0.3


def run_client(url: str) -> str:
    """What the program prints."""
    command = [sys.executable, "-m", "examples.websockets_client", url]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_both_clients_hear_all_at_the_same_time() -> None:
    with serve("examples.websockets_server:app") as server:
        printed = run_client(server.url("/ws"))
        log = server.log()
    for who in (0, 1):
        assert re.findall(rf"^Client {who} got '(.*)'$", printed, re.MULTILINE) == EXPECTED
        assert f"Client {who} got its pong after " in printed
        assert f"Client {who} was closed with code 1000 and reason 'Goodbye'." in printed
    took = re.search(r"Total time taken (\S+) s with 2 clients at once", printed)
    assert took is not None
    assert SLEPT <= float(took[1]) < 2 * SLEPT
    assert len(re.findall(r"sent str: 'Message number 1\.\.\.'", log)) == 2
    assert len(re.findall(r"was sent 20 messages, and sent \d+ itself", log)) == 2


def test_a_server_that_is_not_there_is_told_of() -> None:
    printed = run_client(f"ws://127.0.0.1:{free_port()}/ws")
    assert "WebSocket handshake for client 0 failed with " in printed
    assert "WebSocket handshake for client 1 failed with " in printed
