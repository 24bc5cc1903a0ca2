"""What all tables of options are made of. Knows none of them."""

from __future__ import annotations

from msgspec import Struct


class Section(Struct, frozen=True, kw_only=True):
    """A table of options."""
