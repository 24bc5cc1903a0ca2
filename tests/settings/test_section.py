"""What all sections share: they are values, and take options by name only."""

from __future__ import annotations

import pytest

from hubbub.settings.options import Health, Settings
from hubbub.settings.section import Section


def test_a_section_is_a_value() -> None:
    assert Health(enabled=True) == Health(enabled=True) != Health()
    assert issubclass(Settings, Section)
    with pytest.raises(AttributeError):
        Health().enabled = True  # type: ignore[misc]


def test_options_have_names() -> None:
    with pytest.raises(TypeError):
        Health(True)  # type: ignore[call-arg]
