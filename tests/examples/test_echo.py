"""axum's echo, frame by frame: whatever comes goes back, pings and pongs too, and a Close with its code."""

from __future__ import annotations

import pytest
from aiohttp import WSMsgType

from tests.examples.frames import Frame, connect, receive, receive_many, send_close, send_together
from tests.serving import Server


async def test_data_comes_back_in_order_and_kind(echo: Server) -> None:
    sent: list[Frame] = [("TEXT", "grüß dich"), ("BINARY", b"\x00\xff"), ("TEXT", ""), ("BINARY", b"")]
    sent.append(("TEXT", "x" * 100_000))
    async with connect(echo.url("/ws")) as client:
        for _, data in sent:
            await (client.send_str(data) if isinstance(data, str) else client.send_bytes(data))  # type: ignore[arg-type]
        assert await receive_many(client, len(sent)) == sent


async def test_a_ping_is_answered_and_then_comes_back_like_any_other_message(echo: Server) -> None:
    async with connect(echo.url("/ws")) as client:
        await client.ping(b"are you there?")
        assert await receive_many(client, 2) == [("PONG", b"are you there?"), ("PING", b"are you there?")]


async def test_a_pong_comes_back(echo: Server) -> None:
    async with connect(echo.url("/ws")) as client:
        await client.pong(b"unasked")
        assert await receive(client) == ("PONG", b"unasked")


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4321])
async def test_a_close_comes_back_with_its_code_and_reason(echo: Server, code: int) -> None:
    async with connect(echo.url("/ws")) as client:
        await send_close(client, code, "done")
        assert await receive(client) == ("CLOSE", (code, "done"))


async def test_what_came_with_the_close_comes_back_before_it(echo: Server) -> None:
    async with connect(echo.url("/ws")) as client:
        await send_together(client, (WSMsgType.TEXT, b"last words"), (WSMsgType.CLOSE, b"\x03\xe8done"))
        assert await receive_many(client, 2) == [("TEXT", "last words"), ("CLOSE", (1000, "done"))]
