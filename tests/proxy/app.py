"""A hub whose every question goes to the backend at `BACKEND`."""

from __future__ import annotations

import os

from starlette.applications import Starlette

from hubbub import Hub, Namespace, Proxy

AT = os.environ.get("BACKEND", "http://127.0.0.1:1")
hub = Hub([Namespace("chat")])
app = Starlette(lifespan=hub.lifespan)
hub.install(app)
hub.proxy(
    connect=Proxy(AT + "/connect", http_headers=["Authorization"], timeout=20),
    subscribe={"chat:{room}": Proxy(AT + "/subscribe", timeout=20)},
    publish={"chat:{room}": Proxy(AT + "/publish", timeout=20)},
    rpc=Proxy(AT + "/rpc", timeout=20),
    disconnect=Proxy(AT + "/disconnect", timeout=20),
)
