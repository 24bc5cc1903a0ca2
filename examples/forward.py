"""An echo by forwarding, as warp's `websockets` example, in Starlette.

Run it, and open http://127.0.0.1:8000, or talk to it from a terminal:

    hubbub run examples.forward:app
    python -m websockets ws://127.0.0.1:8000/echo

A forwarding moves messages without waking a task for each: the fastest way from
one end to another. It moves data; pings, which warp's sends back too, are
answered by the socket itself.
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from hubbub import Socket, Upgrade

PAGES = Path(__file__).parent / "pages"


async def connect(websocket: WebSocket) -> None:
    """Accept, and let the echo live on in a small task of its own."""
    await Upgrade(websocket).serve(echo)


async def echo(socket: Socket) -> None:
    """Join the socket's two halves."""
    sender, receiver = socket.split()
    await receiver.forward(sender)


app = Starlette(
    routes=[
        WebSocketRoute("/echo", connect),
        Mount("/shared", StaticFiles(directory=PAGES / "shared")),
        Mount("/", StaticFiles(directory=PAGES / "forward", html=True)),
    ]
)
