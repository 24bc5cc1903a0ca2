"""A hub from settings, in memory: who may come in, at which path and port, how many and how fast; and all of it changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from hubbub import testing
from hubbub.errors import Closed, Refused
from hubbub.settings.meaning import WAYS, transports_of
from hubbub.settings.options import Settings
from hubbub.standalone.building import Standalone, internal_paths
from tests.standalone.conftest import KEY, SECRET, settings_of, token

NEW_SECRET = "another-secret-of-the-tests-that-is-long-enough"


def told(**sections: Any) -> dict[str, Any]:
    """Settings with a key for tokens."""
    client = {"token": {"hmac_secret_key": SECRET}, **sections.pop("client", {})}
    return {"client": client, **sections}


def made(**sections: Any) -> Standalone:
    return Standalone(settings_of(told(**sections)))


@asynccontextmanager
async def over_http(server: Standalone) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        testing.lifespan(server) as started,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(started), base_url="http://testserver") as client,
    ):
        yield client


async def test_a_token_lets_in_and_nothing_else_does() -> None:
    server = made()
    async with testing.lifespan(server) as app:
        async with testing.hub_client(server.hub, token=token("ann"), app=app) as ann:
            assert ann.is_connected
        for other in ("", token("ann", NEW_SECRET)):
            with pytest.raises(Closed):
                async with testing.hub_client(server.hub, token=other, app=app):
                    pass


async def test_where_it_is_insecure_everybody_may_do_everything() -> None:
    chat = {"name": "chat", "presence": True, "history_size": 10, "history_ttl": "1m"}
    server = Standalone(settings_of({"client": {"insecure": True}, "channel": {"namespaces": [chat]}}))
    async with testing.hub_client(server.hub, app=server) as nobody:
        room = await nobody.subscribe("chat:a")
        await room.publish({"x": 1})
        assert (await room.next_publication()).data == {"x": 1}
        assert (await room.presence_stats()).num_clients == 1
        assert len((await room.history(limit=10)).publications) == 1


async def test_anonymous_clients_come_where_they_may_and_do_nothing_by_themselves() -> None:
    namespaces = [{"name": "chat", "allow_subscribe_for_client": True, "allow_publish_for_client": True}]
    server = made(
        client={"allow_anonymous_connect_without_token": True},
        channel={"namespaces": namespaces},
        rpc={"ping": {"enabled": True}},
    )
    async with testing.hub_client(server.hub, app=server) as nobody:
        assert await nobody.rpc("ping") is None
        with pytest.raises(Refused, match="permission"):
            await nobody.subscribe("chat:x")
        with pytest.raises(Refused, match="permission"):
            await nobody.publish("chat:x", {})


async def test_tokens_without_a_user_are_refused_where_that_is_said() -> None:
    server = made(client={"disallow_anonymous_connection_tokens": True})
    with pytest.raises(Closed):
        async with testing.hub_client(server.hub, token=token(""), app=server):
            pass


async def test_subscription_tokens_may_have_keys_of_their_own() -> None:
    server = made(client={"subscription_token": {"enabled": True, "hmac_secret_key": NEW_SECRET}})
    async with testing.hub_client(server.hub, token=token("ann"), app=server) as ann:
        await ann.subscribe("$x", token=token("ann", NEW_SECRET, channel="$x"))
        with pytest.raises(Refused):
            await ann.subscribe("$y", token=token("ann", SECRET, channel="$y"))


async def test_only_named_pages_come_in() -> None:
    server = made(client={"allowed_origins": ["https://app.example"]})
    async with testing.lifespan(server) as app:
        async with testing.hub_client(server.hub, token=token(), app=app, origin="https://app.example"):
            pass
        with pytest.raises(testing.Denied) as caught:
            async with testing.hub_client(server.hub, token=token(), app=app, origin="https://evil.example"):
                pass
        assert caught.value.status == 403
        assert "allow it with client.allowed_origins = ['https://evil.example']" in caught.value.json()["detail"]


async def test_so_many_and_so_fast() -> None:
    server = made(client={"connection_limit": 1})
    async with testing.lifespan(server) as app, testing.hub_client(server.hub, token=token(), app=app):
        with pytest.raises(testing.Denied) as caught:
            async with testing.hub_client(server.hub, token=token(), app=app):
                pass
        assert caught.value.status == 503
    server = made(client={"connection_rate_limit": 1})
    async with testing.lifespan(server) as app, testing.hub_client(server.hub, token=token(), app=app):
        with pytest.raises(testing.Denied) as caught:
            async with testing.hub_client(server.hub, token=token(), app=app):
                pass
        assert caught.value.status == 429


async def test_each_way_in_is_where_it_is_told_to_be_and_no_other_is() -> None:
    off = settings_of(told(websocket={"disabled": True}))
    assert transports_of(off) == {}
    every = {name: {"enabled": True, "handler_prefix": f"/at/{name}"} for name in WAYS if name != "websocket"}
    assert set(transports_of(settings_of(told(**every)))) == set(WAYS)
    async with over_http(Standalone(settings_of(told(sse={"enabled": True, "handler_prefix": "/at/sse"})))) as client:
        assert (await client.put("/at/sse")).status_code == 405
        assert (await client.post("/emulation", content=b"x")).status_code == 400
        assert (await client.get("/connection/uni_sse")).status_code == 404
    async with over_http(made()) as client:
        assert (await client.post("/emulation")).status_code == 404


async def test_health_and_figures_are_shown_where_they_are_switched_on() -> None:
    async with over_http(made(health={"enabled": True, "handler_prefix": "/alive"})) as client:
        assert (await client.get("/alive")).json() == {}
        assert (await client.get("/ready")).status_code == 200
        assert (await client.get("/metrics")).status_code == 404
    async with over_http(made()) as client:
        assert (await client.get("/health")).status_code == 404


async def test_a_reload_changes_what_it_can() -> None:
    server = made(
        client={"channel_limit": 1, "allowed_origins": ["https://a.example"]},
        channel={"namespaces": [{"name": "aa", "allow_subscribe_for_client": True}]},
    )
    async with testing.lifespan(server) as app, testing.hub_client(server.hub, token=token(), app=app) as ann:
        await ann.subscribe("aa:1")
        with pytest.raises(Refused, match="limit"):
            await ann.subscribe("aa:2")
        client = {"token": {"hmac_secret_key": NEW_SECRET}, "allowed_origins": ["https://b.example"]}
        namespaces = [{"name": each, "allow_subscribe_for_client": True} for each in ("aa", "bb")]
        server.change(settings_of({"client": client, "channel": {"namespaces": namespaces}}))
        await ann.subscribe("bb:1")
        request: dict[str, Any] = {"token": token("bob", NEW_SECRET), "app": app}
        async with testing.hub_client(server.hub, **request, origin="https://b.example"):
            pass
        with pytest.raises(testing.Denied):
            async with testing.hub_client(server.hub, **request, origin="https://a.example"):
                pass
        with pytest.raises(Closed):
            async with testing.hub_client(server.hub, token=token("bob"), app=app):
                pass
        assert ann.is_connected


async def test_a_limit_on_connections_changes_with_those_who_are_there() -> None:
    server = made(client={"connection_limit": 2})
    async with testing.lifespan(server) as app, testing.hub_client(server.hub, token=token(), app=app):
        server.change(settings_of(told(client={"connection_limit": 1})))
        with pytest.raises(testing.Denied):
            async with testing.hub_client(server.hub, token=token(), app=app):
                pass
        server.change(settings_of(told()))
        async with testing.hub_client(server.hub, token=token(), app=app):
            pass


async def test_a_key_may_call_and_may_be_exchanged() -> None:
    scoped = {"name": "news", "key": "n" * 20, "methods": ["publish"], "channels": ["news*"]}
    server = made(http_api={"key": KEY, "keys": [scoped]})
    async with over_http(server) as client:

        async def publish(key: str, channel: str) -> tuple[int, int]:
            body = {"channel": channel, "data": {}}
            answer = await client.post("/api/publish", json=body, headers={"X-API-Key": key})
            return answer.status_code, answer.json().get("error", {}).get("code", 0)

        assert await publish(KEY, "chat") == (200, 0)
        assert await publish("n" * 20, "news1") == (200, 0)
        assert await publish("n" * 20, "chat") == (200, 103)
        assert (await client.get("/api/docs")).status_code in (404, 405)
        server.change(settings_of(told(http_api={"key": "another-key-of-the-tests"})))
        assert await publish("another-key-of-the-tests", "chat") == (200, 0)
        assert (await publish(KEY, "chat"))[0] == 401
        server.change(settings_of(told()))
        assert (await client.post("/api/publish", json={}, headers={"X-API-Key": KEY})).status_code == 404


@pytest.mark.parametrize(
    ("api", "status"), [({}, 404), ({"key": KEY, "disabled": True}, 404), ({"key": KEY, "insecure": True}, 200)]
)
async def test_without_a_key_there_is_no_api_unless_that_is_said(api: dict[str, Any], status: int) -> None:
    async with over_http(made(http_api=api)) as client:
        assert (await client.post("/api/info", json={})).status_code == status


def test_what_is_internal() -> None:
    assert internal_paths(Settings()) == ["/health", "/ready", "/metrics", "/api"]
    assert "/my" in internal_paths(settings_of({"http_api": {"handler_prefix": "/my/"}}))
    assert "/api" not in internal_paths(settings_of({"http_api": {"external": True}}))
