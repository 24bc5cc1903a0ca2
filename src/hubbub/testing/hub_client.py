"""A client of a hub, without a network: it says what the SDKs say, in JSON, to the code that serves them."""

from __future__ import annotations

import asyncio
from asyncio import Future
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.types import ASGIApp

from ..errors import Closed, Misuse, Refused
from ..hub import Hub
from ..publication import Position
from ..sockets.message import Data
from .client import connect
from .clock import settle
from .faults import Line
from .hub_subscription import HubSubscription
from .lifespan import lifespan
from .replies import (
    Answer,
    Connected,
    Info,
    Members,
    Past,
    Payload,
    Pushed,
    Renewed,
    Stats,
    Subscribed,
    read_answer,
)
from .sockets import ClientSocket
from .waits import TIMEOUT, Mailbox, bound

T = TypeVar("T")


@asynccontextmanager
async def hub_client(
    hub: Hub,
    *,
    token: str = "",
    data: Any = None,
    headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    query: str = "",
    origin: str | None = None,
    client: tuple[str, int] | None = None,
    app: ASGIApp | None = None,
    timeout: float = TIMEOUT,
    native: bool = True,
    raise_app_exceptions: bool = True,
) -> AsyncIterator[HubClient]:
    """Connect a client to a hub. Behind the block it is gone.

    It goes through the app that the hub is installed in: its middleware, its dependencies and their overrides are as in
    life. Where the hub does not run yet, the app is started first and shut down behind the block, so of several clients
    the first has the outermost block; where that does not fit, start the app by `testing.lifespan`.

    Args:
        hub: the app's.
        token: for the connection.
        data: told with `connect`.
        headers: of the request, as dependencies of `on_connect` read them.
        query: of the request's address, without the question mark.
        origin: the page that connects; `None` for what is no browser.
        client: address and port that the app sees; by default a port of its own for each connection.
        app: what to go through instead: the app that `testing.lifespan` gave, or another around it.
        timeout: seconds that each wait may take.
        native: play `hubbub run`; else another ASGI server.
        raise_app_exceptions: raise here what a hook raised; else it is seen only as a client sees it, error 100.

    Raises:
        Refused: the hub said no to `connect`; the code says why.
        Closed: it closed the connection instead.
        Denied: the upgrade was refused.

    Example:
        ```python
        async with testing.hub_client(hub, token="ann") as ann:
            lobby = await ann.subscribe("chat:lobby")
            await lobby.publish({"text": "hello"})
            assert (await lobby.next_publication()).data == {"text": "hello"}
        ```
    """
    installed = hub.installed or _install(hub)
    address = installed[1] + (f"?{query}" if query else "")
    request: dict[str, Any] = {"headers": headers, "origin": origin, "client": client, "native": native}
    request |= {"timeout": timeout, "raise_app_exceptions": raise_app_exceptions}
    async with AsyncExitStack() as stack:
        through = app or installed[0]
        if not hub.is_running:
            through = await stack.enter_async_context(lifespan(through, timeout=timeout))
            if not hub.is_running:
                raise Misuse("the app has started, but not the hub: FastAPI(lifespan=hub.lifespan)")
        connected = HubClient(through, address, request, {"token": token, "data": data}, timeout)
        stack.push_async_exit(connected.end)
        await connected.connect()
        yield connected


def _install(hub: Hub) -> tuple[ASGIApp, str]:
    app = Starlette(lifespan=hub.lifespan)
    hub.install(app)
    assert hub.installed is not None
    return hub.installed


