"""The example with its pauses shortened, so that a test need not sit through them. Nothing else is changed."""

from __future__ import annotations

from examples import websockets_server

websockets_server.GREETING_INTERVAL = 0.001
websockets_server.MESSAGE_INTERVAL = 0.001

app = websockets_server.app
