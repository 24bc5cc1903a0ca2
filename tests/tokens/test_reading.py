"""Keys made from what is given: PEM, secrets, JWK and JWKS; and what is no key says why it is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Misuse
from hubbub.tokens.keys import AnySecret, UnusableKey
from hubbub.tokens.reading import read_jwk, read_key_set, read_keys
from tests.tokens.making import SECRET, encode, private_key, public_jwk, public_pem, rsa_key

HS = ["HS256", "HS384", "HS512"]
RS = ["PS256", "PS384", "PS512", "RS256", "RS384", "RS512"]
OCT = {"kty": "oct", "k": encode(SECRET)}
PRIVATE_PEM = rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def serves(given_: Any) -> list[list[str]]:
    """What each of the keys serves."""
    return [sorted(key.algorithms) for key in read_keys(given_)]


@pytest.mark.parametrize(
    ("given_", "serving"),
    [
        (SECRET, HS),
        (SECRET.decode(), HS),
        (b"x" * 48, HS[:2]),
        (b"x" * 32, HS[:1]),
        (public_pem(rsa_key()), RS),
        (public_pem(rsa_key()).decode(), RS),
        (PRIVATE_PEM, RS),
        (public_pem(private_key("ES256")), ["ES256"]),
        (public_pem(private_key("ES512")), ["ES512"]),
        (public_pem(private_key("EdDSA")), ["Ed25519", "EdDSA"]),
        (public_pem(private_key("Ed448")), ["Ed448", "EdDSA"]),
        (OCT, HS),
        ({**OCT, "alg": "HS384"}, ["HS384"]),
        (public_jwk(rsa_key(), "k"), RS),
        (public_jwk(rsa_key(), "k", alg="RS512", use="sig", key_ops=["verify"]), ["RS512"]),
        (json.dumps(public_jwk(rsa_key())), RS),
    ],
)
def test_a_key_of_each_form(given_: Any, serving: list[str]) -> None:
    assert serves(given_) == [serving]


@pytest.mark.parametrize("text", [b"x", b'{"kty": "oct"}', b"-----BEGIN", b"https://a.example"])
def test_a_secret_that_others_chose_is_taken_as_it_is(text: bytes) -> None:
    (key,) = read_keys(AnySecret(text))
    assert (key.is_secret, key.kid, set(key.algorithms)) == (True, None, {"HS256", "HS384", "HS512"})


def test_several_keys_and_sets() -> None:
    key_set = {"keys": [public_jwk(rsa_key(), "a"), public_jwk(rsa_key(1), "b")]}
    assert [key.kid for key in read_keys([SECRET, key_set])] == [None, "a", "b"]
    assert [key.kid for key in read_keys(json.dumps(key_set))] == ["a", "b"]


BAD: list[tuple[Any, str]] = [
    ([], "no key was given"),
    ("", "must not be empty"),
    ("secret", "at least 32 bytes, not 6: secrets.token_urlsafe"),
    (b"x" * 31, "at least 32 bytes, not 31"),
    (7, "of the type int"),
    ([7], "of the type int"),
    ("https://issuer.example/jwks.json", r"say Jwks\(address\)"),
    ("{", "no JSON"),
    ({}, "key type"),
    ({"kty": "RSA"}, "'n' is required"),
    ({"kty": "AKP", "pub": ""}, "AKP"),
    ({"kty": []}, "unhashable"),
    ({"kty": "oct", "k": "AAAA"}, "at least 32 bytes"),
    ({**OCT, "alg": "RS256"}, "does not go with its type"),
    ({**OCT, "alg": 5}, "'alg' is no string"),
    ({**OCT, "kid": 5}, "is no string"),
    ({**OCT, "use": "enc"}, "not for verifying"),
    ({**OCT, "key_ops": ["encrypt"]}, "not for verifying"),
    ({"kty": "OKP", "crv": "X25519", "x": encode(bytes(range(32)))}, "X25519 is not for signatures"),
    (public_jwk(rsa_key(bits=1024)), "2048 to 8192 bits, not 1024"),
    (public_pem(rsa_key(bits=1024)), "2048 to 8192 bits, not 1024"),
    (public_pem(ec.generate_private_key(ec.SECP256K1())), "secp256k1"),
    (public_pem(dsa.generate_private_key(2048)), "neither RSA nor EC"),
    ("-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----", "a key cannot be used"),
    (
        ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "public keys",
    ),
    (rsa_key().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "must not be used as oct"),
    ({"keys": 5}, "a list 'keys'"),
    ({"keys": []}, "no key that signatures"),
    ({"keys": [None, 5, "x", {"kty": "AKP"}]}, "no key that signatures"),
]


@pytest.mark.parametrize(("given_", "says"), BAD, ids=[f"{n}-{says}" for n, (_, says) in enumerate(BAD)])
def test_what_is_no_key_says_why(given_: Any, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        read_keys(given_)


def test_a_set_passes_over_what_it_does_not_understand() -> None:
    known = public_jwk(rsa_key(), "good")
    others = [{"kty": "AKP"}, {**known, "use": "enc"}, {**known, "kid": []}, None, {"kty": "EC", "crv": "P-256"}]
    assert [key.kid for key in read_key_set({"keys": [*others, known]})] == ["good"]


def test_a_set_that_anybody_may_read_holds_no_secret() -> None:
    with pytest.raises(UnusableKey, match="no key"):
        read_key_set({"keys": [OCT]}, public_only=True)
    assert len(read_key_set({"keys": [OCT]})) == 1


MEMBERS = st.sampled_from(["kty", "kid", "use", "key_ops", "alg", "n", "e", "k", "crv", "x", "y", "d"])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=5), max_size=2)


@given(st.sampled_from([OCT, public_jwk(rsa_key()), {"kty": "EC"}, {}]), st.dictionaries(MEMBERS, VALUES, max_size=4))
def test_any_jwk_is_a_key_or_unusable(base: dict[str, Any], changes: dict[str, Any]) -> None:
    try:
        assert read_jwk({**base, **changes}).algorithms
    except UnusableKey:
        pass
