"""What is signed here is taken here, with each algorithm; and a key that cannot sign says so."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hubbub import Misuse, Verifier
from hubbub.tokens.compact import parse
from hubbub.tokens.signing import sign
from tests.tokens.making import ALGORITHMS, SECRET, claims, encode, private_key, public_jwk, public_pem, rsa_key


def private_pem(key: Any) -> bytes:
    """As an issuer keeps it; a secret as it is."""
    if isinstance(key, bytes):
        return key
    pem: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_each_algorithm(algorithm: str) -> None:
    key = private_key(algorithm)
    token = sign(claims(), private_pem(key), algorithm)
    assert parse(token, 8192).algorithm == algorithm
    assert Verifier(public_pem(key), algorithms=[algorithm]).verify_nowait(token).user == "ann"


@pytest.mark.parametrize(
    ("kind", "chosen"), [("HS256", "HS256"), ("PS512", "RS256"), ("ES384", "ES384"), ("Ed25519", "EdDSA")]
)
def test_what_fits_the_key(kind: str, chosen: str) -> None:
    assert parse(sign(claims(), private_pem(private_key(kind))), 8192).algorithm == chosen


def test_a_jwk_names_itself() -> None:
    jwk = {"kty": "oct", "k": encode(SECRET), "kid": "2026"}
    assert parse(sign(claims(), jwk), 8192).kid == "2026"


def test_a_key_that_cannot() -> None:
    with pytest.raises(Misuse, match="a public one"):
        sign(claims(), public_pem(rsa_key()))
    with pytest.raises(Misuse, match=r"RS256 does not go with the type of the key; HS256, HS384, HS512 do"):
        sign(claims(), SECRET, "RS256")
    with pytest.raises(Misuse, match="with one key"):
        sign(claims(), {"keys": [public_jwk(rsa_key(), "a"), public_jwk(rsa_key(), "b")]})
    with pytest.raises(Misuse, match="at least 32 bytes"):
        sign(claims(), b"short")
