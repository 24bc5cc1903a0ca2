"""The whiteboard over the wire: pages by small JSON, replicas by Yjs's protocol, one board; late comers get the whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
from aiohttp import ClientSession
from pycrdt import Doc, Map, create_sync_message, create_update_message, handle_sync_message
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.serving import Server, serve

TIMEOUT = 10.0
LINE = {"ink": 1, "points": "1,2 3,4"}
_numbers = count()


@pytest.fixture
def id() -> str:
    """A piece of the test's own: the board is one."""
    return f"piece-{next(_numbers)}"


@asynccontextmanager
async def page(server: Server) -> AsyncIterator[tuple[ClientConnection, dict[str, Any]]]:
    """A page, and the board that it was shown first."""
    async with connect(server.url("/ws"), max_size=None) as client:
        yield client, (await hear(client))["draw"]


async def hear(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), TIMEOUT))


class Replica:
    """Another server, or a page with Yjs: it has the document itself."""

    def __init__(self) -> None:
        self.document: Doc[Any] = Doc()
        self.board: Map[Any] = self.document.get("board", type=Map)

    @asynccontextmanager
    async def join(self, server: Server) -> AsyncIterator[ClientConnection]:
        """Say what is here, hear what is there, and answer."""
        async with connect(server.url("/sync"), max_size=None) as client:
            await client.send(create_sync_message(self.document))
            for _ in range(2):
                await self.take(client)
            yield client

    async def take(self, client: ClientConnection) -> None:
        """The next message."""
        message = await asyncio.wait_for(client.recv(), TIMEOUT)
        assert isinstance(message, bytes)
        answer = handle_sync_message(message[1:], self.document)
        if answer is not None:
            await client.send(answer)


async def test_all_see_what_one_draws_its_drawer_too(whiteboard: Server, id: str) -> None:
    async with page(whiteboard) as (ann, _), page(whiteboard) as (bob, _):
        await ann.send(json.dumps({"draw": {id: LINE}}))
        for client in (ann, bob):
            assert await hear(client) == {"draw": {id: LINE}, "wipe": []}


async def test_who_comes_late_gets_the_whole_board(whiteboard: Server, id: str) -> None:
    async with page(whiteboard) as (ann, _):
        await ann.send(json.dumps({"draw": {id: LINE}}))
        await hear(ann)
    async with page(whiteboard) as (_, board):
        assert board[id] == LINE


async def test_a_piece_never_changes_and_is_taken_once(whiteboard: Server, id: str) -> None:
    async with page(whiteboard) as (ann, _), page(whiteboard) as (bob, _):
        await ann.send(json.dumps({"draw": {id: LINE}}))
        await ann.send(json.dumps({"draw": {id: {**LINE, "ink": 2}}}))
        await ann.send(json.dumps({"wipe": [id]}))
        assert await hear(bob) == {"draw": {id: LINE}, "wipe": []}
        assert await hear(bob) == {"draw": {}, "wipe": [id]}


async def test_to_wipe_what_is_gone_is_no_error(whiteboard: Server, id: str) -> None:
    async with page(whiteboard) as (ann, _):
        await ann.send(json.dumps({"wipe": ["nothing"]}))
        await ann.send(json.dumps({"draw": {id: LINE}}))
        assert id in (await hear(ann))["draw"]


@pytest.mark.parametrize(
    "piece", [{"ink": 9, "points": "1,1"}, {"ink": 1, "points": "<b>"}, {"ink": 1, "points": "1" * 3_000}, {"ink": 1}]
)
async def test_what_is_no_piece_costs_its_sender_the_socket(whiteboard: Server, id: str, piece: Any) -> None:
    async with page(whiteboard) as (ann, _):
        await ann.send(json.dumps({"draw": {id: piece}}))
        with pytest.raises(ConnectionClosed) as ended:
            await hear(ann)
        assert ended.value.rcvd is not None
        assert ended.value.rcvd.code == 1007
    async with page(whiteboard) as (_, board):
        assert id not in board


