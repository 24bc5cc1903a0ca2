"""aiohttp's server: a `WebSocketResponse` and a loop over everyone, on uvloop."""

import uvloop
from aiohttp import WSMsgType, web

from bench.peers.python.command_line import HOST, read_port

everyone: list[web.WebSocketResponse] = []


async def echo(request: web.Request) -> web.WebSocketResponse:
    """Answers each message with itself."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.TEXT:
            await socket.send_str(message.data)
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


async def chat(request: web.Request) -> web.WebSocketResponse:
    """Tells each text to everyone."""
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    everyone.append(socket)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await broadcast(message.data)
    finally:
        everyone.remove(socket)
    return socket


async def broadcast(text: str) -> None:
    """One after another."""
    for socket in everyone:
        await socket.send_str(text)


def main() -> None:
    """Serves until it is killed."""
    app = web.Application()
    app.router.add_get("/echo", echo)
    app.router.add_get("/chat", chat)
    web.run_app(app, host=HOST, port=read_port(), access_log=None, print=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
