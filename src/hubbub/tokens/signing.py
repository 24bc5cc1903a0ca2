"""Tokens made: claims signed with a key that can. For tools and trying out; what is let in is decided by `verifier.py`.

Imported when needed: it loads the library.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

from ..errors import Misuse
from .keys import Key, KeyData
from .reading import read_keys

PREFERRED = ("HS256", "RS256", "ES256", "ES384", "ES512", "EdDSA")
"""What signs where nobody says: the first that the key serves."""


def sign(claims: Mapping[str, Any], key: KeyData, algorithm: str | None = None) -> str:
    """A token (RFC 7515 section 7.1).

    Args:
        claims: what it says; taken as it is, good or not.
        key: a secret, PEM text of a private key, or a private JWK, whose `kid` the header then names.
        algorithm: what it is signed with; by default what fits the key.

    Raises:
        Misuse: the key cannot sign, or not so.

    Example:
        >>> token = sign({"sub": "ann"}, "a secret of 32 bytes or more, as each is")
        >>> token.count(".")
        2
    """
    found = read_keys(key)
    if len(found) > 1:
        raise Misuse("a token is signed with one key, not with several")
    signer = found[0]
    name = algorithm or next((name for name in PREFERRED if name in signer.algorithms), "")
    if name not in signer.algorithms:
        raise Misuse(f"{algorithm} does not go with the type of the key; {', '.join(sorted(signer.algorithms))} do")
    if not signer.material.is_private:
        raise Misuse("the key is a public one: with it tokens are checked, and made with the private one")
    signed = f"{_part(_header(signer, name))}.{_part(claims)}"
    signature = signer.algorithms[name].sign(signed.encode(), signer.material)
    return f"{signed}.{_encoded(signature)}"


def _header(key: Key, algorithm: str) -> dict[str, str]:
    return {"alg": algorithm, "typ": "JWT", **({"kid": key.kid} if key.kid is not None else {})}


def _part(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