async def test_a_replica_gets_the_board_and_pages_see_what_it_draws(whiteboard: Server, id: str) -> None:
    replica = Replica()
    async with page(whiteboard) as (ann, _):
        await ann.send(json.dumps({"draw": {id: LINE}}))
        await hear(ann)
        async with replica.join(whiteboard) as client:
            assert replica.board[id] == LINE
            replica.board[f"{id}-too"] = LINE
            await client.send(create_update_message(replica.document.get_update()))
            assert await hear(ann) == {"draw": {f"{id}-too": LINE}, "wipe": []}


async def test_what_a_replica_did_while_it_was_away_is_merged(whiteboard: Server, id: str) -> None:
    replica = Replica()
    async with page(whiteboard) as (ann, _):
        await ann.send(json.dumps({"draw": {id: LINE, f"{id}-kept": LINE}}))
        await hear(ann)
        async with replica.join(whiteboard):
            pass
        del replica.board[id]  # offline
        replica.board[f"{id}-far"] = LINE
        await ann.send(json.dumps({"draw": {f"{id}-near": LINE}}))
        await hear(ann)
        async with replica.join(whiteboard):
            assert await hear(ann) == {"draw": {f"{id}-far": LINE}, "wipe": [id]}
            here = {name for name in replica.board.to_py() or {} if name.startswith(id)}
            assert here == {f"{id}-kept", f"{id}-far", f"{id}-near"}
        async with page(whiteboard) as (_, board):
            assert {name for name in board if name.startswith(id)} == here


@pytest.mark.parametrize("message", [b"", b"\x00", b"\x00\x02\x05abc", b"\x00\x02\xff\xff\xff\xff", b"\x00\x01\xff"])
async def test_a_replica_that_talks_nonsense_loses_its_socket_alone(whiteboard: Server, id: str, message: Any) -> None:
    async with page(whiteboard) as (ann, _), connect(whiteboard.url("/sync"), max_size=None) as client:
        await client.send(message)
        await asyncio.wait_for(client.wait_closed(), TIMEOUT)
        assert client.close_code == 1007
        await ann.send(json.dumps({"draw": {id: LINE}}))
        assert id in (await hear(ann))["draw"]


async def test_a_replica_whose_pieces_are_none_harms_no_page(whiteboard: Server, id: str) -> None:
    replica = Replica()
    async with page(whiteboard) as (ann, _), replica.join(whiteboard) as client:
        replica.board[id] = Map({"nested": "type"})
        await client.send(create_update_message(replica.document.get_update()))
        assert id in (await hear(ann))["draw"]
        async with page(whiteboard) as (_, board):
            assert board[id] == {"nested": "type"}
        await ann.send(json.dumps({"wipe": [id]}))
        assert await hear(ann) == {"draw": {}, "wipe": [id]}


async def test_a_full_board_says_so_and_can_be_wiped() -> None:
    with serve("examples.whiteboard:app") as server:
        async with page(server) as (ann, _):
            ids = [f"long-{n}" for n in range(300)]
            for id in ids:
                await ann.send(json.dumps({"draw": {id: {"ink": 1, "points": "1" * 2_000}}}))
            told = [await hear(ann) for _ in ids]
            drawn = [id for change in told for id in change.get("draw", {})]
            assert 200 < len(drawn) < 300
            assert told.count({"full": True}) == 300 - len(drawn)
            await ann.send(json.dumps({"wipe": drawn}))
            assert len((await hear(ann))["wipe"]) == len(drawn)
            await ann.send(json.dumps({"draw": {"after": LINE}}))
            assert await hear(ann) == {"draw": {"after": LINE}, "wipe": []}


async def test_the_page_is_served(whiteboard: Server) -> None:
    async with ClientSession() as session, session.get(whiteboard.url("/", "http")) as response:
        assert (response.status, response.content_type) == (200, "text/html")
