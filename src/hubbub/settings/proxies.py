"""Options of backends that are asked over HTTP, and which there are. Only data."""

from __future__ import annotations

from msgspec import field

from .section import Section
from .values import Duration, Secret


class TransformError(Section, frozen=True, kw_only=True):
    """An error that a client is given.

    Args:
        code: its code.
        message: its text.
        temporary: whether the client may try again.
    """

    code: int = 0
    message: str = ""
    temporary: bool = False


class TransformDisconnect(Section, frozen=True, kw_only=True):
    """An end that a client is given.

    Args:
        code: its code.
        reason: its text.
    """

    code: int = 0
    reason: str = ""


class StatusTransform(Section, frozen=True, kw_only=True):
    """What a status of the backend means to the client.

    Args:
        status_code: the HTTP status.
        to_error: the error that it becomes.
        to_disconnect: the end that it becomes.
    """

    status_code: int = 0
    to_error: TransformError = TransformError()
    to_disconnect: TransformDisconnect = TransformDisconnect()


class ProxyHttp(Section, frozen=True, kw_only=True):
    """How the backend is asked.

    Args:
        static_headers: headers of each request; `${HUBBUB_VAR_NAME}` stands for a variable of the environment.
        status_to_code_transforms: what its HTTP statuses mean.
    """

    static_headers: dict[str, Secret] = field(default_factory=dict)
    status_to_code_transforms: tuple[StatusTransform, ...] = ()


class Proxy(Section, frozen=True, kw_only=True):
    """A backend that is asked over HTTP.

    Args:
        endpoint: its address.
        timeout: in which it answers.
        http_headers: headers of the client's request that it is told.
        emulated_headers: headers that the client itself names when it connects, which it is told.
        binary_encoding: payloads go as base64.
        include_connection_meta: the connection's meta goes with each question.
        http: further, how it is asked.
    """

    endpoint: str = ""
    timeout: Duration = Duration(1.0)
    http_headers: tuple[str, ...] = ()
    emulated_headers: tuple[str, ...] = ()
    binary_encoding: bool = False
    include_connection_meta: bool = False
    http: ProxyHttp = ProxyHttp()


class SwitchedProxy(Proxy, frozen=True, kw_only=True):
    """A proxy with a switch.

    Args:
        enabled: whether it is asked.
    """

    enabled: bool = False


class NamedProxy(Proxy, frozen=True, kw_only=True):
    """A proxy that namespaces name.

    Args:
        name: its name; not `default`.
    """

    name: str = ""


class ClientProxies(Section, frozen=True, kw_only=True):
    """Who is asked of connections.

    Args:
        connect: who is this?
        refresh: may it stay?
        disconnect: Hubbub's own: it is gone.
    """

    connect: SwitchedProxy = SwitchedProxy()
    refresh: SwitchedProxy = SwitchedProxy()
    disconnect: SwitchedProxy = SwitchedProxy()


class ChannelProxies(Section, frozen=True, kw_only=True):
    """The backends that namespaces call `default`.

    Args:
        subscribe: may it listen?
        publish: may it say that?
        sub_refresh: may it go on listening?
        unsubscribe: Hubbub's own: it listens no more.
    """

    subscribe: Proxy = Proxy()
    publish: Proxy = Proxy()
    sub_refresh: Proxy = Proxy()
    unsubscribe: Proxy = Proxy()
