"""Bare picows: callbacks on a listener, no coroutine and no framework. The ceiling for anything built above it."""

import asyncio

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

from bench.peers.python.command_line import HOST, read_port

everyone: list[WSTransport] = []


class Echo(WSListener):
    """Answers each message with itself."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One whole frame; picows answers pings itself."""
        if frame.msg_type in (WSMsgType.TEXT, WSMsgType.BINARY):
            transport.send(frame.msg_type, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()


class Chat(WSListener):
    """Tells each text to everyone."""

    def on_ws_connected(self, transport: WSTransport) -> None:
        """A newcomer."""
        everyone.append(transport)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """A leaver."""
        everyone.remove(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """One whole frame."""
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            text = frame.get_payload_as_bytes()
            for listener in everyone:
                listener.send(WSMsgType.TEXT, text)


def route(request: WSUpgradeRequest) -> WSListener:
    """`/chat` or `/echo`."""
    return Chat() if request.path == b"/chat" else Echo()


async def main() -> None:
    """Serves until it is killed."""
    server = await ws_create_server(route, HOST, read_port())
    async with server:
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main())
