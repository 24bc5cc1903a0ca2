"""An app whose hooks are shown at /realtime-docs."""

from __future__ import annotations

from fastapi import FastAPI

from tests.contracts import hooks

hub = hooks.make()
app = FastAPI(title="Chat", lifespan=hub.lifespan)
hub.install(app)
