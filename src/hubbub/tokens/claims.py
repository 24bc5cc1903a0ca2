"""What a token says, once its signature is good: claims with types that can be relied on. Pure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import InvalidToken

TIMES = ("exp", "nbf", "iat")
TEXTS = ("sub", "iss", "jti")

LATEST = 253_402_300_799
"""The last second of the year 9999: what is beyond is no date."""


class Claims(Mapping[str, Any]):
    """The claims of a token (RFC 7519 section 4): a mapping, and the registered ones as attributes.

    Args:
        values: by name; those that RFC 7519 registers must have the types that it gives them.

    Raises:
        InvalidToken: one of them has not.

    Example:
        >>> claims = Claims({"sub": "ann", "exp": 2000000000, "role": "admin"})
        >>> claims.user, claims.expires_at, claims["role"], claims.get("team")
        ('ann', 2000000000, 'admin', None)
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in TIMES:
            if name in values:
                _check_time(name, values[name])
        for name in TEXTS:
            if name in values and not isinstance(values[name], str):
                raise InvalidToken(f"the claim {name!r} is no string but {_kind(values[name])}")
        _check_audience(values.get("aud", ""))
        self._values = dict(values)

    @property
    def user(self) -> str:
        """The subject, `sub`: whom the token was given to; empty for nobody in particular."""
        return str(self._values.get("sub", ""))

    @property
    def token_id(self) -> str | None:
        """`jti`: the token's own name, by which it can be revoked."""
        return self._values.get("jti")

    @property
    def issued_at(self) -> float | None:
        """`iat`, in seconds since 1970."""
        return self._values.get("iat")

    @property
    def expires_at(self) -> float | None:
        """`exp`, in seconds since 1970; `None` for a token that never ends."""
        return self._values.get("exp")

    @property
    def audience(self) -> tuple[str, ...]:
        """`aud`: whom the token is for."""
        given = self._values.get("aud", ())
        return (given,) if isinstance(given, str) else tuple(given)

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Claims(user={self.user!r}, expires_at={self.expires_at!r})"


def _check_time(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidToken(f"the claim {name!r} is no number but {_kind(value)}")
    if not 0 <= value <= LATEST:
        raise InvalidToken(f"the claim {name!r} is no date that there is")


def _check_audience(value: Any) -> None:
    if not isinstance(value, str) and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise InvalidToken(f"the claim 'aud' is neither a string nor a list of strings but {_kind(value)}")


def _kind(value: Any) -> str:
    return f"of the type {type(value).__name__}"
