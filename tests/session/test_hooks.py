"""The port to the app: what tests put in its place fits it, and what it gives costs little."""

from __future__ import annotations

from hubbub.session.hooks import Grant, Hooks, Welcome
from tests.session.standins import OpenHooks


def test_the_stand_in_is_the_apps_word() -> None:
    hooks: Hooks = OpenHooks()
    assert hooks.takes_rpc


def test_nothing_is_allowed_that_is_not_said() -> None:
    assert not Grant().allows
    assert not Grant().overrides
    assert not Welcome().subs
