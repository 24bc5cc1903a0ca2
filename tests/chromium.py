"""Where Chromium is, by whichever of its names the system has it. Starts none."""

from __future__ import annotations

import shutil

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The same that `make test` looks for before it installs the first."""


def find_chromium() -> str:
    """The path of its command.

    Raises:
        RuntimeError: there is none.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(f"these tests need a browser, one of {', '.join(NAMES)}: `make test` installs the first")
    return found
