"""The handlers of `drain`, with little time where uvicorn is told no time-out."""

from __future__ import annotations

from hubbub.server import shared

from .drain import app

vars(shared)["DEADLINE"] = 1.0

__all__ = ["app"]
