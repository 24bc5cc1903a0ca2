"""The first file: whatever its format it says the same, is safe, and has keys of its own."""

from __future__ import annotations

import pytest

from hubbub.errors import Misuse
from hubbub.settings.check import check
from hubbub.settings.formats import READERS, parse
from hubbub.settings.reader import read
from hubbub.settings.show import shown
from hubbub.settings.template import template


@pytest.mark.parametrize("ending", READERS)
def test_it_is_read_without_a_fault(ending: str) -> None:
    settings, faults = read(parse(template(f"a{ending}").encode(), f"a{ending}"))
    assert faults + check(settings) == []
    assert shown(settings) == shown(read(parse(template("a.json").encode(), "a.json"))[0])
    assert len(settings.client.token.hmac_secret_key.reveal()) >= 48
    assert settings.client.token.hmac_secret_key != settings.http_api.key
    assert not settings.client.allow_anonymous_connect_without_token
    assert not any(name.startswith("allow_publish") and getattr(each, name) for each in settings.channel.namespaces
                   for name in each.__struct_fields__)  # fmt: skip


def test_keys_are_fresh() -> None:
    assert template("a.toml") != template("a.toml")


def test_another_ending_is_refused() -> None:
    with pytest.raises(Misuse, match="its ending"):
        template("hubbub")
