"""The table of commands, and that a key is asked before each."""

from __future__ import annotations

import pytest

from hubbub import ApiKey, Hub, Refused
from hubbub.api.commands import COMMANDS, do
from hubbub.api.keys import METHODS


def test_every_method_that_a_key_may_name_is_there() -> None:
    assert set(COMMANDS) == METHODS


@pytest.mark.parametrize("name", sorted(METHODS))
async def test_a_key_that_is_for_nothing_does_nothing(name: str) -> None:
    with pytest.raises(Refused, match=f"103: permission denied: the key is not for `{name}`"):
        await do(Hub(), ApiKey("k", methods=[]), name, COMMANDS[name].request())
