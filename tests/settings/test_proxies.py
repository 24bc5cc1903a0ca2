"""The options of backends: none is asked unless that is said, and their headers are secrets."""

from __future__ import annotations

from hubbub.settings.channel import ChannelOptions
from hubbub.settings.check import PROXIES
from hubbub.settings.options import Settings
from hubbub.settings.proxies import ChannelProxies
from hubbub.settings.reader import read
from hubbub.settings.values import Secret


def test_nobody_is_asked_unless_that_is_said() -> None:
    proxies = Settings().client.proxy
    assert not any(getattr(proxies, name).enabled for name in proxies.__struct_fields__)
    assert set(PROXIES) == set(ChannelProxies.__struct_fields__)
    assert not any(getattr(ChannelOptions(), f"{what}_proxy_enabled") for what in PROXIES)
    assert not Settings().rpc.without_namespace.proxy_enabled


def test_headers_are_secrets() -> None:
    proxy = {"name": "p", "endpoint": "http://a", "timeout": "2s", "http": {"static_headers": {"X-Key": "hunter2"}}}
    settings, faults = read({"proxies": [proxy]})
    assert faults == []
    assert settings.proxies[0].http.static_headers == {"X-Key": Secret("hunter2")}
    assert "hunter2" not in repr(settings)
