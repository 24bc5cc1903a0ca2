"""Namespaces: options that are wrong say what to do, permissions allow what they say, and all may change while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from hubbub.channels.namespace import Action, Namespace
from hubbub.errors import Misuse


@dataclass
class Visitor:
    id: str = "1"
    user: str = "ann"


ANN, NOBODY = Visitor(), Visitor(user="")


def namespace(**options: Any) -> Namespace:
    return Namespace("chat", **options)


def test_nothing_is_on_that_is_not_switched_on() -> None:
    options = Namespace("chat")
    actions: list[Action] = ["subscribe", "publish", "presence", "history"]
    assert not any(options.allows(action, ANN, "chat:a", is_subscribed=True) for action in actions)
    assert not options.has_history
    assert options.history_meta_ttl == 30 * 24 * 3600


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"histroy_size": 1}, "no option 'histroy_size'; did you mean 'history_size'"),
        ({"zzz": 1}, "no option 'zzz'"),
        ({"publish_proxy_enabled": True}, "hub.on_publish"),
        ({"presence": "yes"}, "presence must be True or False, not 'yes'"),
        ({"presence": 1}, "presence must be True or False"),
        ({"history_size": -1}, "history_size must be a number from 0"),
        ({"history_size": 1.5}, "history_size must be a number from 0"),
        ({"history_size": True}, "history_size must be a number from 0"),
        ({"history_ttl": "300s"}, "history_ttl must be a number of seconds from 0, not '300s'"),
        ({"history_ttl": float("inf")}, "history_ttl must be"),
        ({"channel_regex": 1}, "channel_regex must be a text"),
        ({"channel_regex": "("}, "channel_regex is no regular expression"),
        ({"allow_publish": True}, "allow_publish must be a plain function"),
        ({"history_size": 1}, "history_size and history_ttl go together"),
        ({"history_ttl": 1}, "history_size and history_ttl go together"),
        ({"history_size": 1, "history_ttl": 2, "history_meta_ttl": 1}, "history_meta_ttl must be at least"),
        ({"force_recovery": True}, "force_recovery does nothing without history_size"),
        ({"allow_recovery": True}, "allow_recovery does nothing"),
        ({"force_positioning": True}, "force_positioning does nothing"),
        ({"allow_positioning": True}, "allow_positioning does nothing"),
        ({"force_push_join_leave": True}, "without join_leave"),
        ({"force_recovery_mode": "cash"}, "force_recovery_mode must be one of 'stream', 'cache', not 'cash'"),
        ({"auto_cache_recover": True}, "without force_recovery_mode='cache'"),
        ({"publication_data_format": "xml"}, "publication_data_format must be one of"),
        ({"allowed_delta_types": ["xdelta"]}, "allowed_delta_types may be"),
        ({"allowed_delta_types": "fossil"}, "allowed_delta_types may be"),
        ({"allowed_delta_types": 5}, "allowed_delta_types may be"),
        ({"allowed_delta_types": None}, "allowed_delta_types may be"),
        ({"allowed_delta_types": [["fossil"]]}, "allowed_delta_types may be"),
        ({"publishing": None}, "has no option 'publishing'"),
        ({"_permissions": {}}, "has no option '_permissions'"),
        ({"delta_publish": True}, "without allowed_delta_types"),
        ({"allow_publish_for_anonymous": True}, "allow_publish_for_client or allow_publish_for_subscriber"),
        ({"allow_subscribe_for_anonymous": True}, "without allow_subscribe_for_client"),
    ],
)
def test_a_wrong_option_says_what_to_do(options: dict[str, Any], says: str) -> None:
    with pytest.raises(Misuse, match=says.replace("(", r"\(")):
        namespace(**options)


@pytest.mark.parametrize("name", ["a", "a b", "chat:", "caf\N{LATIN SMALL LETTER E WITH ACUTE}", "chat\n"])
def test_a_wrong_name_says_what_to_do(name: str) -> None:
    with pytest.raises(Misuse, match="at least two characters"):
        Namespace(name)


def test_a_function_that_waits_is_a_hook() -> None:
    async def waits(client: Visitor, channel: str) -> bool:
        return True

    with pytest.raises(Misuse, match="hooks"):
        namespace(allow_publish=waits)
    with pytest.raises(Misuse, match=r"hub\.on_publish"):
        namespace(allow_publish=lambda client, channel: waits(client, channel)).allows("publish", ANN, "chat:a")


def test_a_generator_would_allow_everything_and_is_no_predicate() -> None:
    def yields(client: Visitor, channel: str) -> Iterator[bool]:
        yield False

    with pytest.raises(Misuse, match="allow_publish must be a plain function"):
        namespace(allow_publish=yields)


@pytest.mark.parametrize("action", ["subscribe", "publish", "presence", "history"])
def test_a_predicate_allows_what_it_is_true_for(action: Action) -> None:
    asked = []

    def allow(client: Visitor, channel: str) -> object:
        asked.append((client, channel))
        return [client] if channel == "chat:open" else None

    options = namespace(**{f"allow_{action}": allow})
    assert options.allows(action, NOBODY, "chat:open")
    assert not options.allows(action, ANN, "chat:closed")
    assert asked == [(NOBODY, "chat:open"), (ANN, "chat:closed")]


@given(
    action=st.sampled_from(["publish", "presence", "history"]),
    for_client=st.booleans(),
    for_subscriber=st.booleans(),
    for_anonymous=st.booleans(),
    is_subscribed=st.booleans(),
    user=st.sampled_from(["", "ann"]),
)
def test_the_switches_allow_what_they_say(
    action: Action, for_client: bool, for_subscriber: bool, for_anonymous: bool, is_subscribed: bool, user: str
) -> None:
    for_anonymous = for_anonymous and (for_client or for_subscriber)
    options = namespace(
        **{
            f"allow_{action}_for_client": for_client,
            f"allow_{action}_for_subscriber": for_subscriber,
            f"allow_{action}_for_anonymous": for_anonymous,
        }
    )
    expected = (for_client or (for_subscriber and is_subscribed)) and (user != "" or for_anonymous)
    assert options.allows(action, Visitor(user=user), "chat:a", is_subscribed) is expected


@pytest.mark.parametrize(
    ("user", "for_anonymous", "allowed"), [("ann", False, True), ("", False, False), ("", True, True)]
)
def test_subscribing_is_allowed_by_its_switches(user: str, for_anonymous: bool, allowed: bool) -> None:
    options = namespace(allow_subscribe_for_client=True, allow_subscribe_for_anonymous=for_anonymous)
    assert options.allows("subscribe", Visitor(user=user), "chat:a") is allowed


@pytest.mark.parametrize(
    ("format", "data", "fits"),
    [
        ("", b"{}", True),
        ("", b"\x00", True),
        ("", b"", False),
        ("json", b'"a"', True),
        ("json", b"{", False),
        ("json", b"", False),
        ("json", b"\x00", False),
        ("json_object", b'{"a":[1]}', True),
        ("json_object", b"[1]", False),
        ("json_object", b"{", False),
        ("binary", b"", True),
        ("binary", b"\x00", True),
    ],
)
def test_what_clients_may_publish_is_of_a_format(format: Any, data: bytes, fits: bool) -> None:
    assert (namespace(publication_data_format=format).fault_of_data(Raw(data)) == "") is fits


def test_a_subscription_may_have_some_options_otherwise() -> None:
    chat = Namespace("chat", presence=True, history_size=1, history_ttl=1)
    options = chat.overridden({"presence": False, "force_recovery": True, "nonsense": True})

    assert (options.presence, options.force_recovery, options.history_size) == (False, True, 1)
    assert (chat.presence, chat.force_recovery) == (True, False)
