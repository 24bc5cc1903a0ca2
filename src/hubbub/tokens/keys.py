"""Keys, and what each may verify: a key's type decides its algorithms, never a token's header alone. Imports no cryptography.

An RSA key never becomes a secret and a secret never an RSA key (RFC 8725 section 3.1); a secret serves the algorithms that
it is long enough for (RFC 7518 section 3.2). `reading.py` makes keys from what a developer or a key set gives.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import InvalidToken

KeyData = str | bytes | Mapping[str, Any]
"""A secret, PEM text, a JWK or a JWKS (RFC 7517)."""


class AnySecret(bytes):
    """A secret that others have chosen and sign with already: it serves every HS algorithm, however short it is, and is
    nothing else, whatever it looks like.
    """


RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
CURVES = {
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "Ed25519": frozenset({"EdDSA", "Ed25519"}),
    "Ed448": frozenset({"EdDSA", "Ed448"}),
}
SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
ALGORITHMS = RSA.union(SECRET_BYTES, *CURVES.values())
"""All that are served: RFC 7518, RFC 8037, RFC 9864. `none` is no algorithm."""


class UnknownKey(InvalidToken):
    """No key of that name is known, yet."""


class NoKeys(InvalidToken):
    """There are no keys at all: they could not be fetched. Not the client's fault."""

    status = 503
    close_code = 1013


class UnusableKey(ValueError):
    """A key that no signature is verified with here; the text says why."""


class Algorithm(Protocol):
    """An algorithm of the library's."""

    def verify(self, msg: bytes, sig: bytes, key: Any) -> bool:
        """Whether `sig` is a signature over `msg`."""

    def sign(self, msg: bytes, key: Any) -> bytes:
        """A signature over `msg`."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key.

    Args:
        kid: its name; `None` where it has none.
        algorithms: what it may verify, by name.
        material: the library's key.
        is_secret: whether who can verify with it can sign with it too.
    """

    kid: str | None
    algorithms: Mapping[str, Algorithm]
    material: Any = field(repr=False)
    is_secret: bool = False

    def verify(self, algorithm: str, signed: bytes, signature: bytes) -> bool:
        """Whether `signature` over `signed` was made with this key and `algorithm`."""
        try:
            return self.algorithms[algorithm].verify(signed, signature, self.material)
        except Exception:  # whatever two libraries raise at what is no signature
            return False
