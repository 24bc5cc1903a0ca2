"""Who may ask at all: the Host and the Origin of a request against what is allowed, in code or in the environment.

How the names of a list match is `origin.py`'s; who asks with which token, and how many may, is checked elsewhere.
"""

from __future__ import annotations

import os
from functools import cache

from starlette.requests import HTTPConnection

from ..errors import Refused
from .origin import host_patterns, is_host_allowed, is_origin, is_origin_allowed, origin_patterns, own_origin
from .terms import Terms


def check_host(connection: HTTPConnection, terms: Terms) -> None:
    """Whether what was asked for is served here.

    Raises:
        Refused: it is not (421).
    """
    allowed = from_environment("HUBBUB_HOSTS") if terms.hosts is None else terms.hosts
    if not allowed:
        return
    hosts = connection.headers.getlist("host")
    if len(hosts) != 1 or not is_host_allowed(hosts[0], allowed):
        raise Refused(421, f"host {', '.join(hosts)!r} is not served here; allow it {_remedy(terms, 'hosts')}")


def check_origin(connection: HTTPConnection, scheme: str, origin: str | None, terms: Terms) -> None:
    """Whether the page that asks may. What is no browser says no origin, and may.

    Args:
        connection: the request.
        scheme: its scheme where the server says none.
        origin: its Origin header.
        terms: what is allowed.

    Raises:
        Refused: it may not (403).
    """
    if origin is None:
        return
    own = own_origin(connection.scope.get("scheme", scheme), connection.headers.get("host", ""))
    allowed = from_environment("HUBBUB_ORIGINS") if terms.origins is None else terms.origins
    if not is_origin_allowed(origin, own, allowed):
        shown = ascii(origin)[1:-1][:200]
        how = f"; allow it {_remedy(terms, 'origins', repr(shown))}" if is_origin(origin) else ": it names no page"
        raise Refused(403, f"origin {shown} is not allowed{how}")


@cache
def from_environment(name: str) -> tuple[str, ...]:
    """What `HUBBUB_ORIGINS` and `HUBBUB_HOSTS` name, where the code says nothing."""
    return _PATTERNS[name](tuple(os.environ.get(name, "").replace(",", " ").split()))


def _remedy(terms: Terms, option: str, value: str = "...") -> str:
    """Where to say that `value` is allowed: there where the others are."""
    variable = f"HUBBUB_{option.upper()}"
    if getattr(terms, option) is None and from_environment(variable):
        return f"in {variable}"
    return "with " + terms.remedy.replace("{option}", option).replace("{value}", value)


_PATTERNS = {"HUBBUB_ORIGINS": origin_patterns, "HUBBUB_HOSTS": host_patterns}
