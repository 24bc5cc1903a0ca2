"""The gallery, its conversation at a pace that a test can sit through. Nothing else is changed."""

from __future__ import annotations

from hubbub.demo.app import app
from hubbub.demo.gallery import load

__all__ = ["app"]

load("websockets_server").MESSAGE_INTERVAL = 0.05  # type: ignore[attr-defined]
