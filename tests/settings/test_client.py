"""The options of clients: closed to who has no key, and each may cost what it may cost in an app."""

from __future__ import annotations

from hubbub import ClientLimits
from hubbub.settings.client import Client
from hubbub.settings.meaning import limits_of, verifier_of
from hubbub.settings.options import Settings


def test_a_client_may_cost_what_it_may_cost_in_an_app() -> None:
    assert limits_of(Settings()) == ClientLimits()


def test_nobody_comes_in_unless_that_is_said() -> None:
    client = Client()
    assert verifier_of(client.token) is None
    assert not client.allow_anonymous_connect_without_token
    assert not client.subscription_token.enabled
    assert client.allowed_origins == ()
