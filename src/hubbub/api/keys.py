"""Keys of the API: who may do what. Only a key's digest is kept, so nothing here can print one. Pure.

A key that is presented is compared with all there are, by digests of one length and in constant time: neither its length,
nor which key it is near to, shows in how long that takes.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest

from ..channels.names import wildcard
from ..codes import ErrorCode
from ..errors import Misuse, Refused

OF_CHANNELS = frozenset(
    ("publish", "broadcast", "subscribe", "unsubscribe", "presence", "presence_stats", "history", "history_remove",
     "channels")
)  # fmt: skip
"""Methods that name channels. A key for certain channels does these alone, unless others are named too."""

METHODS = OF_CHANNELS | {"disconnect", "refresh", "info", "rpc"}
"""All methods, but `batch`, which is as allowed as what is in it."""


class ApiKey:
    """A key of the HTTP API, and what may be done with it.

    Args:
        key: the secret: ASCII without spaces. Make one with `python -c "import secrets; print(secrets.token_urlsafe())"`.
        methods: what may be done with it; by default everything, or with `channels` what names a channel.
        channels: patterns of the channels that it is for, in which `*` stands for any characters and `?` for one; by
            default all.
        name: what it is called where it is shown; the key itself never is.

    Raises:
        Misuse: it is no key, or there is no such method.

    Example:
        ```python
        ApiKey(os.environ["ORDERS_KEY"], methods=["publish"], channels=["orders:*"], name="orders")
        ```
    """

    __slots__ = ("_digest", "_patterns", "channels", "methods", "name")

    def __init__(
        self, key: str, *, methods: Iterable[str] | None = None, channels: Iterable[str] | None = None, name: str = ""
    ) -> None:
        if not isinstance(key, str) or not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Misuse("an API key is a text of ASCII without spaces, and not an empty one")
        self._digest = _digest(key.encode())
        self.name = name
        self.channels = None if channels is None else _texts(channels, "channels")
        self.methods = self._methods(methods)
        self._patterns = None if self.channels is None else [wildcard(each) for each in self.channels]

    def check_method(self, method: str) -> None:
        """Whether it may do this at all.

        Raises:
            Refused: it may not (103).
        """
        if method not in self.methods:
            raise Refused(ErrorCode.PERMISSION_DENIED, f"permission denied: the key is not for `{method}`")

    def check_channel(self, channel: str) -> None:
        """Whether it may do it there.

        Raises:
            Refused: it may not (103).
        """
        if self._patterns is not None and not self.sees(channel):
            raise Refused(ErrorCode.PERMISSION_DENIED, "permission denied: the key is not for this channel")

    def sees(self, channel: str) -> bool:
        """Whether it is for this channel."""
        return self._patterns is None or any(pattern.match(channel) for pattern in self._patterns)

    def _methods(self, methods: Iterable[str] | None) -> frozenset[str]:
        if methods is None:
            return METHODS if self.channels is None else OF_CHANNELS
        named = frozenset(_texts(methods, "methods"))
        if unknown := sorted(named - METHODS):
            raise Misuse(f"there is no method {unknown[0]!r} of the API: there are {', '.join(sorted(METHODS))}")
        return named

    def __repr__(self) -> str:
        return f"ApiKey(name={self.name!r}, methods={sorted(self.methods)}, channels={self.channels})"


def find(keys: Iterable[ApiKey], presented: bytes) -> ApiKey | None:
    """The key that was presented; `None` where it is none of these."""
    digest = _digest(presented)
    found = None
    for key in keys:
        if compare_digest(key._digest, digest):
            found = key
    return found


def _digest(key: bytes) -> bytes:
    return sha256(key).digest()


def _texts(texts: Iterable[str], what: str) -> tuple[str, ...]:
    if isinstance(texts, str):
        raise Misuse(f"{what} are several: give a list, even of one")
    return tuple(texts)
