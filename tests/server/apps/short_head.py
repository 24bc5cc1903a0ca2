"""The endpoints of `http`, behind a front door with little patience."""

from __future__ import annotations

from hubbub.server import shared

from .http import app

vars(shared)["HEAD_TIMEOUT"] = 1.0

__all__ = ["app"]
