"""What a token says: the registered claims with the types that RFC 7519 gives them, all others as they are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Claims, InvalidToken


def test_claims_are_a_mapping_with_names_for_what_is_registered() -> None:
    said = {"sub": "ann", "exp": 20, "iat": 10.5, "jti": "t", "aud": ["a", "b"], "role": {"admin": True}}
    claims = Claims(said)
    assert dict(claims) == said
    assert (claims.user, claims.expires_at, claims.issued_at, claims.token_id) == ("ann", 20, 10.5, "t")
    assert claims.audience == ("a", "b")
    assert (claims.get("team"), len(claims)) == (None, 6)


def test_what_is_not_said() -> None:
    claims = Claims({})
    assert (claims.user, claims.expires_at, claims.issued_at, claims.token_id, claims.audience) == (
        "",
        None,
        None,
        None,
        (),
    )


def test_they_do_not_change_with_what_they_were_made_of() -> None:
    said = {"sub": "ann"}
    claims = Claims(said)
    said["sub"] = "root"
    assert claims.user == "ann"


def test_they_show_little_of_themselves() -> None:
    assert repr(Claims({"sub": "ann", "exp": 5, "email": "ann@example.com"})) == "Claims(user='ann', expires_at=5)"


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", ["5", None, True, [5], {}, -0.1, 253_402_300_800, float("inf"), float("nan"), 10**400]
)
def test_a_date_is_a_number_that_is_a_date(name: str, value: Any) -> None:
    with pytest.raises(InvalidToken, match=f"the claim '{name}'"):
        Claims({name: value})


@given(
    st.sampled_from(["sub", "iss", "jti", "aud"]),
    st.none() | st.integers() | st.floats() | st.lists(st.integers(), min_size=1),
)
def test_a_name_is_a_string(name: str, value: Any) -> None:
    with pytest.raises(InvalidToken, match=f"the claim '{name}'"):
        Claims({name: value})
