"""How a socket ends, over every twin: both ways, with codes and reasons, and what the handler and the client see of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contracts.twins import Twin


async def test_a_clients_close_ends_the_handlers_loop_and_is_answered(twin: Twin, key: str) -> None:
    async with twin.connect(f"/until-closed?key={key}") as client:
        await client.send("hello")
        assert await client.receive() == "hello"
        await client.close(4001, "bye")
        assert (await client.wait_closed()).code == 4001
    name, code, reason = twin.end(4001, "bye")
    seen = await twin.fact(key)
    assert (seen["state"], seen["error"], seen["code"], seen["reason"]) == ("CLOSED", name, code, reason)
    assert seen["received"] == (None if twin.passes_on == "end" else 4001)


async def test_a_handler_that_only_sends_hears_of_the_end(twin: Twin, key: str) -> None:
    async with twin.connect(f"/only-sends?key={key}") as client:
        assert await client.receive() == "tick"
        await client.close(4001, "bye")
    seen = await twin.fact(key)
    assert (seen["error"], seen["code"], seen["reason"]) == twin.end(4001, "bye")


@pytest.mark.parametrize("path", ["/until-closed", "/only-sends"])
async def test_a_connection_that_breaks_is_told_apart_from_a_close(twin: Twin, key: str, path: str) -> None:
    async with twin.connect(f"{path}?key={key}") as client:
        await client.send("hello")
        await client.receive()
        client.abort()
    seen = await twin.fact(key)
    assert [seen["error"], seen["code"]] == (["ConnectionLost", 1006] if twin.tells_loss else ["Closed", 1005])


@pytest.mark.parametrize(("code", "reason"), [(1000, ""), (1001, "away"), (3000, "x" * 123), (4999, "ünïcödé")])
async def test_a_handlers_close_comes_behind_its_last_words(twin: Twin, key: str, code: int, reason: str) -> None:
    async with twin.connect(f"/closes?code={code}&reason={reason}&key={key}") as client:
        assert await client.receive() == "last words"
        ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (code, reason)
    late_code, late_reason, seen = await twin.fact(key)
    assert (late_code, late_reason) == (code, reason)
    assert (seen["state"], seen["error"], seen["code"], seen["reason"]) == ("CLOSED", "Closed", code, reason)
    assert seen["sent"] == code


async def test_a_reason_is_cut_where_a_character_ends(twin: Twin, key: str) -> None:
    async with twin.connect(f"/closes?code=4000&reason={'ü' * 80}&key={key}") as client:
        assert (await client.wait_closed()).reason == "ü" * 61


@pytest.mark.parametrize(
    ("how", "code", "reason"),
    [
        ("return", 1000, ""),
        ("exception", 1011, "internal error"),
        ("refused", 1008, "go away"),
        ("refused-with-code", 4403, "go away"),
        ("http-exception", 1008, "no such room"),
        ("invalid", 1007, "not a move"),
    ],
)
async def test_each_way_to_leave_a_handler_has_its_code(twin: Twin, how: str, code: int, reason: str) -> None:
    async with twin.connect(f"/ends/{how}") as client:
        ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (code, reason)


async def test_an_aborted_socket_says_no_word_more(native_twin: Twin) -> None:
    async with native_twin.connect("/ends/abort") as client:
        assert (await client.wait_closed()).code == 1006


async def test_a_code_that_may_not_be_sent_is_a_misuse(twin: Twin) -> None:
    async with twin.connect("/ends/illegal-code") as client:
        assert "close code 1006 may not be sent" in str(await client.receive())
        assert (await client.wait_closed()).code == 1000


@pytest.mark.parametrize("message", ["x" * 1001, b"x" * 1001, "ü" * 501])
async def test_a_message_beyond_the_bound_ends_its_sender(twin: Twin, key: str, message: Any) -> None:
    async with twin.connect(f"/limited?key={key}") as client:
        await client.send("x" * 1000)
        assert await client.receive() == "1000"
        await client.send(message)
        assert (await client.wait_closed()).code == 1009
    seen = await twin.fact(key)
    assert (seen["error"], seen["code"]) == ("PeerFault", 1009)


async def test_a_socket_that_carries_nothing_is_closed_and_one_that_does_is_not(twin: Twin, key: str) -> None:
    async with twin.connect(f"/idle?key={key}") as client:
        for _ in range(3):
            await client.send("busy")
            assert await client.receive() == "busy"
        ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (1001, "idle for too long")
    assert (await twin.fact(key))["code"] == 1001


async def test_a_handler_may_say_goodbye_when_the_server_goes_down(twin: Twin, key: str) -> None:
    async with twin.connect(f"/drained?key={key}") as client:
        assert await twin.fact(key) == "open"
        async with twin.connect(f"/drain?key={key}") as other:
            await other.wait_closed()
        assert await client.receive() == "goodbye"
        assert (await client.wait_closed()).code == 1012


async def test_a_peer_that_answers_pings_is_alive(twin: Twin, key: str) -> None:
    async with twin.connect(f"/pulse?key={key}") as client:
        assert await twin.fact(key) == "open"
        await client.ping()
        await client.close()
    assert (await twin.fact(key))["code"] == twin.end(1000)[1]
