"""The `websockets` library: its asyncio server and its own `broadcast`, on uvloop."""

from contextlib import suppress

import uvloop
from websockets import ConnectionClosedError
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.peers.python.command_line import HOST, read_port

everyone: set[ServerConnection] = set()


async def echo(connection: ServerConnection) -> None:
    """Answers each message with itself."""
    async for message in connection:
        await connection.send(message)


async def chat(connection: ServerConnection) -> None:
    """Tells each message to everyone."""
    everyone.add(connection)
    try:
        async for message in connection:
            broadcast(everyone, message)
    finally:
        everyone.remove(connection)


async def route(connection: ServerConnection) -> None:
    """`/chat` or `/echo`. A client that leaves without a close frame is no error here, and not worth a trace."""
    request = connection.request
    handler = chat if request is not None and request.path == "/chat" else echo
    with suppress(ConnectionClosedError):
        await handler(connection)


async def main() -> None:
    """Serves until it is killed."""
    async with serve(route, HOST, read_port()) as server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
