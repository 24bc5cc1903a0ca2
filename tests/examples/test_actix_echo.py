"""actix-web's echo as actors, frame by frame: data comes back, pings are answered, the silent are given up, all are told."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from aiohttp import ClientSession

from examples import actix_echo as module
from tests.examples.frames import Frame, connect, receive, receive_many, send_close
from tests.serving import Server


async def receive_data(client: object) -> Frame:
    """The next frame that is no ping of the heartbeat's."""
    while (frame := await receive(client))[0] == "PING":  # type: ignore[arg-type]
        pass
    return frame


def test_the_heartbeat_is_the_originals() -> None:
    assert (module.HEARTBEAT_INTERVAL, module.CLIENT_TIMEOUT) == (5.0, 10.0)


async def test_text_and_binary_come_back(actix_echo: Server) -> None:
    async with connect(actix_echo.url("/ws")) as client:
        await client.send_str("grüß dich")
        await client.send_bytes(b"\x00\xff")
        assert await receive_data(client) == ("TEXT", "grüß dich")
        assert await receive_data(client) == ("BINARY", b"\x00\xff")


async def test_a_ping_is_answered_with_its_data_and_nothing_else(actix_echo: Server) -> None:
    async with connect(actix_echo.url("/ws")) as client:
        await client.ping(b"here")
        assert await receive_data(client) == ("PONG", b"here")


@pytest.mark.parametrize("code", [1000, 4321])
async def test_a_close_comes_back_with_its_reason(actix_echo: Server, code: int) -> None:
    async with connect(actix_echo.url("/ws")) as client:
        await send_close(client, code, "done")
        assert await receive_data(client) == ("CLOSE", (code, "done"))


async def test_who_answers_pings_or_pings_itself_stays_and_who_is_silent_is_given_up(actix_echo: Server) -> None:
    async with connect(actix_echo.url("/ws")) as silent, connect(actix_echo.url("/ws")) as answers:
        for _ in range(5):
            assert await receive(answers) == ("PING", b"")
            await answers.pong(b"")
        assert await receive_many(silent, 2) == [("PING", b"")] * 2
        assert await receive_data(silent) == ("CLOSE", (1000, ""))
        await answers.send_str("still here")
        assert await receive_data(answers) == ("TEXT", "still here")


async def tell(server: Server, text: str) -> int:
    async with httpx2.AsyncClient() as http:
        response = await http.post(server.url("/say", "http"), params={"text": text})
    return int(response.raise_for_status().json())


async def test_all_are_told_something_by_address_and_who_left_is_not(actix_echo: Server) -> None:
    await until(actix_echo, 0)
    async with connect(actix_echo.url("/ws")) as ann, connect(actix_echo.url("/ws")) as bob:
        await until(actix_echo, 2)
        assert await tell(actix_echo, "hello all") == 2
        for client in (ann, bob):
            texts = [await receive_data(client) for _ in range(1)]
            while texts[-1] == ("TEXT", "anybody?"):
                texts.append(await receive_data(client))
            assert texts[-1] == ("TEXT", "hello all")
    await until(actix_echo, 0)


async def until(server: Server, count: int) -> None:
    """Wait until so many are there."""
    async with asyncio.timeout(10):
        while await tell(server, "anybody?") != count:  # noqa: ASYNC110  it has no event for it
            await asyncio.sleep(0.01)


async def test_the_page_is_served(actix_echo: Server) -> None:
    async with ClientSession() as session:
        for path in ("/", "/actix_echo.js"):
            async with session.get(actix_echo.url(path, "http")) as response:
                assert response.status == 200
