"""A bare ASGI echo: no framework between the server and the application."""

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Accepts every WebSocket and answers each message with itself; refuses everything else."""
    if scope["type"] == "lifespan":
        return await live(receive, send)
    if scope["type"] == "http":
        return await refuse(send)
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


async def live(receive: Receive, send: Send) -> None:
    """Nothing to start, nothing to stop."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


async def refuse(send: Send) -> None:
    """There are no pages here."""
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body"})
