"""The app that every twin serves: the same endpoints for all, by what they show. No twin is named here."""

from __future__ import annotations

from fastapi import FastAPI

from tests.contracts.apps import actors, closing, facts, flows, groups, messages, rates, slow, upgrade

app = FastAPI()
for part in (messages, closing, upgrade, flows, slow, rates, groups, actors, facts):
    app.include_router(part.router)
for path, mounted in upgrade.MOUNTS.items():
    app.mount(path, mounted)
app.dependency_overrides.update(upgrade.OVERRIDES)
app.add_middleware(upgrade.GreetingMiddleware)
