"""Who judges tokens in the stand-alone server: by keys that can be exchanged while clients are connected."""

from __future__ import annotations

import logging

from .. import clock
from ..errors import InvalidToken
from ..settings.client import Token
from ..settings.meaning import verifier_of
from ..tokens.claims import Claims
from ..tokens.verifier import LEEWAY, Verifier

logger = logging.getLogger("hubbub.serve")


class Judge:
    """Judges by the keys that it was told last; without any it takes no token.

    Args:
        token: the options.
        takes_anonymous: whether a token without a user is good.

    Raises:
        Misuse: a key cannot be used.
    """

    leeway = LEEWAY

    def __init__(self, token: Token, *, takes_anonymous: bool = True) -> None:
        self._current = verifier_of(token)
        self._previous = verifier_of(token, with_previous=True) if token.hmac_previous_secret_key else None
        self._until = token.hmac_previous_secret_key_valid_until or float("inf")
        self._takes_anonymous = takes_anonymous
        if self._current is not None and self._current.remote is not None:
            self._current.remote.on_failure = logger.warning

    def take_over(self, other: Judge) -> None:
        """Judge as `other` does from now on."""
        self._current, self._previous, self._until = other._current, other._previous, other._until
        self._takes_anonymous = other._takes_anonymous

    def __repr__(self) -> str:
        return f"Judge({self._current!r})"

    async def verify(self, token: str) -> Claims:
        """As `Verifier.verify`."""
        claims = await self._verifier().verify(token)
        if not claims.user and not self._takes_anonymous:
            raise InvalidToken("the token is nobody's: client.disallow_anonymous_connection_tokens")
        return claims

    def lasting(self) -> Judge:
        """Itself: it asks for no claim, and has to be the one whose keys are exchanged."""
        return self

    async def is_ready(self) -> bool:
        """Whether it has its keys, where they must be fetched; this fetches them."""
        remote = None if self._current is None else self._current.remote
        return remote is None or bool(await remote.keys())

    def _verifier(self) -> Verifier:
        if self._previous is not None and clock.wall() < self._until:
            return self._previous
        if self._current is None:
            raise InvalidToken("there is no key: set client.token")
        return self._current
