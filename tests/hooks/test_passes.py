"""Claims, as Centrifugo has them, become welcomes, grants and capabilities; what is of the wrong kind is no good token."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Disconnect, InvalidToken
from hubbub.hooks.passes import Capability, grant_of, pass_of
from hubbub.publication import NOTHING
from hubbub.tokens.claims import Claims


def claims(**values: Any) -> Claims:
    return Claims({"sub": "ann", "exp": 2_000_000_000, **values})


def test_a_connection_token_lets_in() -> None:
    said = claims(
        info={"name": "Ann"},
        meta={"role": "admin"},
        channels=["news"],
        subs={"chat": {"info": 1, "data": [2], "override": {"presence": {"value": True}, "join_leave": None}}},
    )
    welcome = pass_of(said).welcome
    assert (welcome.user, bytes(welcome.info), welcome.meta) == ("ann", b'{"name":"Ann"}', {"role": "admin"})
    assert (welcome.data is NOTHING, welcome.expire_at, set(welcome.subs)) == (True, 2_000_000_000, {"news", "chat"})
    chat = welcome.subs["chat"]
    assert (bytes(chat.info), bytes(chat.data), dict(chat.overrides)) == (b"1", b"[2]", {"presence": True})


def test_bytes_may_be_given_as_base64() -> None:
    encoded, other = b64encode(b"[1]").decode(), b64encode(b"\x00\xff").decode()
    said = claims(b64info=encoded, subs={"a": {"b64info": encoded, "b64data": other}})
    welcome = pass_of(said, as_bytes=True).welcome
    assert bytes(welcome.info) == bytes(welcome.subs["a"].info) == b"[1]"
    assert bytes(welcome.subs["a"].data) == b"\x00\xff"
    for bad, as_bytes in ((said, False), (claims(b64info=other), True), (claims(subs={"a": {"b64info": other}}), True)):
        with pytest.raises(InvalidToken, match="no JSON"):
            pass_of(bad, as_bytes=as_bytes)


@pytest.mark.parametrize(("expire_at", "until"), [(0, 0), (1_900_000_000, 1_900_000_000), (None, 2_000_000_000)])
def test_expire_at_goes_before_exp(expire_at: float | None, until: float) -> None:
    assert pass_of(claims(expire_at=expire_at)).welcome.expire_at == until
    assert grant_of(claims(channel="a", expire_at=expire_at), "ann", "c1", "a").expire_at == until


def test_a_token_that_never_ends() -> None:
    assert pass_of(Claims({"sub": ""})).welcome.expire_at == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "news"},
        {"channels": "news"},
        {"channels": [1]},
        {"subs": ["news"]},
        {"subs": {"news": {"override": {"presence": True}}}},
        {"subs": {"news": {"override": {"strange": {"value": True}}}}},
        {"b64info": "!"},
        {"b64info": 1},
        {"expire_at": "soon"},
        {"expire_at": -1},
        {"caps": [{"match": "fuzzy"}]},
        {"caps": [{"channels": "news"}]},
    ],
)
def test_a_claim_of_the_wrong_kind_is_no_good_token(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidToken):
        pass_of(claims(**wrong))


def test_a_regular_expression_that_is_none_is_no_good_token() -> None:
    with pytest.raises(InvalidToken, match="no regular expression"):
        pass_of(claims(caps=[{"channels": ["("], "match": "regex", "allow": ["sub"]}]))


def test_a_subscription_token_gives() -> None:
    grant = grant_of(claims(channel="chat", info=1, allow=["pub", "prs", "new"], client="c1"), "ann", "c1", "chat")
    assert (bytes(grant.info), grant.allows) == (b"1", frozenset({"publish", "presence"}))
    assert grant_of(claims(channel="chat", allow=["*"]), "ann", "c1", "chat").allows >= {"publish", "history"}


def test_what_means_nothing_is_told_once(advice: list[str]) -> None:
    for _ in range(2):
        grant = grant_of(claims(channel="chat", allow=["publish", "hst"]), "ann", "c1", "chat")
        assert grant.allows == {"history"}
        pass_of(claims(caps=[{"channels": ["a"], "allow": ["publish", "sub"]}]))
    [told] = advice
    assert "'publish', which means nothing: there are sub (subscribe), pub" in told


@pytest.mark.parametrize("other", [{"sub": "bob"}, {"sub": ""}, {"channel": "news"}, {"channel": ""}, {"client": "c2"}])
def test_a_good_token_of_another_is_an_attack(other: dict[str, Any]) -> None:
    with pytest.raises(Disconnect) as gone:
        grant_of(claims(**{"channel": "chat", **other}), "ann", "c1", "chat")
    assert gone.value.code == 3500
    whose = next(iter(other)).replace("sub", "user")
    assert (gone.value.reason, gone.value.why) == ("invalid token", f"the token is another {whose}'s")


@pytest.mark.parametrize(
    ("match", "pattern", "channel", "covered"),
    [
        ("", "news", "news", True),
        ("exact", "news", "news2", False),
        ("exact", "n*", "news", False),
        ("wildcard", "user:*", "user:1", True),
        ("wildcard", "user:*", "users:1", False),
        ("wildcard", "a[b]", "ab", False),
        ("regex", "^user:[0-9]+$", "user:12", True),
        ("regex", "^user:[0-9]+$", "user:x", False),
        ("regex", "^user:[0-9]+$", "user:12\n", False),
    ],
)
def test_a_capability_covers_channels(match: str, pattern: str, channel: str, covered: bool) -> None:
    assert Capability([pattern], match, ["sub"]).covers(channel) is covered


def test_capabilities_and_channels_of_a_token() -> None:
    said = claims(
        caps=[{"channels": ["a"], "allow": ["pub"]}, {"channels": ["b"], "allow": ["*"]}],
        channels=["x"],
        subs={"y": {}},
    )
    found = pass_of(said)
    one, two = found.capabilities
    assert (one.covers("a"), one.covers("b"), set(one.allow)) == (True, False, {"publish"})
    assert (two.covers("a"), set(two.allow)) == (False, {"subscribe", "publish", "presence", "history"})
    assert (found.claims, set(found.welcome.subs)) == (said, {"x", "y"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["info", "b64info", "channels", "subs", "caps", "meta", "expire_at", "channel", "client", "override", "allow"]


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_a_token_says_it_is_read_or_refused(said: dict[str, Any]) -> None:
    for read in (pass_of, lambda each: grant_of(each, "ann", "c1", "chat")):
        try:
            read(claims(**said))
        except (InvalidToken, Disconnect):
            pass
