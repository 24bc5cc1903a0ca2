"""A token's outer form: three parts, the header's rules, and JSON read strictly. Pure; verifies nothing.

RFC 7515 (JWS, compact serialization) and RFC 8725 (what goes wrong with JWT). The payload stays bytes here: it is read only
once its signature is known to be good.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any, NoReturn

from joserfc.util import urlsafe_b64decode

from ..errors import InvalidToken

FOREIGN = ("crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc")
"""Header parameters of which none is obeyed, and none ignored: they name other keys, or other rules, than the configured."""


@dataclass(frozen=True, slots=True)
class Compact:
    """A token in its parts.

    Args:
        algorithm: what the header says that it is signed with.
        kid: which key, as the header says; `None` where it does not.
        typ: what it is, as the header says.
        payload: the claims, still bytes.
        signed: the bytes that the signature is over.
        signature: the signature.
    """

    algorithm: str
    kid: str | None
    typ: str | None
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def parse(token: str, longest: int) -> Compact:
    """Take a token apart.

    Args:
        token: as it came.
        longest: characters that it may have.

    Raises:
        InvalidToken: it is none, or its header asks for what is not done here.
    """
    if len(token) > longest:
        raise InvalidToken(f"a token of {len(token)} characters; at most {longest} are read")
    parts = token.split(".")
    if len(parts) != 3:
        raise InvalidToken(f"a token has three parts between dots, not {len(parts)}")
    header = read_object(decode(parts[0], "header"), "header")
    for name in FOREIGN:
        if name in header:
            raise InvalidToken(f"the header parameter {name!r} is not allowed")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise InvalidToken("the header's 'alg' is missing, or no string")
    return Compact(
        algorithm,
        _text(header, "kid"),
        _text(header, "typ"),
        decode(parts[1], "payload"),
        f"{parts[0]}.{parts[1]}".encode("ascii"),
        decode(parts[2], "signature"),
    )


def decode(part: str, what: str) -> bytes:
    """One part, from base64url without padding (RFC 7515 section 2)."""
    try:
        return urlsafe_b64decode(part.encode("ascii"))
    except ValueError:
        raise InvalidToken(f"the {what} is no base64url") from None


def read_object(data: bytes, what: str) -> dict[str, Any]:
    """A JSON object, strictly: UTF-8, every name once, no NaN, nothing infinite, not too deep (RFC 8725 section 2.4)."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text: it breaks logs
    except (ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, _Bad) else "no JSON in UTF-8"
        raise InvalidToken(f"the {what} is not read: {detail}") from None
    if not isinstance(value, dict):
        raise InvalidToken(f"the {what} is no JSON object")
    return value


class _Bad(ValueError):
    """JSON that the standard library would take."""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Bad("a name stands twice in an object")
    return found


def _refuse(constant: str) -> NoReturn:
    raise _Bad(f"{constant} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _Bad("a number is out of range")
    return number


def _text(header: dict[str, Any], name: str) -> str | None:
    value = header.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidToken(f"the header's {name!r} is no string")
    return value
