"""Proxies as ordinary hooks: registered in the table, called like any other, and answered by a backend."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from typing import Any

import msgspec

from .. import clock
from ..channels.namespaces import Namespaces
from ..codes import ErrorCode
from ..errors import Disconnect, Misuse, Refused
from ..hooks import signature as kinds
from ..hooks.signature import Call
from ..hooks.table import Table
from ..protocol.json import JSON
from ..session.hooks import Approval, Grant, Welcome
from .backend import Backend, Backends, BadStatus
from .connect import CONNECT
from .headers import headers_of
from .notices import DISCONNECT, UNSUBSCRIBE
from .publish import PUBLISH
from .refresh import REFRESH, SUB_REFRESH
from .rpc import RPC
from .settings import Proxies, Proxy
from .shapes import Event, Failed
from .subscribe import SUBSCRIBE

RESPITE = 60.0
"""Seconds that a life which expires goes on where the backend does not answer: then it is asked again."""

EVERY_CHANNEL = ("{channel:path}",)
EVERY_METHOD = ("", "{method:path}")

ALONE = {
    "connect": (CONNECT, kinds.CONNECT),
    "refresh": (REFRESH, kinds.REFRESH),
    "disconnect": (DISCONNECT, kinds.DISCONNECT),
}
ROUTED = {
    "subscribe": (SUBSCRIBE, kinds.SUBSCRIBE, EVERY_CHANNEL),
    "sub_refresh": (SUB_REFRESH, kinds.SUB_REFRESH, EVERY_CHANNEL),
    "unsubscribe": (UNSUBSCRIBE, kinds.UNSUBSCRIBE, EVERY_CHANNEL),
    "publish": (PUBLISH, kinds.PUBLISH, EVERY_CHANNEL),
    "rpc": (RPC, kinds.RPC, EVERY_METHOD),
}


def register(table: Table, proxies: Proxies, backends: Backends, namespaces: Namespaces) -> None:
    """Put proxies into the table of hooks.

    Args:
        table: the hub's.
        proxies: which questions go where.
        backends: the hub's.
        namespaces: the hub's.

    Raises:
        Misuse: there is a hook for the same already, or what is given is none of these.
    """

    def hook(event: Event, proxy: Proxy) -> ProxiedHook:
        table.said_headers |= frozenset(proxy.emulated_headers)
        return ProxiedHook(event, backends.of(proxy), table, namespaces)

    for name, given in proxies.items():
        if name in ALONE:
            event, kind = ALONE[name]
            table.add(kind, hook(event, _checked(name, given)))
        elif name in ROUTED:
            event, kind, every = ROUTED[name]
            for pattern, proxy in (given if isinstance(given, Mapping) else dict.fromkeys(every, given)).items():
                add = table.add_method if kind is kinds.RPC and "{" not in pattern else table.add_route
                add(kind, pattern)(hook(event, _checked(name, proxy)))
        else:
            raise Misuse(f"nothing is asked by the name {name!r}: there are {', '.join([*ALONE, *ROUTED])}")


def _checked(name: str, given: object) -> Proxy:
    if not isinstance(given, Proxy):
        raise Misuse(f"{name} takes Proxy(...), not what is a {type(given).__name__}")
    return given


class ProxiedHook:
    """A hook that a backend answers.

    Args:
        event: what is asked.
        backend: whom.
        table: to know which subscriptions the backend renews.
        namespaces: to know which channels carry only JSON.
    """

    hook_timeout = None  # the backend's own bound holds

    def __init__(self, event: Event, backend: Backend, table: Table, namespaces: Namespaces) -> None:
        self.event = event
        self.backend = backend
        self._table = table
        self._namespaces = namespaces
        self.__qualname__ = f"the {event.name} proxy {backend.proxy}"

    async def __call__(self, call: Call) -> Any:
        """Ask.

        Raises:
            Refused: as the backend says; 100 where it does not answer, or answers nonsense.
            Disconnect: as the backend says.
        """
        event, backend = self.event, self.backend
        body = msgspec.json.encode(event.ask(call, backend.proxy))
        headers = headers_of(call.client.connection, backend.proxy)
        try:
            answer = await backend.post(body, headers, repeats=event.repeats)
            result = self._finished(event.read(answer, call, backend.proxy), call)
        except BadStatus as bad:
            return self._transformed(bad)
        except Failed as failed:
            return self._failed(failed)
        except (Refused, Disconnect):
            backend.ledger.answered()
            raise
        except CancelledError:
            backend.ledger.failed(event.name, "the hub stopped before it answered")
            raise
        backend.ledger.answered()
        return result

    def _finished(self, result: Any, call: Call) -> Any:
        """What only the hub's other settings tell."""
        match result:
            case Grant():
                self._renew_here(call.channel, result)
            case Welcome():
                for channel, grant in result.subs.items():
                    self._renew_here(channel, grant)
            case Approval():
                self._check_data(call, result)
        return result

    def _renew_here(self, channel: str, grant: Grant) -> None:
        """Where the backend says how long a subscription lives, its client is not asked for a token."""
        grant.refreshes_itself = bool(grant.expire_at) and self._table.sub_refresh.find(channel) is not None

    def _check_data(self, call: Call, approval: Approval) -> None:
        namespace = self._namespaces.of(call.channel)
        if approval.data is call.data or (namespace is not None and namespace.carries_bytes):
            return
        if not JSON.check(approval.data):
            raise Failed("the data of its answer is no JSON; publication_data_format='binary' would let it through")

    def _transformed(self, bad: BadStatus) -> Any:
        """What another status than 200 means."""
        told = self.backend.proxy.status_to_code_transforms.get(bad.status)
        if told is None:
            return self._failed(bad)
        self.backend.ledger.answered()
        if self.event.is_expiry or self.event.is_notice:
            return False
        if isinstance(told, Disconnect):
            raise Disconnect(told.code, told.reason)
        raise Refused(told.code, told.detail, temporary=told.temporary)

    def _failed(self, failed: Failed) -> Any:
        self.backend.ledger.failed(self.event.name, str(failed))
        if self.event.is_expiry:
            return clock.wall() + RESPITE
        if self.event.is_notice:
            return None
        raise Refused(ErrorCode.INTERNAL)
