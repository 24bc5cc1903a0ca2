"""Options of a namespace that are otherwise for one subscription, in Centrifugo's shape: as backends say them. Pure."""

from __future__ import annotations

from msgspec import Struct


class BoolValue(Struct, frozen=True):
    """A flag that may be left as it is."""

    value: bool = False


class Override(Struct, frozen=True, omit_defaults=True):
    """Options of the namespace that are otherwise for this subscription."""

    presence: BoolValue | None = None
    join_leave: BoolValue | None = None
    force_push_join_leave: BoolValue | None = None
    force_recovery: BoolValue | None = None
    force_positioning: BoolValue | None = None


def overrides_of(override: Override | None) -> dict[str, bool]:
    """What is said of them, as `Grant.overrides`.

    Example:
        >>> overrides_of(Override(presence=BoolValue(True)))
        {'presence': True}
    """
    flags = {name: getattr(override, name, None) for name in Override.__struct_fields__}
    return {name: flag.value for name, flag in flags.items() if flag is not None}
