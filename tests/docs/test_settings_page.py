"""The page of the settings is what the options say."""

from __future__ import annotations

from pathlib import Path

from hubbub.settings.show import catalogue
from tests.docs.settings_page import ALIKE, page


def test_the_page_is_as_the_options_are(repository: Path) -> None:
    written = (repository / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert written == page(), "run scripts/settings"


def test_every_option_is_told_or_is_as_another(repository: Path) -> None:
    text = page()
    for option in catalogue():
        models = [
            option.path.replace(table, model, 1) for table, model in ALIKE.items() if option.path.startswith(table)
        ]
        assert any(f"| `{path}`" in text for path in (option.path, *models)), option.path
