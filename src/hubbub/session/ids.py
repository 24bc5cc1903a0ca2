"""The ids of sessions: UUIDs of random bits, made some at a time, so that a newcomer need not ask the system for his."""

from __future__ import annotations

import os

_BATCH = 64
_VERSION_AND_VARIANT = int("000000000000f000c000000000000000" * _BATCH, 16)
_VERSION_4 = int("00000000000040008000000000000000" * _BATCH, 16)

_ids: list[str] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_ids.clear)  # a process that was forked makes ids of its own


def new_id() -> str:
    """A UUID of version 4 (RFC 9562 section 5.4), as `uuid4` makes it."""
    try:
        return _ids.pop()
    except IndexError:
        first, *others = _make_ids()
        _ids.extend(others)
        return first


def _make_ids() -> list[str]:
    bits = int.from_bytes(os.urandom(16 * _BATCH), "big") & ~_VERSION_AND_VARIANT | _VERSION_4
    groups = iter(bits.to_bytes(16 * _BATCH, "big").hex("-", 2).split("-"))
    return [f"{a}{b}-{c}-{d}-{e}-{f}{g}{h}" for a, b, c, d, e, f, g, h in zip(*[groups] * 8, strict=True)]
