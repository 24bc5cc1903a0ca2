"""Options of Centrifugo's: those that are not here are found, wherever they lie, and none that is here is called absent."""

from __future__ import annotations

import pytest

from hubbub.settings.centrifugo import ABSENT, absent
from hubbub.settings.reader import all_options


def test_what_is_here_is_not_absent() -> None:
    assert [option.path for option in all_options() if absent(option.path.replace("[]", "[3]"))] == []


@pytest.mark.parametrize(
    "path",
    [
        "grpc_api",
        "grpc_api.tls.cert_pem",
        "channel.namespaces[12].shared_poll.mode",
        "channel.without_namespace.map",
        "proxies[0].grpc.compression",
        "client.subscription_token.issuer_regex",
    ],
)
def test_what_lies_below_is_absent_too(path: str) -> None:
    assert absent(path) is not None


def test_what_is_nobodys_is_not() -> None:
    assert absent("client.nonsense") is None
    assert absent("grpc_apis") is None


def test_every_text_is_one_line() -> None:
    assert [path for path, what in ABSENT.items() if not what.text.isprintable() or len(what.text) > 120] == []
