"""What a channel's name says: its namespace, whether it needs a token, and which users it is for. Pure; knows no options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache

MAX_LENGTH = 255
"""Bytes of UTF-8."""


@dataclass(frozen=True, slots=True)
class Names:
    """How names are read. Each mark may be another character, or empty, which switches off what it stands for.

    Args:
        private_prefix: a name that begins with it needs a subscription token.
        namespace_boundary: ends the namespace.
        user_boundary: what follows the last one are the only users who may subscribe.
        user_separator: between those users.
        max_length: bytes of a whole name.

    Example:
        >>> Names().namespace_of("$chat:lobby"), Names().users_of("dialog#ann,bob")
        ('chat', ('ann', 'bob'))
    """

    private_prefix: str = "$"
    namespace_boundary: str = ":"
    user_boundary: str = "#"
    user_separator: str = ","
    max_length: int = MAX_LENGTH

    def split(self, channel: str) -> tuple[str, str]:
        """The namespace, empty for none, and the rest of the name: what a namespace's `channel_regex` has to match.

        The private prefix belongs to neither, except that it is in the rest where there is no namespace.
        """
        mark = self.namespace_boundary
        if not mark or mark not in channel:
            return "", channel
        namespace, _, rest = channel.removeprefix(self.private_prefix).partition(mark)
        return namespace, rest

    def namespace_of(self, channel: str) -> str:
        """The namespace; empty for none."""
        return self.split(channel)[0]

    def is_private(self, channel: str) -> bool:
        """Whether it needs a subscription token, whatever the options say."""
        return bool(self.private_prefix) and channel.startswith(self.private_prefix)

    def is_user_limited(self, channel: str) -> bool:
        """Whether it is for some users only."""
        return bool(self.user_boundary) and self.user_boundary in channel

    def users_of(self, channel: str) -> tuple[str, ...]:
        """Whom a user-limited channel is for; nobody in particular gives none."""
        if not self.is_user_limited(channel):
            return ()
        users = channel.rpartition(self.user_boundary)[2]
        return tuple(users.split(self.user_separator)) if self.user_separator else (users,)

    def personal(self, user: str, namespace: str = "") -> str:
        """The channel that is one user's own.

        Example:
            >>> Names().personal("ann"), Names().personal("ann", "inbox")
            ('#ann', 'inbox:#ann')
        """
        return (namespace + self.namespace_boundary if namespace else "") + self.user_boundary + user

    def fault_of(self, channel: str) -> str:
        """What is wrong with a name, whatever its namespace; empty where nothing is."""
        if not channel:
            return "the channel has no name"
        if len(channel) * 4 > self.max_length and len(channel.encode("utf-8", "surrogatepass")) > self.max_length:
            return f"the channel's name is longer than {self.max_length} bytes"
        return ""


DEFAULT_NAMES = Names()
"""The marks that Centrifugo has when nobody changes them."""


def finds(pattern: str | re.Pattern[str], name: str) -> bool:
    """Whether a regular expression finds something in a name. Its `$` is the end, and not, as Python has it, before a last
    newline too: that would let in what it is there to keep out.

    Example:
        >>> finds("^[a-z]+$", "lobby"), finds("^[a-z]+$", "lobby\\n")
        (True, False)
    """
    return re.search(pattern, name + "\n" if name.endswith("\n") else name) is not None


@lru_cache(256)
def wildcard(pattern: str) -> re.Pattern[str]:
    """What matches the channels of a pattern, in which `*` stands for any characters, `?` for one, and no other for more than
    itself: brackets are characters of a name.

    Example:
        >>> wildcard("chat:*").match("chat:lobby") is not None
        True
    """
    return re.compile(translate(pattern.replace("[", "[[]")))
