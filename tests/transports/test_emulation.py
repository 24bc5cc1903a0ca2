"""Commands beside a stream: to whom they go, and what is said where they go to nobody."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refused
from hubbub.protocol.client_pb2 import EmulationRequest
from hubbub.transports.emulation import read
from tests.serving import Server
from tests.transports.clients import asking, listening


async def test_who_is_not_there(server: Server) -> None:
    """As Centrifugo says it: a node that is not there is worth a new connection, an ended session knows it by its stream."""
    async with listening(server, "http_stream") as client:
        await client.meet()
        assert await client.emulate('{"id":2,"rpc":{}}', node="another") == 404
        assert await client.emulate('{"id":2,"rpc":{}}', session="another") == 204
        assert await client.emulate('{"id":2,"rpc":{"data":7}}') == 204
        assert (await client.hear(2))[1] == {"id": 2, "rpc": {"data": 7}}


async def test_the_client_id_that_others_know_is_no_secret(server: Server) -> None:
    async with listening(server, "http_stream") as client, listening(server, "http_stream") as other:
        result = await client.meet()
        assert len({result["client"], client.session, (await other.meet())["session"]}) == 3
        assert await client.emulate('{"id":2,"rpc":{"data":1}}', session=result["client"]) == 204
        await client.say(rpc={"data": 2})
        assert [m["rpc"]["data"] for m in (await client.hear(2))[1:]] == [2]


async def test_what_is_no_command_ends_the_session(server: Server) -> None:
    async with listening(server, "sse", {}, "GET") as client:
        await client.meet()
        assert await client.emulate("nonsense") == 204
        assert (await client.rest())[1] == {"push": {"disconnect": {"code": 3501, "reason": "bad request"}}}


async def test_what_is_no_request_is_a_bad_one(server: Server) -> None:
    async with asking(server) as http:
        for body in (b"", b"{}", b"[]", b'{"session":"s","data":{}}', b"[" * 60_000, b"\xff"):
            assert (await http.post("/emulation", content=body)).status_code == 400
        get = await http.get("/emulation")
        assert (get.status_code, get.headers["allow"]) == (405, "POST, OPTIONS")


@given(st.binary(), st.sampled_from(["", "application/octet-stream"]))
def test_whatever_comes_is_a_request_or_a_bad_one(body: bytes, kind: str) -> None:
    try:
        found = read(kind, body)
    except Refused:
        return
    assert list(map(type, found)) == [str, str, bytes if kind else str]


def test_both_encodings_are_read() -> None:
    request = EmulationRequest(node="n", session="s", data=b"\x00")
    assert read("application/octet-stream", request.SerializeToString()) == ("n", "s", b"\x00")
    assert read("", b'{"session":"s","node":"n","data":"{}"}') == ("n", "s", "{}")
    with pytest.raises(Refused):
        read("application/octet-stream", b"\xff\xff")
