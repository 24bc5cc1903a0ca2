"""The example with its heart beating faster, so that a test need not sit through it. Nothing else is changed."""

from __future__ import annotations

from examples import actix_echo

actix_echo.HEARTBEAT_INTERVAL = 0.2
actix_echo.CLIENT_TIMEOUT = 0.5

app = actix_echo.app
