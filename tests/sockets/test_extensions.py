"""What is agreed on of an offer: the first that can be met, and never a parameter that it did not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.sockets.extensions import NAME, Agreement, agree
from hubbub.sockets.options import Deflate

PLAIN = "permessage-deflate"


def answer(offered: str, **wanted: int) -> str | None:
    agreement = agree(offered, Deflate(**wanted))  # type: ignore[arg-type]
    return agreement.answer if agreement else None


@pytest.mark.parametrize(
    ("offered", "answered"),
    [
        (PLAIN, PLAIN),
        (f"{PLAIN}; client_max_window_bits", f"{PLAIN}; client_max_window_bits=12"),
        (f"{PLAIN}; client_max_window_bits=15", f"{PLAIN}; client_max_window_bits=12"),
        (f"{PLAIN}; client_max_window_bits=10", f"{PLAIN}; client_max_window_bits=10"),
        (f'{PLAIN};client_max_window_bits="10"', f"{PLAIN}; client_max_window_bits=10"),
        (f'{PLAIN};client_max_window_bits="\\1\\0"', f"{PLAIN}; client_max_window_bits=10"),
        (f"{PLAIN}; client_max_window_bits=8", f"{PLAIN}; client_max_window_bits=8"),
        (f"{PLAIN} ;\tserver_max_window_bits = 10 ", f"{PLAIN}; server_max_window_bits=10"),
        (f"{PLAIN}; server_max_window_bits=15", f"{PLAIN}; server_max_window_bits=12"),
        (f"{PLAIN}; server_no_context_takeover", f"{PLAIN}; server_no_context_takeover"),
        (f"{PLAIN}; client_no_context_takeover", f"{PLAIN}; client_no_context_takeover"),
        (
            f"{PLAIN}; client_max_window_bits; server_max_window_bits=9; client_no_context_takeover;"
            " server_no_context_takeover",
            f"{PLAIN}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9;"
            " client_max_window_bits=12",
        ),
        (f"x-other; a=1, , {PLAIN}", PLAIN),
    ],
)
def test_an_offer_is_answered_with_what_it_has(offered: str, answered: str) -> None:
    assert answer(offered) == answered


@pytest.mark.parametrize(
    "offer",
    [
        "",
        "x-webkit-deflate-frame",
        "permessage-deflat\u00e9",
        "Permessage-Deflate",
        f"{PLAIN};",
        f"{PLAIN}; ;server_no_context_takeover",
        f"{PLAIN}; unknown",
        f"{PLAIN}; server_no_context_takeover; server_no_context_takeover",
        f"{PLAIN}; client_max_window_bits; client_max_window_bits=10",
        f"{PLAIN}; server_no_context_takeover=1",
        f"{PLAIN}; client_no_context_takeover=true",
        f"{PLAIN}; server_max_window_bits",
        f"{PLAIN}; server_max_window_bits=",
        f'{PLAIN}; server_max_window_bits=""',
        f'{PLAIN}; server_max_window_bits="10',
        f"{PLAIN}; server_max_window_bits=8",
        *(
            f"{PLAIN}; {side}_max_window_bits={bits}"
            for side in ("client", "server")
            for bits in (7, 16, "010", "+9", "9.0", "\u0669")
        ),
        f"{PLAIN} x; server_no_context_takeover",
    ],
)
def test_what_cannot_be_met_is_declined_and_the_next_offer_tried(offer: str) -> None:
    assert answer(offer) is None
    assert answer(f"{offer}, {PLAIN}; server_no_context_takeover, {PLAIN}") == f"{PLAIN}; server_no_context_takeover"


def test_windows_that_are_not_offered_stay_as_they_are() -> None:
    assert agree(PLAIN, Deflate()) == Agreement(True, False, 12, 15, PLAIN)


def test_context_is_taken_over_only_where_both_wish() -> None:
    kept = Deflate(server_no_context_takeover=False, client_no_context_takeover=False)
    agreement = agree(PLAIN, kept)
    assert agreement is not None
    assert (agreement.server_no_context_takeover, agreement.client_no_context_takeover) == (False, False)
    agreement = agree(f"{PLAIN}; server_no_context_takeover; client_no_context_takeover", kept)
    assert agreement == Agreement(True, False, 12, 15, f"{PLAIN}; server_no_context_takeover")


def test_8_bits_count_as_9_unless_the_client_names_them() -> None:
    smallest = {"server_max_window_bits": 8, "client_max_window_bits": 8}
    bounded = f"{PLAIN}; server_max_window_bits=15; client_max_window_bits"
    assert answer(bounded, **smallest) == f"{PLAIN}; server_max_window_bits=9; client_max_window_bits=9"
    assert answer(f"{PLAIN}; client_max_window_bits=8", **smallest) == f"{PLAIN}; client_max_window_bits=8"


NAMES = ["server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"]
VALUES = ["", "=8", "=9", "=12", "=15", "=16", '="10"', "=x"]
PARAMETERS = st.lists(st.tuples(st.sampled_from([*NAMES, "other"]), st.sampled_from(VALUES)), max_size=5)
OFFERS = st.lists(PARAMETERS, max_size=4)


def written(parameters: list[tuple[str, str]]) -> str:
    return "; ".join([NAME, *(name + value for name, value in parameters)])


@given(OFFERS, st.booleans(), st.booleans(), st.integers(8, 15), st.integers(8, 15))
def test_no_parameter_is_told_that_some_offer_has_not(
    offers: list[list[tuple[str, str]]], server: bool, client: bool, server_bits: int, client_bits: int
) -> None:
    agreement = agree(", ".join(map(written, offers)), Deflate(server, client, server_bits, client_bits))
    if agreement is None:
        return
    name, *told = agreement.answer.split("; ")
    offered = [{parameter for parameter, _ in offer} for offer in offers]
    assert name == NAME
    assert any({parameter.partition("=")[0] for parameter in told} <= names for names in offered)
    assert 9 <= agreement.server_max_window_bits <= max(server_bits, 9)
    assert 8 <= agreement.client_max_window_bits <= 15


@given(st.text(max_size=200))
def test_no_header_is_too_odd(header: str) -> None:
    for offered in (header, f"{PLAIN};{header}", f"{header},{PLAIN}"):
        agreement = agree(offered, Deflate())
        assert agreement is None or agreement.answer.startswith(PLAIN)


@pytest.mark.parametrize("piece", [",", ";", "a;", 'a="', "\\", " ", PLAIN + ";", PLAIN + ","])
def test_a_header_full_of_anything_costs_little(piece: str) -> None:
    """Where a pattern went back and forth, 30 KiB would take minutes."""
    agree(piece * (30_000 // len(piece)), Deflate())
    agree(f"{PLAIN}; client_max_window_bits" + piece * (30_000 // len(piece)), Deflate())
