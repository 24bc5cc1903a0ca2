"""Gives back what nobody uses, for the apps that are asked what they still have. Knows neither of them."""

from __future__ import annotations

import ctypes
import gc


def give_back() -> None:
    """Free all garbage that came since the first time, and memory that the allocator merely keeps.

    What is there the first time, all that was imported above all, is not looked through again and again.
    """
    gc.collect()
    if not gc.get_freeze_count():
        gc.freeze()
    ctypes.CDLL(None).malloc_trim(0)
