"""Bodies of no sense, to every way in but WebSockets: each is answered or refused, never by a 500, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, MutableMapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import ASGIApp

from hubbub import Client, Hub, Namespace, testing
from hubbub.protocol import client_pb2 as schema
from hubbub.protocol.commands import Command, ConnectRequest, SubscribeRequest
from hubbub.transports.ways import STREAMS
from tests.events.doubles import Call, settle

BYTES = "application/octet-stream"
LOBBY = "room:lobby"

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([LOBBY, "room:x", "{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [*Command.__struct_fields__, *ConnectRequest.__struct_fields__, *SubscribeRequest.__struct_fields__]
)
REQUESTS = st.dictionaries(FIELDS, JSON, max_size=4)
COMMANDS = st.dictionaries(st.sampled_from(Command.__struct_fields__), REQUESTS | JSON, max_size=3)
LINES = st.lists(COMMANDS | REQUESTS | JSON, max_size=4).map(lambda all_: "\n".join(map(json.dumps, all_)).encode())


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Commands in Protobuf, with bytes exchanged, or without their end."""
    channel, payload = draw(st.sampled_from([LOBBY, "room:x", ""])), draw(st.binary(max_size=8))
    commands = [
        schema.Command(
            id=1, connect={"token": "eve", "data": payload, "subs": {channel: {"recover": True, "offset": 7}}}
        ),
        schema.Command(id=2, subscribe={"channel": channel, "recover": True, "epoch": "x"}),
        schema.Command(id=3, publish={"channel": channel, "data": payload}),
        schema.Command(id=4, rpc={"method": "x", "data": payload}),
    ]
    chosen = draw(st.lists(st.sampled_from(commands), min_size=1, max_size=3))
    frame = bytearray(b"".join(map(_framed, chosen)))
    for at, byte in draw(st.lists(st.tuples(st.integers(0, len(frame) - 1), st.integers(0, 255)), max_size=4)):
        frame[at] = byte
    return bytes(frame[: draw(st.integers(0, len(frame)))])


def _framed(command: Any) -> bytes:
    return bytes([command.ByteSize()]) + bytes(command.SerializeToString())


NONSENSE = st.binary(max_size=60) | LINES | damaged()
KINDS = st.sampled_from([BYTES, "application/json", "text/plain; charset=x", "\xff"])


def open_hub() -> Hub:
    """Everybody may come, and listen; nobody may publish."""
    hub = Hub(
        [Namespace("room", history_size=10, history_ttl=60, force_recovery=True)], transports=("websocket", *STREAMS)
    )

    @hub.on_connect
    async def who(token: str) -> str:
        return token

    @hub.on_subscribe("room:{name}")
    async def may_join(client: Client) -> bool:
        return True

    return hub


@contextmanager
def bystanding(caplog: pytest.LogCaptureFixture) -> Iterator[tuple[asyncio.Runner, ASGIApp, Callable[[], None]]]:
    """A hub, and a check that its other client hears what it should, and that nothing failed."""
    hub, app = open_hub(), Starlette()
    hub.install(app)
    failures: list[dict[str, Any]] = []
    with asyncio.Runner() as runner, caplog.at_level(logging.WARNING):
        runner.get_loop().set_exception_handler(lambda loop, context: failures.append(context))
        stack = _bystander(hub, app)
        heard = runner.run(stack.__aenter__())

        def check() -> None:
            runner.run(heard())
            assert (failures, caplog.records) == ([], [])

        yield runner, app, check
        runner.run(stack.__aexit__(None, None, None))


@asynccontextmanager
async def _bystander(hub: Hub, app: Starlette) -> AsyncIterator[Callable[[], Coroutine[Any, Any, None]]]:
    async with hub.lifespan(app), testing.hub_client(hub, token="zoe") as zoe:
        lobby = await zoe.subscribe(LOBBY)

        async def heard() -> None:
            place = await hub.publish(LOBBY, "still here?")
            publication = await lobby.next_publication()
            assert (publication.offset, publication.data) == (place.offset, "still here?")

        yield heard


class Saying(Call):
    """A request with a body, whose client hangs up when it is told to."""

    def __init__(self, method: str, path: str, query: bytes = b"", body: bytes = b"", kind: str = "") -> None:
        super().__init__(method, host="app.example", content_type=kind)
        self.scope |= {"path": path, "query_string": query, "scheme": "http", "extensions": {}}
        self._body: bytes | None = body

    async def receive(self) -> MutableMapping[str, Any]:
        """The body, and then the client's end."""
        if self._body is None:
            return await super().receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    @asynccontextmanager
    async def served_by(self, app: ASGIApp) -> AsyncIterator[None]:
        """The server has had its turns to answer; behind the block the client has left."""
        async with asyncio.timeout(30):
            task = asyncio.ensure_future(app(self.scope, self.receive, self.send))
            await settle()
            yield
            self.gone.set()
            await task


