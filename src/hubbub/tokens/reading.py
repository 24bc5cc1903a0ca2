"""Keys made from what is given: secrets, PEM, JWK, JWKS. The one file that knows the library; it is imported when needed."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import NoneType
from typing import Any

from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from ..errors import Misuse
from .keys import CURVES, RSA, SECRET_BYTES, AnySecret, Key, KeyData, UnusableKey

JoseKey = OctKey | RSAKey | ECKey | OKPKey

BOOKKEEPING = ("kid", "use", "key_ops", "alg")
"""Members of a JWK that say what it is for; what they mean is decided here, not by the library."""

RSA_BITS = range(2048, 8192 + 1)


def read_keys(given: KeyData | Iterable[KeyData]) -> tuple[Key, ...]:
    """Keys as a developer gives them.

    Raises:
        Misuse: one of them cannot be used; the text says why.
    """
    keys: list[Key] = []
    for data in given if isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping)) else [given]:
        try:
            keys += _read(data)
        except UnusableKey as error:
            raise Misuse(f"a key cannot be used: {error}") from None
    if not keys:
        raise Misuse("no key was given: a secret, PEM text, a JWK or a JWKS")
    return tuple(keys)


def read_key_set(data: Mapping[str, Any], *, public_only: bool = False) -> tuple[Key, ...]:
    """The keys of a JWKS that are for signatures; others are passed over (RFC 7517 section 5).

    Args:
        data: the set.
        public_only: whether secrets are passed over too: a set that anybody may read holds none.

    Raises:
        UnusableKey: it is no set, or has none.
    """
    listed = data.get("keys")
    if not isinstance(listed, list):
        raise UnusableKey("a JWKS has a list 'keys'")
    keys = []
    for one in listed:
        try:
            key = read_jwk(one)
        except UnusableKey:
            continue
        if not (public_only and key.is_secret):
            keys.append(key)
    if not keys:
        raise UnusableKey("the JWKS has no key that signatures are verified with here")
    return tuple(keys)


def read_jwk(data: Any) -> Key:
    """A key from a JWK.

    Raises:
        UnusableKey: it is none, or not for signatures.
    """
    if not isinstance(data, Mapping):
        raise UnusableKey("a JWK is an object")
    kid, use, operations, algorithm = (data.get(name) for name in BOOKKEEPING)
    if use not in (None, "sig") or (isinstance(operations, list) and "verify" not in operations):
        raise UnusableKey("it is not for verifying signatures ('use', 'key_ops')")
    if not isinstance(kid, (str, NoneType)) or not isinstance(algorithm, (str, NoneType)):
        raise UnusableKey("its 'kid' or 'alg' is no string")
    material = {name: value for name, value in data.items() if name not in BOOKKEEPING}
    jose = _import(partial(JWKRegistry.import_key, material))
    algorithms = _algorithms(jose)
    if algorithm is not None:
        algorithms &= {algorithm}
    if not algorithms:
        raise UnusableKey(f"its 'alg' {algorithm!r} does not go with its type")
    return _make(kid, algorithms, jose)


def _read(data: Any) -> tuple[Key, ...]:
    if isinstance(data, AnySecret):
        return (_make(None, SECRET_BYTES, _import(partial(OctKey.import_key, bytes(data)))),)
    if isinstance(data, Mapping):
        return read_key_set(data) if "keys" in data else (read_jwk(data),)
    if not isinstance(data, (str, bytes)):
        raise UnusableKey(f"it is of the type {type(data).__name__}: give a secret, PEM text, a JWK or a JWKS")
    raw = data.encode() if isinstance(data, str) else data
    if raw.startswith((b"http://", b"https://")):
        raise UnusableKey("it is an address: say Jwks(address)")
    if raw.lstrip().startswith(b"{"):
        return _read(_read_json(raw))
    jose = _read_pem(raw) if b"-----BEGIN" in raw else _import(partial(OctKey.import_key, raw))
    return (_make(None, _algorithms(jose), jose),)


def _read_json(raw: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        raise UnusableKey("it begins like a JWK and is no JSON") from None
    return found if isinstance(found, Mapping) else {}


def _read_pem(raw: bytes) -> JoseKey:
    kinds: tuple[type[JoseKey], ...] = (RSAKey, ECKey, OKPKey)
    for kind in kinds:
        try:
            return _import(partial(kind.import_key, raw))
        except _AnotherKind:
            continue
    raise UnusableKey("PEM of a key that is neither RSA nor EC nor Ed25519 nor Ed448")


def _make(kid: str | None, names: Iterable[str], jose: JoseKey) -> Key:
    return Key(kid, {name: JWSRegistry.algorithms[name] for name in names}, jose, isinstance(jose, OctKey))


class _AnotherKind(UnusableKey):
    """PEM of a key of another type."""


def _import(make: Callable[[], JoseKey]) -> JoseKey:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # what it warns of is refused below
            return make()
    except JoseError as error:
        raise _AnotherKind(str(error)) from None
    except Exception as error:  # whatever two libraries raise at what is no key
        raise UnusableKey(str(error) or type(error).__name__) from None


def _algorithms(jose: JoseKey) -> frozenset[str]:
    if isinstance(jose, OctKey):
        size = len(jose.raw_value)
        if size < min(SECRET_BYTES.values()):
            raise UnusableKey(f"a secret needs at least 32 bytes, not {size}: secrets.token_urlsafe(32) makes one")
        return frozenset(name for name, least in SECRET_BYTES.items() if size >= least)
    if isinstance(jose, RSAKey):
        if jose.raw_value.key_size not in RSA_BITS:
            raise UnusableKey(f"an RSA key has 2048 to 8192 bits, not {jose.raw_value.key_size}")
        return RSA
    if jose.curve_name not in CURVES:
        raise UnusableKey(f"the curve {jose.curve_name} is not for signatures here; there are {', '.join(CURVES)}")
    return CURVES[jose.curve_name]
