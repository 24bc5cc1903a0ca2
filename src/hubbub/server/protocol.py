"""uvicorn's WebSocket protocol, native: an upgrade request becomes an ASGI call, and after its acceptance a socket.

The app sees a plain `websocket` scope and may answer in plain ASGI; `Upgrade` finds this object in the scope's extensions
and takes the socket, so that no message passes through ASGI. Acceptance does, so that middleware is heard; where there is
none, `straight.py` accepts. Nothing here knows frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, MutableMapping
from typing import Any

from starlette.websockets import WebSocketDisconnect
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState

from ..codes import CloseCode
from ..errors import Closed, Misuse, Refused
from ..sockets.entrance import Entrance
from ..sockets.linger import linger
from ..sockets.options import Options
from ..sockets.refusal import TOLD, peer_of, send_refusal
from ..sockets.socket import Socket
from ..watch import watchers
from .accept import Asked, accept
from .answer import encode_bad_request, encode_response
from .drain import Seat
from .head import MAX_HEAD, BadRequest, Head, check_upgrade, parse_head
from .scope import call_scope, request_scope
from .shared import shared

Event = MutableMapping[str, Any]

BARE = "by the app without a word: no WebSocket route has this path, or the endpoint closed before it accepted"
"""Why, where the app gave a bare 403, which is Starlette's word for both."""

MAX_EARLY = 64 * 1024
"""Bytes that may come behind an upgrade request before it is answered; then reading pauses."""


