"""How many processes serve the app, and the advice that what lives in one of them reaches no other. Knows no sockets."""

from __future__ import annotations

import os

from ..watch import advise

WORKERS = "HUBBUB_WORKERS"
"""The environment's name for how many processes serve the app; `hubbub run` sets it."""


def advise_workers(what: str) -> None:
    """Say, once for each `what`, that it reaches this process only, where several serve the app."""
    workers = os.environ.get(WORKERS) or os.environ.get("WEB_CONCURRENCY") or "1"
    if workers.isdigit() and int(workers) > 1:
        advise(f"{what} reaches this process only, and {workers} workers serve the app", once=True)
