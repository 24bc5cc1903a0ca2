"""Backends from settings: who is asked what, and one that answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from hubbub import testing
from hubbub.errors import Disconnect, Misuse, Refused
from hubbub.settings.options import Settings
from hubbub.standalone.backends import proxies_of
from hubbub.standalone.building import Standalone
from tests.standalone.conftest import settings_of

HTTP = {
    "static_headers": {"X-Key": "k"},
    "status_to_code_transforms": [
        {"status_code": 404, "to_error": {"code": 404, "message": "gone", "temporary": True}},
        {"status_code": 500, "to_disconnect": {"code": 4500, "reason": "ill"}},
    ],
}


def test_nobody_is_asked_unless_that_is_said() -> None:
    assert proxies_of(Settings()) == {}


def test_each_is_asked_what_is_said() -> None:
    app = {"name": "app", "endpoint": "http://a/x", "timeout": "3s", "http_headers": ["Cookie"], "http": HTTP}
    found = proxies_of(
        settings_of(
            {
                "proxies": [app],
                "client": {"proxy": {"connect": {"enabled": True, "endpoint": "http://a/connect"}}},
                "channel": {
                    "proxy": {"subscribe": {"endpoint": "http://a/subscribe"}},
                    "without_namespace": {"subscribe_proxy_enabled": True},
                    "namespaces": [
                        {
                            "name": "chat",
                            "subscribe_proxy_enabled": True,
                            "publish_proxy_enabled": True,
                            "publish_proxy_name": "app",
                        },
                        {"name": "news"},
                    ],
                },
                "rpc": {"namespaces": [{"name": "math", "proxy_enabled": True, "proxy_name": "app"}]},
            }
        )
    )
    assert found["connect"].endpoint == "http://a/connect"
    subscribe, publish, rpc = found["subscribe"], found["publish"], found["rpc"]
    assert isinstance(subscribe, dict)
    assert isinstance(publish, dict)
    assert isinstance(rpc, dict)
    assert set(map(str, subscribe.values())) == {"http://a/subscribe"}
    assert len(set(subscribe.values())) == 1
    assert {"chat:{rest:path}", "{rest}"} <= set(subscribe)
    assert not any(pattern.startswith("news") for pattern in (*subscribe, *publish))
    assert set(rpc) == {"math:", "math:{method:path}"}
    proxy = rpc["math:"]
    assert proxy is publish["chat:{rest:path}"]
    assert (proxy.timeout, proxy.http_headers, dict(proxy.static_headers)) == (3.0, ("cookie",), {"x-key": "k"})
    refused, ended = proxy.status_to_code_transforms[404], proxy.status_to_code_transforms[500]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.detail, refused.temporary) == (404, "gone", True)
    assert isinstance(ended, Disconnect)
    assert (ended.code, ended.reason) == (4500, "ill")


def test_what_cannot_be_asked_is_told() -> None:
    told = {"client": {"proxy": {"connect": {"enabled": True, "endpoint": "http://a", "http_headers": ["Host"]}}}}
    with pytest.raises(Misuse, match="host"):
        proxies_of(settings_of(told))
    told["client"]["proxy"]["connect"] = {
        "enabled": True,
        "endpoint": "http://a",
        "http": {"status_to_code_transforms": [{"status_code": 404, "to_error": {"code": 7}}]},
    }
    with pytest.raises(Misuse, match="status_to_code_transforms"):
        proxies_of(settings_of(told))


@pytest.fixture
async def backend() -> AsyncIterator[str]:
    """Answers as a backend of Centrifugo's does; gives its address."""
    answers: dict[str, dict[str, Any]] = {
        "/connect": {"user": "ann"},
        "/subscribe": {},
        "/rpc": {"data": {"sum": 3}},
    }

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"result": answers[request.path]})

    app = web.Application()
    app.router.add_post("/{what}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}"
    await runner.cleanup()


async def test_a_backend_answers_for_the_server(backend: str) -> None:
    server = Standalone(
        settings_of(
            {
                "client": {"proxy": {"connect": {"enabled": True, "endpoint": f"{backend}/connect", "timeout": "10s"}}},
                "channel": {
                    "proxy": {"subscribe": {"endpoint": f"{backend}/subscribe", "timeout": "10s"}},
                    "namespaces": [
                        {"name": "chat", "subscribe_proxy_enabled": True, "presence": True},
                        {"name": "news"},
                    ],
                },
                "rpc": {
                    "proxy": {"endpoint": f"{backend}/rpc", "timeout": "10s"},
                    "without_namespace": {"proxy_enabled": True},
                },
            }
        )
    )
    async with testing.hub_client(server.hub, app=server) as ann:
        await ann.subscribe("chat:lobby")
        assert [info.user for info in (await server.hub.presence("chat:lobby")).values()] == ["ann"]
        assert await ann.rpc("add") == {"sum": 3}
        with pytest.raises(Refused, match="103"):
            await ann.subscribe("news:x")
