"""Which ways in there are, and where: as an app says it, and as it is served."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette

from hubbub import Hub, Misuse
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
