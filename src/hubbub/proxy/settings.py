"""Which backend is asked what: values, checked when they are made. Nothing is asked here."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict
from urllib.parse import urlsplit

from ..channels.names import DEFAULT_NAMES, Names
from ..errors import Disconnect, Misuse, Refused

MAX_BYTES = 512 * 1024
"""Of an answer: half of what may wait for a client that does not read."""

OURS = frozenset(
    (
        *("accept", "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "expect"),
        *("host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
    )
)
"""Headers that frame the request to the backend, or say what it is: never those of somebody else."""

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, eq=False, repr=False)
class Proxy:
    """A backend that is asked by HTTP what a hook would be asked. It needs `hubbub[proxy]`.

    The names are Centrifugo's; what it has under `http` stands here by itself.

    Args:
        endpoint: the address that is posted to, `http` or `https`.
        timeout: seconds for the whole of a question: waiting for a place, asking, asking again, reading the answer.
        http_headers: names of headers of the client's own request that the backend is told.
        emulated_headers: names of headers that the client may say in its `connect` command (`headers` of the JavaScript SDK,
            for browsers set none on a WebSocket). Whoever connects chooses them: name none that the backend trusts as the work
            of a proxy in front. Where both lists have a name, the header of the request goes first.
        static_headers: headers of each request to the backend; they go before what a client says under the same name.
        status_to_code_transforms: what an answer with another status than 200 means: a `Refused`, or a `Disconnect`.
        binary_encoding: whether payloads go in base64 (`b64data`), for clients that send what is no JSON.
        include_connection_meta: whether the backend is told the connection's `meta`.
        tls: for `https`: which certificates are good, and which is ours. By default the public authorities'.
        concurrency: questions at once; those beyond it wait for a place.
        max_bytes: of an answer.

    Raises:
        Misuse: the address is none that can be posted to, a header cannot be sent, or a number is out of range.

    Example:
        ```python
        hub.proxy(
            connect=Proxy("https://app.example.com/realtime/connect", http_headers=["Cookie"]),
            subscribe={"chat:{room}": Proxy("https://app.example.com/realtime/subscribe", timeout=2)},
        )
        ```
    """

    endpoint: str
    timeout: float = 1.0
    http_headers: Iterable[str] = ()
    emulated_headers: Iterable[str] = ()
    static_headers: Mapping[str, str] = field(default_factory=dict)
    status_to_code_transforms: Mapping[int, Refused | Disconnect] = field(default_factory=dict)
    binary_encoding: bool = False
    include_connection_meta: bool = False
    tls: ssl.SSLContext | None = None
    concurrency: int = 100
    max_bytes: int = MAX_BYTES

    def __post_init__(self) -> None:
        _check_endpoint(self.endpoint)
        if min(self.timeout, self.concurrency, self.max_bytes) <= 0:
            raise Misuse("timeout, concurrency and max_bytes of a Proxy must be more than 0")
        for status, told in self.status_to_code_transforms.items():
            if not 100 <= status <= 599 or not isinstance(told, (Refused, Disconnect)):
                raise Misuse(
                    f"a Proxy turns an HTTP status into a Refused or a Disconnect, not {status!r} into {told!r}"
                )
        for list_name in ("http_headers", "emulated_headers"):
            names = getattr(self, list_name)
            if isinstance(names, str):
                raise Misuse(f"{list_name} of a Proxy is a list of names, not one text: [{names!r}]")
            object.__setattr__(self, list_name, tuple(map(_checked_name, names)))
        headers = {_checked_name(name): value for name, value in self.static_headers.items()}
        for name, value in headers.items():
            if not is_header_value(value):
                raise Misuse(
                    f"the value of the header {name!r} of a Proxy cannot be sent: text on one line, in Latin-1"
                )
        object.__setattr__(self, "static_headers", headers)

    def __str__(self) -> str:
        """Its address, without what may be secret in it."""
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}{parts.path}"

    def __repr__(self) -> str:
        return f"Proxy({str(self)!r})"


class Proxies(TypedDict, total=False):
    """Which questions go to which backend; those that are not named are asked of nobody.

    A mapping is by the channels' pattern, as `on_subscribe` takes it; a `Proxy` by itself is for all channels. `rpc` is by
    the method's name, or by a pattern of names; a `Proxy` by itself is for all methods.
    """

    connect: Proxy
    refresh: Proxy
    disconnect: Proxy
    subscribe: Proxy | Mapping[str, Proxy]
    sub_refresh: Proxy | Mapping[str, Proxy]
    unsubscribe: Proxy | Mapping[str, Proxy]
    publish: Proxy | Mapping[str, Proxy]
    rpc: Proxy | Mapping[str, Proxy]


def patterns_of(namespace: str, names: Names = DEFAULT_NAMES) -> tuple[str, ...]:
    """The patterns of all channels of a namespace, private ones too; of those without one for `""`.

    Args:
        namespace: its name.
        names: how names are read; the boundary must be `:`, for it is what a pattern's parameter stops at.

    Raises:
        Misuse: the boundary is another.

    Example:
        >>> patterns_of("chat")
        ('chat:', 'chat:{rest:path}', '$chat:', '$chat:{rest:path}')
    """
    if names.namespace_boundary != ":":
        raise Misuse("patterns know no other boundary of namespaces than ':'")
    prefixes = dict.fromkeys(("", names.private_prefix))
    alone = () if namespace else ("{rest}",)
    return (*alone, *(f"{prefix}{namespace}:{rest}" for prefix in prefixes for rest in ("", "{rest:path}")))


def is_header_value(value: str) -> bool:
    """Whether a text can be the value of a header (RFC 9110 section 5.5)."""
    return _VALUE.fullmatch(value) is not None


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        is_right = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and endpoint.isascii()
    except ValueError:  # a port that is none
        is_right = False
    if not is_right or not endpoint.isprintable():
        raise Misuse("the endpoint of a Proxy is an address of http or https, such as https://app.example.com/connect")
    if parts.username is not None or parts.password is not None:
        raise Misuse("the endpoint of a Proxy holds no password: static_headers={'Authorization': ...} does")


def _checked_name(name: str) -> str:
    name = name.lower()
    if not _NAME.fullmatch(name):
        raise Misuse(f"{name!r} is no name of a header")
    if name in OURS:
        raise Misuse(f"the header {name!r} is part of the request to the backend itself, and cannot be another's")
    return name
