"""The example of who is online, where who has left is gone soon."""

from __future__ import annotations

from examples import online

online.GRACE = 0.2
app = online.app
