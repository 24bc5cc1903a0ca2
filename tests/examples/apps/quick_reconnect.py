"""The reconnection example with a count at a pace that a test can wait for. Nothing else is changed."""

from __future__ import annotations

from examples import reconnect

app = reconnect.app

reconnect.INTERVAL = 0.05
