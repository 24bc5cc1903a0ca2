"""The server's part in one ASGI call: from the request to the end of whatever the app left running. Opens no port.

The app's socket, or its events, travel over a pair of wires to the client's end.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, MutableMapping
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp
from starlette.websockets import WebSocketDisconnect

from ..codes import CloseCode
from ..errors import Closed, HubbubError, Misuse, Refused
from ..sockets.entrance import Entrance
from ..sockets.options import Limits, Options
from ..sockets.refusal import peer_of, send_refusal
from ..sockets.socket import Socket
from ..watch import Peer, Watcher
from .line import join
from .sockets import ClientSocket, QuietSocket
from .waits import bound

Event = MutableMapping[str, Any]


class Denied(HubbubError):
    """The app answered the upgrade with an HTTP response.

    Args:
        status: its status.
        headers: its headers.
        body: its body.
    """

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        super().__init__(status, body)
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def __str__(self) -> str:
        return f"the app denied the upgrade with {self.status}: {self.text[:200]}"


class Disconnected(OSError):
    """What an app gets that sends to a client that is gone (the ASGI specification asks for an `OSError`)."""


class Call(Watcher):
    """One call.

    Args:
        scope: the request.
        limits: of the client's end.
        timeout: seconds that each wait may take.
        native: whether to offer the take-over.
    """

    def __init__(self, scope: dict[str, Any], limits: Limits, timeout: float, native: bool) -> None:
        self.error: BaseException | None = None
        self._scope = scope
        self._limits = limits
        self._timeout = timeout
        self._is_native = native
        self._is_connect_told = False
        self._is_adopted = False
        self._options: Options | None = None
        self._socket: Socket | None = None
        self._denial: tuple[int, Headers, list[bytes]] | None = None
        self._answer: asyncio.Future[ClientSocket] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []
        if native:
            scope["extensions"]["hubbub"] = self

    # What the client does

    async def begin(self, app: ASGIApp) -> ClientSocket:
        """Call the app, and wait for its answer.

        Raises:
            Denied: it is an HTTP response.
        """
        self._start(self._run(app))
        async with bound(self._timeout, "the app to accept the upgrade or to refuse it"):
            return await asyncio.shield(self._answer)

    async def end(self) -> None:
        """Close, and wait for all that the app left running."""
        if self._answer.done() and self._answer.exception() is None:
            client = self._answer.result()
            client.resume_reading()
            client.close_nowait()
        elif self._denial is None:
            self.cancel()
        try:
            async with bound(self._timeout, "the app to end after its socket had"):
                await self._end_tasks()
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Cancel all that still runs."""
        for task in self._tasks:
            task.cancel()

    def failed(self, peer: Peer, error: BaseException) -> None:
        """As a watcher: a handler failed that lived on behind its endpoint, and nobody else hears of it."""
        if peer == peer_of(self._scope):
            self.error = error

    async def _end_tasks(self) -> None:
        while running := [task for task in self._tasks if not task.done()]:
            await asyncio.wait(running)

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(coroutine))

    # The call itself

    async def _run(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self.receive, self.send)
        except (Disconnected, WebSocketDisconnect):
            self._finish()  # the client left while a plain endpoint used it: no error
        except Exception as error:
            await self._fail(error)
        else:
            self._finish()

    def _finish(self) -> None:
        if not self._answer.done():
            self._break(Misuse("the app returned and has neither accepted the upgrade nor refused it"))
        elif self._socket is not None and not self._is_adopted:
            self._socket.close_nowait()

    async def _fail(self, error: Exception) -> None:
        if isinstance(error, Refused) and self._is_native and not self._answer.done():
            await send_refusal(self._scope, self.send, error, peer_of(self._scope))
        else:
            self._break(error)

    def _break(self, error: BaseException) -> None:
        self.error = error
        if not self._answer.done():
            self._answer.set_exception(Denied(500, Headers(), b"Internal Server Error"))
        elif self._socket is not None and not self._is_adopted:
            self._socket.close_nowait(CloseCode.INTERNAL_ERROR, "internal error")

    # The ASGI callables

    async def receive(self) -> Event:
        """The next event of the client."""
        if not self._is_connect_told:
            self._is_connect_told = True
            return {"type": "websocket.connect"}
        await asyncio.wait([self._answer])
        if self._socket is None:
            return {"type": "websocket.disconnect", "code": CloseCode.ABNORMAL, "reason": ""}
        try:
            data = await self._socket.receive()
        except Closed as ended:
            return {"type": "websocket.disconnect", "code": ended.code, "reason": ended.reason}
        return {"type": "websocket.receive", "text" if isinstance(data, str) else "bytes": data}

    async def send(self, event: Event) -> None:
        """An event of the app."""
        kind = event["type"]
        if not self._answer.done():
            self._reply(kind, event)
        elif self._socket is None or kind not in ("websocket.send", "websocket.close"):
            raise RuntimeError(f"unexpected ASGI event {kind!r}: the upgrade has been answered already")
        elif kind == "websocket.close":
            self._socket.close_nowait(event.get("code") or CloseCode.NORMAL, event.get("reason") or "")
        else:
            await self._send_message(self._socket, event)

    async def _send_message(self, socket: Socket, event: Event) -> None:
        text = event.get("text")
        try:
            await socket.send(text if text is not None else event["bytes"])
        except Closed as closed:
            raise Disconnected("the client is gone") from closed

    def _reply(self, kind: str, event: Event) -> None:
        if kind == "websocket.http.response.body" and self._denial is not None:
            self._denial[2].append(event.get("body", b""))
            if not event.get("more_body", False):
                self._deny(*self._denial)
        elif self._denial is not None:
            raise RuntimeError(f"unexpected ASGI event {kind!r}: a denial has been begun")
        elif kind == "websocket.accept":
            self._accept(event)
        elif kind == "websocket.close":
            self._deny(403, Headers(), [])
        elif kind == "websocket.http.response.start":
            self._denial = event["status"], Headers(raw=list(event.get("headers", ()))), []
        else:
            raise RuntimeError(f"unexpected ASGI event {kind!r}: accept the upgrade or refuse it first")

    def _accept(self, event: Event) -> None:
        subprotocol = event.get("subprotocol")
        if subprotocol is not None and subprotocol not in self._scope["subprotocols"]:
            raise Misuse(f"the app chose subprotocol {subprotocol!r}, which was not offered: a client would leave")
        options = self._options or Options(heartbeat=None)
        wire, client_wire = join(options.limits, self._limits)
        make = QuietSocket if self._options is None else Socket
        self._socket = make(wire, peer_of(self._scope), subprotocol, options)
        headers = Headers(raw=list(event.get("headers", ())))
        self._answer.set_result(ClientSocket(client_wire, self._limits, self._timeout, subprotocol, headers))

    def _deny(self, status: int, headers: Headers, body: list[bytes]) -> None:
        self._answer.set_exception(Denied(status, headers, b"".join(body)))

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
        """Let `handler` live on when the app has returned; it closes the socket."""
        self._is_adopted = True
        self._start(handler)

    def keep(self) -> None:
        """Let the socket live on when the app has returned: callbacks serve it, and close it."""
        self._is_adopted = True

    def learn(self, entrance: Entrance) -> None:
        """Here each upgrade goes through the app."""
