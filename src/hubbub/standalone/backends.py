"""Which backend is asked what: the options of proxies, as the hub takes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from ..errors import Disconnect, Misuse, Refused
from ..proxy.settings import Proxies, Proxy, patterns_of
from ..settings import proxies as options
from ..settings.channel import ChannelOptions
from ..settings.check import PROXIES, default_proxy
from ..settings.meaning import names_of
from ..settings.options import RpcOptions, Settings
from ..settings.proxies import StatusTransform


def proxies_of(settings: Settings) -> Proxies:
    """What each backend is asked.

    Raises:
        Misuse: one of them cannot be asked so; the text says why.
    """
    named = _Named(settings)
    found: dict[str, Any] = {}
    for name in ("connect", "refresh", "disconnect"):
        if (switched := getattr(settings.client.proxy, name)).enabled:
            found[name] = named.make(switched)
    for what in PROXIES:
        if by_pattern := dict(_channels(settings, what, named)):
            found[what] = by_pattern
    if methods := dict(_methods(settings, named)):
        found["rpc"] = methods
    return cast(Proxies, found)


class _Named:
    """Proxies by their names: of each there is one, whoever asks it, for it has connections of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[tuple[str, str], Proxy] = {}

    def get(self, what: str, name: str) -> Proxy:
        place = (what if name == "default" else "", name)
        if place not in self._made:
            listed = {proxy.name: proxy for proxy in self._settings.proxies}
            self._made[place] = self.make(default_proxy(self._settings, what) if name == "default" else listed[name])
        return self._made[place]

    def make(self, proxy: options.Proxy) -> Proxy:
        try:
            return Proxy(
                proxy.endpoint,
                timeout=float(proxy.timeout),
                http_headers=proxy.http_headers,
                emulated_headers=proxy.emulated_headers,
                static_headers={name: value.reveal() for name, value in proxy.http.static_headers.items()},
                status_to_code_transforms={
                    each.status_code: _told(each) for each in proxy.http.status_to_code_transforms
                },
                binary_encoding=proxy.binary_encoding,
                include_connection_meta=proxy.include_connection_meta,
            )
        except ValueError as error:
            raise Misuse(f"http.status_to_code_transforms of a proxy: {error}") from None


def _told(transform: StatusTransform) -> Refused | Disconnect:
    if transform.to_disconnect.code:
        return Disconnect(transform.to_disconnect.code, transform.to_disconnect.reason)
    error = transform.to_error
    return Refused(error.code, error.message, temporary=error.temporary)


def _channels(settings: Settings, what: str, named: _Named) -> Iterator[tuple[str, Proxy]]:
    names = names_of(settings)
    families: list[tuple[str, ChannelOptions]] = [("", settings.channel.without_namespace)]
    families += [(each.name, each) for each in settings.channel.namespaces]
    for name, family in families:
        if getattr(family, f"{what}_proxy_enabled"):
            proxy = named.get(what, getattr(family, f"{what}_proxy_name"))
            yield from ((pattern, proxy) for pattern in patterns_of(name, names))


def _methods(settings: Settings, named: _Named) -> Iterator[tuple[str, Proxy]]:
    rpc = settings.rpc
    families: list[tuple[tuple[str, ...], RpcOptions]] = [(("", "{method}"), rpc.without_namespace)]
    families += [((f"{each.name}:", f"{each.name}:{{method:path}}"), each) for each in rpc.namespaces]
    for patterns, family in families:
        if family.proxy_enabled:
            yield from ((pattern, named.get("rpc", family.proxy_name)) for pattern in patterns)
