"""The terms of an acceptance: what is given becomes what holds; what is no option fails early and says what would be one."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import Caps, Deflate, Heartbeat, KeepNewest, Limits, Misuse, Overflow, Quota, Rate, RateLimit
from hubbub.sockets.options import Options
from hubbub.sockets.terms import PLAIN, Terms, terms_of

LIMITS, HEARTBEAT, SLOW = Limits(message=10), Heartbeat(1, 2), KeepNewest(lambda message: message)
CAPS = Caps(total=1)
SHARE = Quota(Rate(1)).of("ada")


def test_nothing_given_is_one_and_the_same() -> None:
    assert terms_of({}) is PLAIN
    assert Terms(options=Options(Limits(), Heartbeat(), Overflow.WAIT)) == PLAIN


@pytest.mark.parametrize(
    ("given", "terms"),
    [
        ({"subprotocols": ["b", "a"]}, Terms(subprotocols=("b", "a"))),
        ({"subprotocols": iter("ba"), "require_subprotocol": True}, Terms(("b", "a"), require_subprotocol=True)),
        ({"headers": {"X-One": "\xe4"}}, Terms(headers=((b"x-one", b"\xe4"),))),
        ({"origins": ["https://a.example"]}, Terms(origins=("https://a.example",))),
        ({"origins": [], "hosts": []}, Terms(origins=(), hosts=())),
        ({"hosts": ["a.example"]}, Terms(hosts=("a.example",))),
        ({"caps": CAPS}, Terms(caps=CAPS)),
        ({"caps": CAPS.of("ada")}, Terms(caps=CAPS.of("ada"))),
    ],
)
def test_what_is_said_of_the_request_is_made_ready(given: Any, terms: Terms) -> None:
    assert terms_of(given) == terms


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"limits": LIMITS, "heartbeat": HEARTBEAT, "slow_reader": SLOW}, Options(LIMITS, HEARTBEAT, SLOW)),
        ({"heartbeat": None}, Options(heartbeat=None)),
        ({"compression": Deflate(level=1)}, Options(compression=Deflate(level=1))),
        ({"rate": Rate(2)}, Options(rate=RateLimit(Rate(2)))),
        ({"rate": RateLimit(bytes=Rate(2))}, Options(rate=RateLimit(bytes=Rate(2)))),
        ({"quota": SHARE}, Options(quota=SHARE)),
    ],
)
def test_what_is_said_of_the_socket_is_how_it_behaves(given: Any, options: Options) -> None:
    assert terms_of(given).options == options


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"limit": LIMITS}, "unknown: limit; there are subprotocols, "),
        ({"timeout": 5, "ping": 3}, "unknown: ping, timeout"),
        ({"origins": "https://a.example"}, "origins takes a list"),
        ({"subprotocols": "chat"}, "subprotocols takes a list"),
        ({"hosts": "a.example"}, "hosts takes a list"),
        ({"origins": ["https://a.example/"]}, "'https://a.example/' is no origin: write `https://example.com`, "),
        ({"origins": ["*", "null"]}, "'null' is no origin"),
        ({"hosts": ["a.example", "https://a.example"]}, "'https://a.example' is no host: write `example.com`, "),
        ({"origins": None}, "origins takes a list"),
        ({"require_subprotocol": "chat"}, "require_subprotocol takes bool, not 'chat'"),
        ({"headers": [("X-One", "1")]}, "headers takes Mapping, not "),
        ({"limits": {"message": 10}}, "limits takes Limits, not "),
        ({"limits": None}, "limits takes Limits, not None"),
        ({"heartbeat": 25}, r"heartbeat takes Heartbeat or nothing, not 25: say Heartbeat\(\)"),
        ({"slow_reader": "close"}, "slow_reader takes Overflow or KeepNewest, not 'close': say Overflow.CLOSE"),
        ({"compression": True}, r"compression takes Deflate or nothing, not True: say Deflate\(\)"),
        ({"compression": Deflate}, r"compression takes Deflate or nothing, .*: say Deflate\(\)"),
        ({"rate": 5}, "rate takes Rate or RateLimit or nothing, not 5"),
        ({"caps": 5}, "caps takes Caps or Place or nothing, not 5"),
        ({"quota": Quota(Rate(1))}, r"quota takes Share or nothing, .*: say whose it is, quota.of\(key\)"),
    ],
)
def test_what_is_no_option_is_a_misuse(given: Any, fault: str) -> None:
    with pytest.raises(Misuse, match=fault):
        terms_of(given)