async def status_of(call: Saying, app: ASGIApp) -> int:
    """How it is answered."""
    async with call.served_by(app):
        pass
    return call.status


@pytest.mark.parametrize("way", STREAMS)
def test_whatever_connects_is_answered_or_refused(way: str, caplog: pytest.LogCaptureFixture) -> None:
    with bystanding(caplog) as (runner, app, check):

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine's
        @given(NONSENSE, KINDS, st.sampled_from(STREAMS[way].methods))
        def connect(said: bytes, kind: str, method: str) -> None:
            by_query = b"cf_connect=" + quote_from_bytes(said).encode()
            call = Saying(method, f"/connection/{way}", by_query if method == "GET" else b"", said, kind)
            assert runner.run(status_of(call, app)) in (200, 400)
            check()

        connect()


@pytest.mark.parametrize("is_protobuf", [False, True])
def test_whatever_is_said_beside_a_stream_is_nobody_elses_harm(
    is_protobuf: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with bystanding(caplog) as (runner, app, check):

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine's
        @given(st.lists(NONSENSE, min_size=1, max_size=3))
        def talk(frames: list[bytes]) -> None:
            assert set(runner.run(talk_beside(app, frames, is_protobuf))) <= {204, 400, 404}
            check()

        talk()


async def talk_beside(app: ASGIApp, frames: list[bytes], is_protobuf: bool) -> list[int]:
    """Open a stream, and say things beside it, in an envelope and without; how each was answered."""
    kind, first = BYTES if is_protobuf else "", schema.Command(id=1, connect={"token": "eve"})
    said = _framed(first) if is_protobuf else b'{"id":1,"connect":{"token":"eve"}}'
    stream = Saying("POST", "/connection/http_stream", body=said, kind=kind)
    async with stream.served_by(app):
        node, session = _who(b"".join(stream.bodies), is_protobuf)
        bodies = [body for each in frames for body in (_beside(node, session, each, is_protobuf), each)]
        calls = [Saying("POST", "/emulation", body=body, kind=kind) for body in bodies]
        return [await status_of(call, app) for call in calls]


def _who(told: bytes, is_protobuf: bool) -> tuple[str, str]:
    if not is_protobuf:
        result = json.loads(told)["connect"]
        return result["node"], result["session"]
    size, start = (told[0] & 0x7F) + (told[1] << 7), 2  # it has more than 127 bytes
    reply: Any = schema.Reply.FromString(told[start : start + size])
    return reply.connect.node, reply.connect.session


def _beside(node: str, session: str, frame: bytes, is_protobuf: bool) -> bytes:
    if is_protobuf:
        return bytes(schema.EmulationRequest(node=node, session=session, data=frame).SerializeToString())
    return json.dumps({"node": node, "session": session, "data": frame.decode(errors="replace")}).encode()


@pytest.mark.parametrize(
    ("path", "said", "why"),
    [
        ("/emulation", '{"node":"n","session":5,"data":""}', "Expected `str`, got `int` - at `$.session`"),
        ("/emulation", '{"node":[],"session":"s","data":""}', "at `$.node`"),
        ("/emulation", '{"node":"n","session":"s"}', "missing required field `data`"),
        ("/connection/uni_sse", '{"token":5}', "at `$.token`"),
        ("/connection/uni_http_stream", '{"subs":{"a":{"offset":-1}}}', "at `$.subs[...].offset`"),
    ],
)
async def test_what_is_wrong_is_named(path: str, said: str, why: str) -> None:
    hub, app = open_hub(), Starlette()
    hub.install(app)
    async with hub.lifespan(app):
        call = Saying("POST", path, body=said.encode())
        assert await status_of(call, app) == 400
        assert why in json.loads(call.bodies[0])["detail"]


async def test_a_length_that_is_none_is_refused() -> None:
    """Servers refuse it themselves; one that hands it on does no harm either."""
    hub, app = open_hub(), Starlette()
    hub.install(app)
    async with hub.lifespan(app):
        for length in ("9" * 5000, "-1", "0x10", "\xb2"):
            call = Saying("POST", "/emulation", body=b"{}")
            call.scope["headers"].append((b"content-length", length.encode("latin-1")))
            assert await status_of(call, app) in (400, 413)