class WebSocketProtocol(asyncio.Protocol):
    """One upgrade: from its head to its acceptance or refusal, and for plain ASGI endpoints the way of each message.

    Args:
        config: uvicorn's settings.
        server_state: what uvicorn's connections share.
        app_state: the lifespan's state.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._server = server_state
        self._shared = shared(config, server_state)
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._transport: asyncio.Transport = None  # type: ignore[assignment]
        self._seat: Seat | None = None
        self._buffer = b""
        self._key = b""
        self._scope: dict[str, Any] = {}
        self._options: Options | None = None
        self._socket: Socket | None = None
        self._is_connect_told = False
        self._is_answered = False
        self._is_taken = False
        self._denial: tuple[int, list[tuple[bytes, bytes]], list[bytes]] | None = None
        self._gone = self._loop.create_future()

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn hands the connection over."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """The head, as uvicorn puts it together again; later, bytes that should have waited for the answer."""
        if self._is_answered:
            return  # refused, and uvicorn made us the protocol again: nobody listens
        self._buffer += data
        if self._scope:
            if len(self._buffer) > MAX_EARLY:
                self._transport.pause_reading()
            return
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if found:
            self.begin(head, rest)
        elif len(self._buffer) > MAX_HEAD:
            self._refuse_request(BadRequest(431, f"a request head of more than {MAX_HEAD} bytes"))

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone before the upgrade was answered."""
        if not self._gone.done():
            self._gone.set_result(None)
        if self._seat is not None:
            self._seat.leave()

    def shutdown(self) -> None:
        """uvicorn goes down before the head was whole."""
        self._transport.close()

    # From a head to an ASGI call

    def begin(self, data: bytes, early: bytes) -> None:
        """Take the head of an upgrade, and what came behind it."""
        try:
            self.begin_parsed(parse_head(data), early)
        except BadRequest as error:
            self._refuse_request(error)

    def begin_parsed(self, head: Head, early: bytes) -> None:
        """Check the request and call the app.

        Raises:
            BadRequest: the request cannot become a WebSocket, or there are as many connections as may be.
        """
        self._key = check_upgrade(head)
        self._check_room(head)
        self._buffer = early
        self._scope = self._make_scope(head)
        self._seat = Seat(self._server.connections, self._shared.drain)
        self._start(self._run())

    def _check_room(self, head: Head) -> None:
        if self._shared.has_room:
            return
        limit = self._config.limit_concurrency
        error = BadRequest(503, f"no more than {limit} connections are served", ((b"retry-after", b"5"),))
        for watcher in watchers():
            watcher.refused(peer_of(self._make_scope(head)), error.status, error.detail)
        raise error

    def _make_scope(self, head: Head) -> dict[str, Any]:
        request = request_scope(head, self._transport, self._config.root_path, self._app_state)
        return call_scope(request, head, self._config.asgi_version, self)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._server.tasks.add(task)
        task.add_done_callback(self._server.tasks.discard)
        if self._seat is not None:
            self._seat.task = task

    async def _run(self) -> None:
        try:
            await self._config.loaded_app(self._scope, self.receive, self.send)
        except Refused as refused:
            await self._refuse_late(refused)
        except (ClientDisconnected, WebSocketDisconnect):
            await self._end()  # the peer left while a plain endpoint used it: no error
        except (Exception, SystemExit) as error:  # an endpoint may end itself, never the server
            await self._fail(error)
        except BaseException:
            self._give_up()
            raise
        else:
            await self._end()
        finally:
            self._scope["extensions"].pop("hubbub", None)  # a circle less for the garbage collector
            self._scope = {}  # uvloop's transport holds a replaced protocol for as long as it lives

    async def _refuse_late(self, refused: Refused) -> None:
        """A refusal that no framework has answered: a bare ASGI app's."""
        if self._is_answered:
            await self._end()
        else:
            await send_refusal(self._scope, self.send, refused, peer_of(self._scope))

    async def _fail(self, error: BaseException) -> None:
        peer = peer_of(self._scope)
        for watcher in watchers():
            watcher.failed(peer, error)
        if self._socket is None:
            self._deny_500()
        elif not self._is_taken:
            await self._socket.close(CloseCode.INTERNAL_ERROR, "internal error")

    def _give_up(self) -> None:
        if self._socket is not None and not self._is_taken:
            self._socket.close_nowait(CloseCode.SERVICE_RESTART)
        elif not self._is_answered:
            self._deny_500()

    async def _end(self) -> None:
        if not self._is_answered and not self._gone.done():
            await self._fail(Misuse("the endpoint returned and has neither accepted the upgrade nor refused it"))
        elif self._socket is not None and not self._is_taken:
            await self._socket.close()

    # The ASGI callables

    async def receive(self) -> Event:
        """The next event of a plain ASGI endpoint."""
        if not self._is_connect_told:
            self._is_connect_told = True
            return {"type": "websocket.connect"}
        if self._socket is None:
            await asyncio.shield(self._gone)
            return {"type": "websocket.disconnect", "code": CloseCode.ABNORMAL, "reason": ""}
        try:
            data = await self._socket.receive()
        except Closed as ended:
            return {"type": "websocket.disconnect", "code": ended.code, "reason": ended.reason}
        if isinstance(data, str):
            return {"type": "websocket.receive", "text": data}
        return {"type": "websocket.receive", "bytes": data}

    async def send(self, event: Event) -> None:
        """An event of a plain ASGI endpoint, and of `Upgrade` until the upgrade is answered."""
        kind = event["type"]
        if kind == "websocket.send" and self._socket is not None:
            await self._send_message(event)
        elif kind == "websocket.close" and self._socket is not None:
            self._socket.close_nowait(event.get("code") or CloseCode.NORMAL, event.get("reason") or "")
        elif self._is_answered:
            raise RuntimeError(f"unexpected ASGI event {kind!r}: the upgrade has been answered already")
        elif self._gone.done():
            raise ClientDisconnected
        else:
            self._answer(kind, event)

    async def _send_message(self, event: Event) -> None:
        assert self._socket is not None
        text = event.get("text")
        try:
            await self._socket.send(text if text is not None else event["bytes"])
        except Closed as closed:
            raise ClientDisconnected from closed

    def _answer(self, kind: str, event: Event) -> None:
        if kind == "websocket.accept" and self._denial is None:
            self._accept(event)
        elif kind == "websocket.close" and self._denial is None:
            self._deny(403, [], b"")
        elif kind == "websocket.http.response.start" and self._denial is None:
            self._denial = (event["status"], list(event.get("headers", ())), [])
        elif kind == "websocket.http.response.body" and self._denial is not None:
            status, headers, body = self._denial
            body.append(event.get("body", b""))
            if not event.get("more_body", False):
                self._deny(status, headers, b"".join(body))
        else:
            raise RuntimeError(f"unexpected ASGI event {kind!r}: accept the upgrade or refuse it first")

    # Answers

    def _accept(self, event: Event) -> None:
        assert self._seat is not None
        offered = [value for name, value in self._scope["headers"] if name == b"sec-websocket-extensions"]
        asked = Asked(self._transport, self._seat, self._key, offered, self._buffer)
        options = self._options or self._shared.plain_options
        subprotocol, headers = event.get("subprotocol"), event.get("headers", ())
        self._socket = accept(asked, self._shared, options, peer_of(self._scope), subprotocol, headers)
        self._buffer = b""
        self._is_answered = True

    def _deny(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        answer = encode_response(status, [*self._server.default_headers, *headers], body)
        if not self._scope.get(TOLD):
            for watcher in watchers():
                watcher.refused(peer_of(self._scope), status, BARE if status == 403 and not body else "by the app")
        self._finish(answer)

    def _deny_500(self) -> None:
        if not self._is_answered:
            self._scope[TOLD] = True
            self._deny(500, [(b"content-type", b"application/json")], b'{"detail": "Internal Server Error"}')

    def _refuse_request(self, error: BadRequest) -> None:
        self._finish(encode_bad_request(error, self._server.default_headers))

    def _finish(self, answer: bytes) -> None:
        self._is_answered = True
        if not self._transport.is_closing():
            self._transport.write(answer)
            linger(self._transport, lambda: self.connection_lost(None))

    # What `Upgrade` calls: the take-over

    def configure(self, options: Options) -> None:
        """How the socket shall behave that the next acceptance makes."""
        self._options = options

    def take(self) -> Socket:
        """The accepted socket: from now on no message passes here."""
        if self._socket is None:
            raise Misuse("the upgrade was not accepted: a middleware swallowed the acceptance")
        return self._socket

    def adopt(self, handler: Coroutine[Any, Any, None]) -> None:
        """Let `handler` live on when the ASGI call has returned; it closes the socket."""
        self._is_taken = True
        self._start(handler)

    def learn(self, entrance: Entrance) -> None:
        """Note that upgrades to this path may go to `entrance` itself, if nothing of the app's stands between."""
        self._shared.shortcuts.learn(self._config.loaded_app, self._scope, entrance, peer_of(self._scope).route)
        self._shared.monitor()  # which lets it be forgotten

    def keep(self) -> None:
        """Let the socket live on when the ASGI call has returned: callbacks serve it, and close it."""
        self._is_taken = True
        if self._seat is not None:
            self._seat.task = None
