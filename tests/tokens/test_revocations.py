"""What is revoked stays so until it has expired, whatever else is revoked: the store is bounded and forgets nobody."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Claims
from hubbub.tokens.revocations import Revocations, marks


def claims(**said: Any) -> Claims:
    return Claims({"sub": "ann", "jti": "t1", "iat": 100, **said})


def test_by_what_a_token_can_be_revoked() -> None:
    assert marks(claims()) == [("sub", "ann"), ("jti", "t1")]
    assert marks(Claims({"jti": "t1"})) == [("jti", "t1")]
    assert marks(Claims({})) == []


def test_a_token_by_its_id() -> None:
    revoked = Revocations()
    assert revoked.add(("jti", "t1"), 110)
    assert revoked.concern(claims(), 111)
    assert revoked.concern(claims(iat=200), 201)
    assert not revoked.concern(claims(jti="t2"), 111)


@pytest.mark.parametrize(
    ("issued_at", "concerned"), [(100, True), (110, True), (110.5, False), (111, False), (None, True)]
)
def test_a_users_tokens_up_to_now(issued_at: float | None, concerned: bool) -> None:
    revoked = Revocations()
    revoked.add(("sub", "ann"), 110)
    said = {"sub": "ann"} if issued_at is None else {"sub": "ann", "iat": issued_at}
    assert revoked.concern(Claims(said), 120) == concerned
    assert not revoked.concern(claims(sub="bob"), 120)


def test_a_user_is_no_token_of_the_same_name() -> None:
    revoked = Revocations()
    revoked.add(("jti", "ann"), 110)
    assert not revoked.concern(claims(), 111)


def test_a_revocation_ends_when_what_it_concerns_has_expired() -> None:
    revoked = Revocations()
    revoked.add(("jti", "t1"), 110, until=120)
    assert revoked.concern(claims(), 119)
    assert not revoked.concern(claims(), 120)


def test_what_is_revoked_again_is_no_longer_the_oldest() -> None:
    revoked = Revocations(capacity=2)
    for mark, now in ((("sub", "ann"), 110), (("sub", "bob"), 120), (("sub", "ann"), 200)):
        assert revoked.add(mark, now)
    assert not revoked.add(
        ("sub", "eve"), 210
    )  # in the place of bob: all before 120 counts as revoked, and not all before 200
    assert not revoked.concern(claims(sub="dan", iat=150), 220)
    assert revoked.concern(claims(sub="dan", iat=119), 220)
    assert revoked.concern(claims(sub="ann", iat=150), 220)


def test_a_second_revocation_does_not_shorten_the_first() -> None:
    revoked = Revocations()
    revoked.add(("jti", "t1"), 110, until=200)
    revoked.add(("jti", "t1"), 111, until=120)
    assert revoked.concern(claims(), 199)
    assert len(revoked) == 1


def test_when_it_is_full_more_is_revoked_never_less() -> None:
    revoked = Revocations(capacity=2)
    assert revoked.add(("jti", "t1"), 110)
    assert revoked.add(("jti", "t2"), 120)
    assert not revoked.add(("jti", "t3"), 130)
    assert len(revoked) == 2
    for token_id in ("t1", "t2", "t3"):
        assert revoked.concern(claims(jti=token_id, iat=105), 131)
    assert revoked.concern(claims(jti="of nobody", iat=110), 131)
    assert revoked.concern(Claims({"sub": "of no time"}), 131)
    assert not revoked.concern(claims(jti="of nobody", iat=111), 131)


def test_what_has_expired_makes_room_at_no_cost() -> None:
    revoked = Revocations(capacity=1)
    revoked.add(("jti", "t1"), 110, until=120)
    assert revoked.add(("jti", "t2"), 130)
    assert not revoked.concern(claims(jti="t9", iat=100), 131)


@given(
    st.lists(st.tuples(st.sampled_from(["jti", "sub"]), st.sampled_from("abcde"), st.integers(1, 30)), max_size=30),
    st.integers(1, 4),
)
def test_nothing_that_was_revoked_and_lives_still_is_let_in(made: list[tuple[str, str, int]], capacity: int) -> None:
    revoked = Revocations(capacity)
    for now, (kind, name, lasts) in enumerate(made, 100):
        revoked.add((kind, name), now, until=now + lasts)
        assert len(revoked) <= capacity
    end = 100 + len(made)
    for at, (kind, name, lasts) in enumerate(made, 100):
        if at + lasts > end:
            other = {"sub": "nobody"} if kind == "jti" else {"jti": "none"}
            assert revoked.concern(Claims({kind: name, "iat": at - 1, **other}), end)
