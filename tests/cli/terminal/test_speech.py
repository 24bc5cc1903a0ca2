"""The plain speech: messages go and come as they are."""

from __future__ import annotations

import pytest

from hubbub.cli.terminal.backoff import Backoff
from hubbub.cli.terminal.speech import Heard, Plain, Shown, Speech


@pytest.mark.parametrize("message", ["hello", b"\x00"])
def test_nothing_is_added(message: str | bytes) -> None:
    speech: Speech = Plain()
    assert speech.said(message) is message
    assert speech.heard(message) == Heard(shown=[Shown("<", message, message)])
    assert (speech.opened(), speech.ended()) == ((), ())


def test_it_waits_for_nothing() -> None:
    speech: Speech = Plain()
    assert (speech.is_ready, speech.is_waiting, speech.comes_back, speech.has_failed) == (True, False, False, False)
    assert type(speech.backoff) is Backoff
