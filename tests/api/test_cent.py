"""The published `cent`, as it is installed, calls every method over the network; its own types judge the answers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest
from cent import (
    AsyncClient,
    BatchRequest,
    BoolValue,
    BroadcastRequest,
    CentApiResponseError,
    CentTransportError,
    CentUnauthorizedError,
    ChannelOptionsOverride,
    ChannelsRequest,
    Client,
    DisconnectRequest,
    HistoryRemoveRequest,
    HistoryRequest,
    InfoRequest,
    PresenceRequest,
    PresenceStatsRequest,
    PublishRequest,
    RefreshRequest,
    StreamPosition,
    SubscribeRequest,
    UnsubscribeRequest,
)
from cent import Disconnect as CentDisconnect
from centrifuge import Client as Sdk

from tests.api.calling import KEY
from tests.serving import Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("tests.api.cent_app:app") as server:
        yield server


@pytest.fixture(scope="module")
def cent(server: Server) -> Iterator[Client]:
    client = Client(server.url("/api", "http"), KEY)
    client._session._session.trust_env = False  # no proxy of this machine's
    yield client
    client._session.close()


def test_publish_broadcast_and_history(cent: Client) -> None:
    first = cent.publish(PublishRequest(channel="chat:1", data={"n": 1}, tags={"a": "b"}, idempotency_key="k"))
    assert first.offset == 1
    assert cent.publish(PublishRequest(channel="chat:1", data={"n": 1}, idempotency_key="k")) == first
    assert cent.publish(PublishRequest(channel="chat:1", data=None, b64data="MTI=", skip_history=True)).offset == 0
    told = cent.broadcast(BroadcastRequest(channels=["chat:1", "nowhere:1"], data={"n": 2})).responses
    assert told[0].result is not None
    assert told[0].result.offset == 2
    assert told[1].error is not None
    assert told[1].error.code == 102
    past = cent.history(HistoryRequest(channel="chat:1", limit=100))
    assert [(each.offset, each.data, each.tags) for each in past.publications] == [
        (1, {"n": 1}, {"a": "b"}),
        (2, {"n": 2}, None),
    ]
    since = StreamPosition(offset=1, epoch=past.epoch)
    assert [
        each.offset for each in cent.history(HistoryRequest(channel="chat:1", limit=1, since=since)).publications
    ] == [2]
    cent.history_remove(HistoryRemoveRequest(channel="chat:1"))
    assert cent.history(HistoryRequest(channel="chat:1", limit=100)).publications == []


async def test_what_is_done_to_clients_and_who_is_there(cent: Client, server: Server) -> None:
    ann = Sdk(server.url("/connection/websocket"), token="ann", proxy=None)
    await ann.connect()
    await ann.ready()
    async with AsyncClient(server.url("/api", "http"), KEY) as api:
        override = ChannelOptionsOverride(presence=BoolValue(value=True))
        await api.subscribe(SubscribeRequest(user="ann", channel="chat:2", info={"x": 1}, override=override))
        members = (await api.presence(PresenceRequest(channel="chat:2"))).presence
        (member,) = members.values()
        assert (member.user, member.chan_info) == ("ann", {"x": 1})
        stats = await api.presence_stats(PresenceStatsRequest(channel="chat:2"))
        assert (stats.num_clients, stats.num_users) == (1, 1)
        channels = (await api.channels(ChannelsRequest(pattern="chat:2"))).channels
        assert channels["chat:2"].num_clients == 1
        (node,) = (await api.info(InfoRequest())).nodes
        assert (node.num_clients, node.num_subs, node.num_channels) == (1, 1, 1)
        await api.refresh(RefreshRequest(user="ann", expire_at=4_000_000_000))
        await api.unsubscribe(UnsubscribeRequest(user="ann", channel="chat:2"))
        assert (await api.channels(ChannelsRequest())).channels == {}
        connection = ann._conn
        await api.disconnect(DisconnectRequest(user="ann", disconnect=CentDisconnect(code=4500, reason="out")))
    await connection.wait_closed()
    assert (connection.close_code, connection.close_reason) == (4500, "out")


@pytest.mark.parametrize("parallel", [False, True])
def test_a_batch(cent: Client, parallel: bool) -> None:
    requests = [PublishRequest(channel="chat:3", data=n) for n in range(3)]
    asked = BatchRequest(requests=[*requests, PresenceStatsRequest(channel="chat:3"), InfoRequest()], parallel=parallel)
    replies = cent.batch(asked).replies
    assert [each.offset for each in replies[:3]] == sorted(each.offset for each in replies[:3])  # type: ignore[attr-defined]
    assert replies[3].num_clients == 0  # type: ignore[attr-defined]
    assert len(replies[4].nodes) == 1  # type: ignore[attr-defined]


def test_errors(cent: Client, server: Server) -> None:
    with pytest.raises(CentApiResponseError) as raised:
        cent.publish(PublishRequest(channel="nowhere:1", data=1))
    assert (raised.value.code, raised.value.message) == (102, "unknown channel")
    with pytest.raises(CentTransportError) as failed:
        cent.publish(PublishRequest(channel="chat:1", data=1, version=-1))  # type: ignore[call-arg]  # it sends it on
    assert failed.value.status_code == 400
    stranger = Client(server.url("/api", "http"), "another key")
    stranger._session._session.trust_env = False
    with pytest.raises(CentUnauthorizedError):
        stranger.info(InfoRequest())
    stranger._session.close()


def test_older_libraries_send_lines_and_another_header(server: Server) -> None:
    lines = [
        {"method": "publish", "params": {"channel": "chat:4", "data": 1}},
        {"method": "rpc", "params": {"method": "add", "params": [1, 2]}},
    ]
    body = "".join(json.dumps(line) + "\n" for line in lines)
    headers = {"Authorization": f"apikey {KEY}", "Content-Type": "application/json"}
    response = httpx2.post(server.url("/api", "http"), content=body, headers=headers, trust_env=False)
    first, second = map(json.loads, response.text.splitlines())
    assert first["result"]["offset"] == 1
    assert second == {"result": {"data": 3}}


def test_a_body_that_is_too_long_is_told_so_over_the_wire(server: Server) -> None:
    lines = ("POST /api/publish HTTP/1.1", "Host: x", f"X-API-Key: {KEY}", "Content-Length: 1000000000", "", "")
    with socket.create_connection((server.host, server.port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode() + b"x" * 1000)
        answer = b""
        while not answer.endswith(b"}") and (more := connection.recv(65536)):  # it may come in parts
            answer += more
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"at most 4194304 bytes" in answer


def test_a_key_is_in_no_log(server: Server) -> None:
    for query in ("", f"?api_key={KEY}"):
        httpx2.post(server.url("/api/info" + query, "http"), headers={"X-API-Key": KEY}, trust_env=False)
    assert KEY not in server.log()
