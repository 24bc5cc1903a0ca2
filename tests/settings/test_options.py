"""The options are told, and their keys are secrets."""

from __future__ import annotations

import pytest

from hubbub.settings.reader import all_options
from hubbub.settings.section import Section
from hubbub.settings.show import documentation
from hubbub.settings.values import Secret

SECTIONS = list(dict.fromkeys(option.section for option in all_options()))


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_option_is_told(section: type[Section]) -> None:
    assert set(documentation(section)) == set(section.__struct_fields__)


def test_nothing_shows_a_secret() -> None:
    keys = {option.path: option.info.type for option in all_options() if option.path.endswith(("key", "key_pem"))}
    assert {path for path, kind in keys.items() if kind is not Secret and "public" not in path} == set()
