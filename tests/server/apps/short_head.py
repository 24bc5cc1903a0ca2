"""The endpoints of `http`, behind a front door with little patience."""

from __future__ import annotations

from hubbub.server import front_door

from .http import app

vars(front_door)["HEAD_TIMEOUT"] = 1.0

__all__ = ["app"]
