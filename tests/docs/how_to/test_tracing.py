"""How to trace sockets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

from tests.serving import HUBBUB, UVICORN, serve

TRACE = "0af7651916cd43dd8448eb211c80319c"


def spans(log: str) -> list[Any]:
    """What the console exporter wrote."""
    return [json.loads(found) for found in re.findall(r"^\{\n.*?^\}", log, re.MULTILINE | re.DOTALL)]


@pytest.mark.parametrize("command", [HUBBUB, UVICORN], ids=lambda command: command[0])
def test_a_socket_is_a_span_and_what_its_handler_traces_its_child(folder: Path, command: tuple[str, ...]) -> None:
    headers = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
    with serve("app:app", command=command, cwd=folder) as server:
        with connect(server.url("/orders/7?token=secret"), additional_headers=headers) as client:
            client.send("more")
            assert client.recv(5) == "order 7: more"
    ended = {span["name"]: span for span in spans(server.log())}  # written when the server ends, at the latest
    child, span = ended["change order"], ended["websocket /orders/{order}"]
    assert child["parent_id"] == span["context"]["span_id"]
    assert span["context"]["trace_id"] == f"0x{TRACE}"
    assert span["attributes"]["hubbub.close.code"] == 1000
    assert "secret" not in json.dumps(span)
