"""The entrances that there are fit the port; what servers do with them is tested with servers."""

from __future__ import annotations

from typing import Any, cast

from hubbub import Hub
from hubbub.sockets.entrance import Entrance
from hubbub.transports.ways import PATHS, routes


def test_the_sockets_of_a_hub_have_entrances() -> None:
    hub: Any = Hub(transports=["websocket", "uni_websocket"])
    made = routes(
        {name: PATHS[name] for name in ("websocket", "uni_websocket")}, hub._shared, hub._control, {}, lambda: None
    )
    for route in made:
        entrance: Entrance = cast(Any, route).app
        assert callable(entrance.begin)
        assert entrance.terms().caps is None
