"""The gallery with its pulse and its conversation at a pace that a test can sit through. Nothing else is changed."""

from __future__ import annotations

from hubbub.demo import app as demo
from hubbub.demo.gallery import load

app = demo.app

demo.PULSE = 0.1
load("websockets_server").MESSAGE_INTERVAL = 0.05  # type: ignore[attr-defined]
