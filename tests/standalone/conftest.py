"""Servers of the stand-alone kind, from the files of the settings' tests, and tokens that are good for them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from hubbub.settings.options import Settings
from hubbub.settings.reader import read
from tests.serving import Server, free_port, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]

FILES = Path(__file__).parent.parent / "settings" / "files"
SECRET = "a-secret-of-the-tests-that-is-long-enough"
KEY = "a-key-of-the-tests-that-is-long-enough"


def settings_of(data: dict[str, Any]) -> Settings:
    """Settings that could be read."""
    found, faults = read(data)
    assert [str(fault) for fault in faults] == []
    return found


def token(user: str = "ann", secret: str = SECRET, **claims: object) -> str:
    """A connection token."""
    return jwt.encode({"alg": "HS256"}, {"sub": user, **claims}, OctKey.import_key(secret))


def write(path: Path, data: dict[str, Any]) -> Path:
    """A file of settings."""
    path.write_text(json.dumps(data))
    return path


@contextmanager
def standalone(file: Path, port: int | None = None, **env: str) -> Iterator[Server]:
    """`hubbub serve --config FILE` while the block runs."""
    port = port or free_port()
    told = {"HUBBUB_HTTP_SERVER_PORT": str(port), **env}
    with serve(f"--config={file}", command=("hubbub", "serve"), port=port, env=told) as server:
        yield server
