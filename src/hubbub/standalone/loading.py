"""Settings from a file and the environment, with all that is wrong with them: what the commands and a reload begin with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..errors import Misuse
from ..settings.check import check
from ..settings.environment import overlay
from ..settings.fault import Fault
from ..settings.formats import MAX_BYTES, READERS, parse
from ..settings.options import Settings
from ..settings.reader import read

CANDIDATES = tuple(f"{stem}{ending}" for stem in ("hubbub", "config") for ending in READERS)
"""Files of the current folder that are read where none is named, the first that is there."""


class Loaded(NamedTuple):
    """What was told.

    Args:
        settings: what could be read; where there are fatal faults they are not to be used.
        faults: what is wrong.
        file: where from; `None` for the environment alone.
    """

    settings: Settings
    faults: list[Fault]
    file: Path | None


def find() -> Path | None:
    """The file of the current folder that is read where none is named."""
    return next((path for name in CANDIDATES if (path := Path(name)).is_file()), None)


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read it.

    Raises:
        Misuse: the file is not there, or is written in no way that is known.
    """
    data = {} if file is None else parse(_bytes(file), file.name)
    overlaid = overlay(data, environment)
    settings, faults = read(overlaid.data, overlaid.origins)
    found = [*overlaid.faults, *faults]
    if not any(fault.is_fatal for fault in found):  # what is half read would seem wrong in other ways
        found += check(settings)
    return Loaded(settings, found, file)


def _bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise Misuse(f"{file}: it cannot be read ({error.strerror})") from None