class HubClient:
    """A client of a hub; `hub_client` makes it. It answers pings, and every wait of it has an end.

    It subscribes to nothing again, and does not come back, but where it is told to.

    Args:
        app: through which it connects.
        address: where.
        request: how; as `testing.connect` has it.
        wish: what `connect` says.
        timeout: seconds that a wait may take.
    """

    def __init__(
        self, app: ASGIApp, address: str, request: dict[str, Any], wish: dict[str, Any], timeout: float
    ) -> None:
        self.result = Connected()
        self.subscriptions: dict[str, HubSubscription] = {}
        self.answers_pings = True
        self._app = app
        self._address = address
        self._request = request
        self._wish = {name: value for name, value in wish.items() if value}
        self._timeout = timeout
        self._socket: ClientSocket | None = None
        self._closed: Closed | None = None
        self._asked: dict[int, tuple[Future[Any], Callable[[Answer], None]]] = {}
        self._last_id = 0
        self._connection = AsyncExitStack()
        self._messages: Mailbox[Any] = Mailbox("a message of the server's", timeout)
        self._refreshes: Mailbox[Renewed] = Mailbox("to be told how long the connection lives", timeout)
        self._arrivals: Mailbox[HubSubscription] = Mailbox("to be subscribed by the server", timeout)

    # Its connection

    @property
    def id(self) -> str:
        """The connection's id, as the server has given it."""
        return self.result.client

    @property
    def socket(self) -> ClientSocket:
        """The socket beneath: for what no SDK would send. Who reads from it takes what this client would hear."""
        if self._socket is None:
            raise Misuse("this client has no connection")
        return self._socket

    @property
    def line(self) -> Line:
        """What lies between the client and the hub: a test makes it worse, and heals it. See `ClientSocket.line`."""
        return self.socket.line

    @property
    def is_connected(self) -> bool:
        """Whether its connection stands."""
        return self._socket is not None and self._closed is None

    async def connect(self) -> Connected:
        """Connect, and say `connect`; `hub_client` has done it.

        Raises:
            Refused: the hub says no.
            Closed: it closed the connection.
        """
        await self._connection.aclose()
        self._closed = None
        self._socket = socket = await self._connection.enter_async_context(
            connect(self._app, self._address, **self._request)
        )
        for mailbox in (self._messages, self._refreshes, self._arrivals):
            mailbox.begin()
        socket.inbox.relay = self._hear
        socket.add_end_callback(self._on_end)
        return await self.ask("connect", {**self._wish, **self._where()}, Connected, self._begin)

    async def reconnect(self, *, token: str | None = None) -> Connected:
        """Come back: connect anew, and subscribe to what it was subscribed to, from where it was. See each one's `result`.

        Args:
            token: another one than before.

        Raises:
            Refused: the hub says no, or to one of the subscriptions.
            Closed: it closed the connection.
        """
        if token is not None:
            self._wish["token"] = token
        back = [each for each in self.subscriptions.values() if not each.is_server_side]
        result = await self.connect()
        for subscription in back:
            await subscription.resubscribe()
        return result

    async def disconnect(self) -> None:
        """Close the connection, as an SDK does; nothing is left on the server when this returns."""
        if self._socket is not None:
            await self._socket.close()
            await self.settle()

    async def wait_closed(self) -> Closed:
        """Wait until the server ends the connection, and give code and reason.

        Raises:
            TimeoutError: it did not.
        """
        ended = asyncio.Event()
        self.socket.add_end_callback(ended.set)
        async with bound(self._timeout, "the server to end the connection"):
            if self._closed is None:
                await ended.wait()
        assert self._closed is not None
        return self._closed

    async def settle(self) -> None:
        """Let all run that is ready to: what was said has arrived then, where no hook waits for anything."""
        await settle()

    # What is asked

    async def subscribe(
        self,
        channel: str,
        *,
        token: str = "",
        data: Any = None,
        since: Position | None = None,
        recoverable: bool = False,
        positioned: bool = False,
        join_leave: bool = False,
        reject_unrecovered: bool = False,
        tags_filter: Mapping[str, Any] | None = None,
    ) -> HubSubscription:
        """Subscribe to a channel.

        Args:
            channel: its name.
            token: for the subscription.
            data: told with it.
            since: recover from here.
            recoverable: ask for recovery; needless where the namespace forces it.
            positioned: ask to be told when something was missed.
            join_leave: ask to be told who comes and goes.
            reject_unrecovered: fail with 112 in place of `recovered: false`.
            tags_filter: only what these conditions on tags let through.

        Raises:
            Refused: it is not to be.
            Closed: the connection has ended.
        """
        asked = {"token": token, "data": data, "recoverable": recoverable, "positioned": positioned}
        asked |= {"join_leave": join_leave, "flag": 2 if reject_unrecovered else 0, "tf": tags_filter}
        wish = {name: value for name, value in asked.items() if value}
        subscription = HubSubscription(self, channel, wish, self._timeout)
        where = {"recover": True, "offset": since.offset, "epoch": since.epoch} if since else {}
        await self.ask("subscribe", {"channel": channel, **wish, **where}, Subscribed, subscription.begin)
        return subscription

    async def publish(self, channel: str, data: Any) -> None:
        """Say something to a channel; returns when it is acknowledged.

        Raises:
            Refused: it may not.
            Closed: the connection has ended.
        """
        await self.ask("publish", {"channel": channel, "data": data}, Payload)

    async def presence(self, channel: str) -> dict[str, Info]:
        """Who is in, by the connection's id; raises as `publish`."""
        return (await self.ask("presence", {"channel": channel}, Members)).presence

    async def presence_stats(self, channel: str) -> Stats:
        """How many are in; raises as `publish`."""
        return await self.ask("presence_stats", {"channel": channel}, Stats)

    async def history(
        self, channel: str, *, since: Position | None = None, limit: int = -1, reverse: bool = False
    ) -> Past:
        """What was published; raises as `publish`.

        Args:
            channel: its name.
            since: after this position (before it, with `reverse`).
            limit: how many at most; 0 for the position alone, below 0 for all that the server gives at once.
            reverse: newest first.
        """
        asked: dict[str, Any] = {"channel": channel, "limit": limit, "reverse": reverse}
        if since is not None:
            asked["since"] = {"offset": since.offset, "epoch": since.epoch}
        return await self.ask("history", asked, Past)

    async def rpc(self, method: str, data: Any = None) -> Any:
        """Call a method, and give what it returns; raises as `publish`."""
        return (await self.ask("rpc", {"method": method, "data": data}, Payload)).data

    async def refresh(self, token: str) -> Renewed:
        """Give a fresh token for the connection; raises as `publish`."""
        return await self.ask("refresh", {"token": token}, Renewed)

    async def send(self, data: Any) -> None:
        """Tell the app something; there is no answer."""
        await self._say({"send": {"data": data}})

    async def ask(
        self, name: str, request: Mapping[str, Any], kind: type[T], then: Callable[[T], None] | None = None
    ) -> T:
        """Send any command, and give its result.

        Args:
            name: the command's: `rpc`, `history`, ...
            request: its fields, as the protocol names them.
            kind: a msgspec `Struct` to read the result by, or `dict`.
            then: called with the result before anything is heard that came behind it.

        Raises:
            Refused: the hub answers with an error.
            Closed: the connection has ended.
        """
        if self._closed is not None:
            raise self._closed.again()
        self._last_id += 1
        id = self._last_id
        answered: Future[T] = asyncio.get_running_loop().create_future()

        def on_answer(answer: Answer) -> None:
            result = msgspec.json.decode(_result_of(answer, name), type=kind)
            if then is not None:
                then(result)
            answered.set_result(result)

        self._asked[id] = answered, on_answer
        try:
            async with bound(self._timeout, f"the answer to {name}"):
                await self._say({"id": id, name: request})
                return await answered
        finally:
            self._asked.pop(id, None)

    # What comes

    async def next_message(self) -> Any:
        """The next message that belongs to no channel.

        Raises:
            TimeoutError: none came.
            Closed: the connection has ended.
        """
        return await self._messages.take()

    async def next_refresh(self) -> Renewed:
        """The next time that the server says how long the connection lives; raises as `next_message`."""
        return await self._refreshes.take()

    async def next_subscription(self) -> HubSubscription:
        """The next channel that the server subscribes this client to, behind those of `connect`; raises as `next_message`."""
        return await self._arrivals.take()

    # Inside

    async def end(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        """Behind the block: close, and raise what the app has raised."""
        return await self._connection.__aexit__(kind, error, trace)

    async def _say(self, command: Mapping[str, Any]) -> None:
        await self.socket.send(msgspec.json.encode(command).decode())

    def _begin(self, result: Connected) -> None:
        self.result = result
        for channel, subscribed in result.subs.items():
            self._server_side(channel).begin(subscribed)

    def _where(self) -> dict[str, Any]:
        """Where it was in what the server has subscribed it to."""
        places = {each.channel: each.where() for each in self.subscriptions.values() if each.is_server_side}
        return {"subs": {channel: where for channel, where in places.items() if where}}

    def _server_side(self, channel: str) -> HubSubscription:
        found = self.subscriptions.get(channel)
        if found is None or not found.is_server_side:
            found = HubSubscription(self, channel, None, self._timeout)
        return found

    def _hear(self, frame: Data, last: bool) -> bool:
        text = frame if isinstance(frame, str) else frame.decode()
        for line in text.split("\n"):
            if line:
                self._take(read_answer(line))
        return True

    def _take(self, answer: Answer) -> None:
        if answer.push is not None:
            self._take_push(answer.push)
        elif answer.is_ping:
            if self.answers_pings:
                self.socket.send_nowait("{}")
        else:
            self._take_reply(answer)

    def _take_reply(self, answer: Answer) -> None:
        answered, on_answer = self._asked.pop(answer.id, (None, None))
        if answered is None or on_answer is None or answered.done():
            return
        try:
            on_answer(answer)
        except Exception as error:
            answered.set_exception(error)

    def _take_push(self, push: Pushed) -> None:
        if push.message is not None:
            self._messages.put(push.message.data)
        elif push.refresh is not None:
            self._refreshes.put(push.refresh)
        elif push.subscribe is not None:
            subscription = self._server_side(push.channel)
            subscription.begin(push.subscribe)
            self._arrivals.put(subscription)
        elif push.channel in self.subscriptions:
            self.subscriptions[push.channel].take(push)

    def _on_end(self) -> None:
        socket = self.socket
        closed = socket.inbox.ended or Closed(socket.close_code or 1006, socket.close_reason)
        self._closed = closed
        for answered, _ in self._asked.values():
            if not answered.done():
                answered.set_exception(closed.again())
        for mailbox in (self._messages, self._refreshes, self._arrivals):
            mailbox.end(closed)
        for subscription in self.subscriptions.values():
            subscription.close(closed)


def _result_of(answer: Answer, name: str) -> msgspec.Raw:
    if answer.error is not None:
        raise Refused(answer.error.code, answer.error.message)
    result: msgspec.Raw = getattr(answer, name)
    if not len(result):
        raise AssertionError(f"the answer to {name} has no {name} in it: {answer}")
    return result
