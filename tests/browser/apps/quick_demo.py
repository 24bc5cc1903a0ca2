"""The gallery with its pulse, its conversation and its players at the pace of tests. Nothing else is changed."""

from __future__ import annotations

from hubbub.demo import app as demo
from hubbub.demo.gallery import load

app = demo.app

demo.PULSE = 0.05
load("websockets_server").MESSAGE_INTERVAL = 0.05  # type: ignore[attr-defined]
load("game").STEP = 40  # type: ignore[attr-defined]
