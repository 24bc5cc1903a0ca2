"""A key, once made: it verifies what its type serves, and shows nothing of itself. How keys are made: `test_reading.py`."""

from __future__ import annotations

from hubbub.tokens.keys import ALGORITHMS, Key, NoKeys, UnknownKey
from hubbub.tokens.reading import read_keys
from tests.tokens.making import ALGORITHMS as ALL
from tests.tokens.making import SECRET, sign


class Breaking:
    """An algorithm whose library breaks."""

    def verify(self, msg: bytes, sig: bytes, key: object) -> bool:
        raise ZeroDivisionError

    def sign(self, msg: bytes, key: object) -> bytes:
        raise ZeroDivisionError


def test_every_algorithm_that_is_served_is_tested() -> None:
    assert frozenset(ALL) == ALGORITHMS
    assert "none" not in ALGORITHMS


def test_a_key_verifies_with_its_own_algorithms_only() -> None:
    [key] = read_keys(SECRET)
    good = sign("HS256", SECRET, b"data")
    assert key.verify("HS256", b"data", good)
    assert not key.verify("HS256", b"date", good)
    assert not key.verify("HS384", b"data", good)
    assert not key.verify("RS256", b"data", good)
    assert not key.verify("none", b"data", b"")


def test_whatever_a_library_raises_is_no_signature() -> None:
    assert not Key("k", {"HS256": Breaking()}, b"").verify("HS256", b"data", b"")


def test_a_key_does_not_show_what_it_is_made_of() -> None:
    [key] = read_keys(SECRET)
    assert SECRET.decode() not in repr(key)
    assert "secret of" not in repr(key)


def test_what_is_whose_fault() -> None:
    assert (UnknownKey("").status, NoKeys("").status) == (401, 503)
