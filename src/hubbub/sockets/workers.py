"""What holds in one process only says so, once, where several serve the app. Knows no sockets."""

from __future__ import annotations

import os

from ..watch import watchers

WORKERS = "HUBBUB_WORKERS"
"""The environment's name for how many processes serve the app; `hubbub run` sets it."""

_looked: set[str] = set()


def advise_workers(what: str) -> None:
    """Tell the app's owner that a `what` reaches one process, where there are more."""
    if what in _looked:
        return
    _looked.add(what)
    workers = os.environ.get(WORKERS) or os.environ.get("WEB_CONCURRENCY") or "1"
    if workers.isdigit() and int(workers) > 1:
        for watcher in watchers():
            watcher.advised(f"a {what} reaches this process only, and {workers} workers serve the app")
