"""Two clients at once for `websockets_server.py`, as the `client` of axum's.

    python -m examples.websockets_client [ws://127.0.0.1:8000/ws]

Each pings, sends a message every 300 ms while it prints what it gets, and is
closed by the server after its twentieth: about 6.45 s in all. The library is
not ours: any client will do.
"""

import asyncio
import sys
from time import perf_counter

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from hubbub import select

SERVER = "ws://127.0.0.1:8000/ws"
N_CLIENTS = 2
MESSAGES = 29
MESSAGE_INTERVAL = 0.3


async def main(url: str) -> None:
    """Run all clients to their end."""
    began = perf_counter()
    await asyncio.gather(*(run_client(url, who) for who in range(N_CLIENTS)))
    took = perf_counter() - began
    print(f"Total time taken {took:.2f} s with {N_CLIENTS} clients at once.")


async def run_client(url: str, who: int) -> None:
    """Connect, then send and receive until one of them ends."""
    try:
        socket = await connect(url)
    except (OSError, WebSocketException) as error:
        print(f"WebSocket handshake for client {who} failed with {error}!")
        return
    print(f"Handshake for client {who} has been completed.")
    try:
        latency = await (await socket.ping("Hello, Server!"))
        print(f"Client {who} got its pong after {latency * 1000:.1f} ms.")
        await select(talk(socket, who), listen(socket, who))
    except* ConnectionClosed:
        pass
    await socket.close()
    code, reason = socket.close_code, socket.close_reason
    print(f"Client {who} was closed with code {code} and reason {reason!r}.")


async def talk(socket: ClientConnection, who: int) -> None:
    """Send messages, then close."""
    for n in range(1, MESSAGES + 1):
        await socket.send(f"Message number {n}...")
        await asyncio.sleep(MESSAGE_INTERVAL)
    print(f"Client {who} sends its close...")
    await socket.close(1000, "Goodbye")


async def listen(socket: ClientConnection, who: int) -> None:
    """Print what comes, until the server closes."""
    async for message in socket:
        print(f"Client {who} got {message!r}")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:] or [SERVER]))
