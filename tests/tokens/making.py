"""Tokens as an issuer makes them, good and bad: any header, any payload, signed with any key. Asserts nothing."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SECRET = b"a secret of more than 64 bytes, so that it serves every HS algorithm that there is"

CURVES: dict[str, tuple[ec.EllipticCurve, int]] = {
    "ES256": (ec.SECP256R1(), 32),
    "ES384": (ec.SECP384R1(), 48),
    "ES512": (ec.SECP521R1(), 66),
}
HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}

ALGORITHMS = [
    *("HS256", "HS384", "HS512"),
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448"),
]


def private_key(algorithm: str, number: int = 0) -> Any:
    """A key that signs with `algorithm`; another for another number."""
    return _private_key(algorithm, number)


@cache
def _private_key(algorithm: str, number: int) -> Any:
    if algorithm.startswith("HS"):
        return SECRET + b"x" * number
    if algorithm.startswith("ES"):
        return ec.generate_private_key(CURVES[algorithm][0])
    if algorithm[:2] in ("RS", "PS"):
        return rsa_key(number)
    return ed448.Ed448PrivateKey.generate() if algorithm == "Ed448" else ed25519.Ed25519PrivateKey.generate()


def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """An RSA key, the same for the same arguments."""
    return _rsa_key(number, bits)


@cache
def _rsa_key(number: int, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def public_pem(key: Any) -> bytes:
    """The public half of a key, as PEM; a secret as it is."""
    if isinstance(key, bytes):
        return key
    pem: bytes = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return pem


def public_jwk(key: rsa.RSAPrivateKey, kid: str | None = None, **more: Any) -> dict[str, Any]:
    """The public half of an RSA key, as JWK."""
    numbers = key.public_key().public_numbers()
    made = {"kty": "RSA", "n": encode(_bytes(numbers.n)), "e": encode(_bytes(numbers.e)), **more}
    return made if kid is None else {**made, "kid": kid}


def encode(data: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """Good claims, some of them changed; those that are `None` left out."""
    now = int(time.time())
    good = {"sub": "ann", "exp": now + 3600, "iat": now, "jti": "t-1", **changes}
    return {name: value for name, value in good.items() if value is not None}


def token(payload: Mapping[str, Any] | bytes, algorithm: str = "HS256", key: Any = None, **header: Any) -> str:
    """A token whose signature is good for `key`.

    Args:
        payload: the claims, or bytes as they shall stand.
        algorithm: what it is signed with, and what the header says unless `alg` does.
        key: what it is signed with; by default the first for that algorithm.
        header: further parameters of the header; those that are `None` left out.
    """
    parameters = {name: value for name, value in {"alg": algorithm, **header}.items() if value is not None}
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return compact(json.dumps(parameters).encode(), body, algorithm, key)


def compact(header: bytes, payload: bytes, algorithm: str = "HS256", key: Any = None) -> str:
    """A token of these parts."""
    signed = f"{encode(header)}.{encode(payload)}"
    key = private_key(algorithm) if key is None else key
    return f"{signed}.{encode(sign(algorithm, key, signed.encode()))}"


def sign(algorithm: str, key: Any, data: bytes) -> bytes:
    """The signature, by the standard library and `cryptography` alone."""
    if algorithm == "none":
        return b""
    if algorithm.startswith("HS"):
        return hmac.digest(key, data, f"sha{algorithm[2:]}")
    if algorithm.startswith("ES"):
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(HASHES[algorithm[2:]])))
        size = CURVES[algorithm][1]
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")
    if algorithm[:2] in ("RS", "PS"):
        chosen = HASHES[algorithm[2:]]
        pss = padding.PSS(padding.MGF1(chosen), chosen.digest_size)
        signature: bytes = key.sign(data, pss if algorithm.startswith("PS") else padding.PKCS1v15(), chosen)
        return signature
    signature = key.sign(data)
    return signature


def _bytes(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
