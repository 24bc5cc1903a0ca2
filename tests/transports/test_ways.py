"""Which ways in there are, and where: as an app says it, and as it is served."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from hubbub import Hub, Misuse, Peer, Watcher, testing, unwatch, watch
from hubbub.transports.ways import DEFAULT, PATHS, paths_of


def test_what_sdks_fall_back_on_is_there_unless_an_app_says_otherwise() -> None:
    assert paths_of(DEFAULT) == {
        "websocket": "/connection/websocket",
        "sse": "/connection/sse",
        "http_stream": "/connection/http_stream",
        "emulation": "/emulation",
    }
    assert paths_of(["websocket"], "/ws") == {"websocket": "/ws"}
    assert paths_of(["uni_sse"]) == {"uni_sse": "/connection/uni_sse"}
    assert list(paths_of(PATHS)) == [name for name in PATHS if name != "emulation"] + ["emulation"]


def test_each_may_have_a_path_of_its_own() -> None:
    paths = {"sse": "/sse", "emulation": "/say", "websocket": "/ws"}
    assert paths_of(paths) == {"sse": "/sse", "websocket": "/ws", "emulation": "/say"}
    assert paths_of({"uni_sse": "/listen", "emulation": "/say"}) == {"uni_sse": "/listen"}


def test_a_wrong_name_says_what_was_meant() -> None:
    with pytest.raises(Misuse, match="did you mean 'http_stream'"):
        Hub(transports=["http-stream"])
    with pytest.raises(Misuse, match="there are websocket, uni_websocket"):
        Hub(transports=["carrier pigeon"])
    with pytest.raises(Misuse, match="takes names"):
        Hub(transports="sse")


def test_a_hub_installs_what_it_has_below_a_prefix() -> None:
    app, hub = Starlette(), Hub(transports=["sse"])
    hub.install(app, "/live")
    assert [getattr(route, "path", "") for route in app.routes] == ["/live/connection/sse", "/live/emulation"]
    assert hub.installed == (app, "")


class _Routes(Watcher):
    """By which routes clients came."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def opened(self, peer: Peer, subprotocol: str | None) -> None:
        self.told.append(peer.route)

    def refused(self, peer: Peer, status: int, why: str) -> None:
        self.told.append(peer.route)


@pytest.mark.parametrize("make", [Starlette, FastAPI])
@pytest.mark.parametrize("root", ["", "/in"])
async def test_watchers_hear_by_which_route_clients_came(make: type[Starlette], root: str) -> None:
    hub, inner, routes = Hub(anonymous=True), make(), _Routes()
    hub.install(inner, "/live")
    app = Starlette(routes=[Mount(root, inner)]) if root else inner
    watch(routes)
    try:
        async with (
            hub.lifespan(inner),
            httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://app") as client,
        ):
            async with testing.connect(app, f"{root}/live/connection/websocket"):
                pass
            assert (await client.get(f"{root}/live/connection/sse")).status_code == 400
    finally:
        unwatch(routes)
    assert routes.told == [f"{root}/live/connection/{way}" for way in ("websocket", "sse")]
