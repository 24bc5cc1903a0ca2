"""What goes through a socket, over every twin: nothing is lost, nothing changes, and each kind is told apart."""

from __future__ import annotations

import asyncio
import json

import pytest

from hubbub import Closed, Data
from tests.contracts.twins import Client, Twin

MESSAGES: list[Data] = ["", "hello", "ünïcödé 🎉", "x" * 70_000, b"", b"\x00\xff", bytes(70_000)]


async def test_messages_come_back_as_they_were(twin: Twin) -> None:
    async with twin.connect("/echo") as client:
        for message in MESSAGES:
            await client.send(message)
            assert await client.receive() == message


async def test_many_in_flight_keep_their_order(twin: Twin) -> None:
    async with twin.connect("/echo") as client:
        for number in range(500):
            await client.send(str(number))
        assert [await client.receive() for _ in range(500)] == [str(number) for number in range(500)]


async def send_numbers(client: Client, count: int) -> None:
    for number in range(count):
        await client.send(str(number))


async def test_senders_and_a_reader_do_not_get_in_each_others_way(twin: Twin) -> None:
    count = 200
    async with twin.connect(f"/in-order?count={count}") as client:
        async with asyncio.TaskGroup() as group:
            group.create_task(send_numbers(client, count))
            received = [int(await client.receive()) for _ in range(count)]
        assert [n for n in received if n % 2] == list(range(1, count, 2))
        assert [n for n in received if not n % 2] == list(range(0, count, 2))
        assert json.loads(await client.receive()) == [str(number) for number in range(count)]


@pytest.mark.parametrize("how", ["any", "text", "bytes"])
@pytest.mark.parametrize("message", ["hello", b"hello"])
async def test_the_kind_that_is_expected_is_received(twin: Twin, how: str, message: str | bytes) -> None:
    async with twin.connect(f"/receive/{how}") as client:
        await client.send(message)
        if how == "any" or (how == "text") == isinstance(message, str):
            assert await client.receive() == message
        else:
            ended = await client.wait_closed()
            assert (ended.code, ended.reason) == (1003, f"expected {'text' if how == 'text' else 'binary'}")


async def test_receiving_at_the_end_raises_how_it_came(twin: Twin, key: str) -> None:
    async with twin.connect(f"/receive/any?key={key}") as client:
        await client.close(4001, "bye")
    assert await twin.fact(key) == [*twin.end(4001, "bye")]


async def test_receiving_without_waiting_takes_what_is_there(twin: Twin) -> None:
    async with twin.connect("/receive-nowait") as client:
        await client.send("0")  # one: whoever sends on to a handler that has ended may be reset before it reads
        assert json.loads(await client.receive()) == ["0"]


async def test_match_tells_the_kinds_apart(twin: Twin, key: str) -> None:
    async with twin.connect(f"/messages?key={key}") as client:
        await client.send(b"\x01")
        await client.send("last")
        assert await client.receive() == "last"
        await client.close(4000, "done")
    assert await twin.fact(key) == [["binary", "01"], ["text", "last"], ["close", *twin.end(4000, "done")[1:]]]


async def test_wrapped_messages_are_sent_as_what_they_are(twin: Twin) -> None:
    async with twin.connect("/wrapped") as client:
        assert [await client.receive() for _ in range(3)] == ["text", b"binary", "now"]
        ended = await client.wait_closed()
        assert (ended.code, ended.reason) == (4000, "as a message")


async def test_no_message_is_lost_to_a_receive_that_is_cancelled(twin: Twin) -> None:
    count = 300
    async with twin.connect(f"/impatient?count={count}") as client:
        for number in range(count):
            await client.send(str(number))
            if number % 20 == 0:
                await asyncio.sleep(0)
        assert json.loads(await client.receive()) == [str(number) for number in range(count)]


async def test_json_goes_both_ways(twin: Twin) -> None:
    async with twin.connect("/json") as client:
        for value in ({"a": [1, None, "ü"]}, 7, None, "text"):
            await client.send(json.dumps(value))
            assert json.loads(await client.receive()) == {"got": value}


@pytest.mark.parametrize("kind", ["struct", "model", "dataclass"])
@pytest.mark.parametrize("binary", [False, True])
async def test_typed_values_go_both_ways(twin: Twin, kind: str, binary: bool) -> None:
    async with twin.connect(f"/typed/{kind}?binary={binary}") as client:
        for move in ('{"x": 1, "y": 2}', b'{"x": 1, "y": 2}'):
            await client.send(move)
            turned = await client.receive()
            assert isinstance(turned, bytes) is binary
            assert json.loads(turned) == {"x": -2, "y": 1}


@pytest.mark.parametrize("kind", ["struct", "model", "dataclass"])
@pytest.mark.parametrize("message", ['{"x": "no number"}', "not json", "{}"])
async def test_what_is_no_such_value_is_the_peers_fault(twin: Twin, kind: str, message: str) -> None:
    async with twin.connect(f"/typed/{kind}") as client:
        await client.send(message)
        ended = await client.wait_closed()
        assert ended.code == 1007
        assert ended.reason


async def test_a_second_reader_is_told_and_the_first_goes_on(twin: Twin) -> None:
    async with twin.connect("/two-readers") as client:
        assert "another task is receiving" in str(await client.receive())
        await client.send("for the first")
        assert await client.receive() == "for the first"


async def test_a_clients_ping_is_answered(twin: Twin) -> None:
    async with twin.connect("/echo") as client:
        assert 0 <= await client.ping() < 5


# What ASGI cannot carry


async def test_a_ping_tells_the_round_trip_time(native_twin: Twin) -> None:
    async with native_twin.connect("/ping") as client:
        assert 0 < json.loads(await client.receive()) < 5


async def test_a_ping_is_sent_as_a_message(native_twin: Twin) -> None:
    async with native_twin.connect("/send-ping") as client:
        assert await client.receive() == "sent"


@pytest.mark.parametrize("path", ["/ping", "/send-ping"])
async def test_asgi_carries_no_pings_and_says_so(asgi_twin: Twin, path: str) -> None:
    async with asgi_twin.connect(path) as client:
        assert "serve with `hubbub run`" in str(await client.receive())


async def test_pings_are_seen_and_answered(native_twin: Twin, key: str) -> None:
    async with native_twin.connect(f"/messages?key={key}") as client:
        await client.ping()
        await client.close()
    seen = await native_twin.fact(key)
    assert [kind for kind, *_ in seen] == ["ping", "close"]


async def test_a_closed_socket_is_closed_for_the_client_too(twin: Twin) -> None:
    async with twin.connect("/echo") as client:
        await client.close()
        with pytest.raises(Closed):
            await client.receive()


async def test_text_that_is_no_unicode_is_refused_to_its_sender(twin: Twin) -> None:
    async with twin.connect("/no-unicode") as client:
        assert [await client.receive(), await client.receive()] == ["refused", "refused"]
        assert (await client.wait_closed()).code == 1000
