"""warp's echo, frame by frame: data goes back as it came. A ping is answered and, other than with warp, not sent back too."""

from __future__ import annotations

from tests.examples.frames import Frame, connect, receive, receive_many, send_close
from tests.serving import Server


async def test_data_comes_back_in_order_and_kind(forward: Server) -> None:
    sent: list[Frame] = [("TEXT", "grüß dich"), ("BINARY", b"\x00\xff"), ("TEXT", ""), ("BINARY", b"")]
    sent.append(("BINARY", b"x" * 100_000))
    async with connect(forward.url("/echo")) as client:
        for _, data in sent:
            await (client.send_str(data) if isinstance(data, str) else client.send_bytes(data))  # type: ignore[arg-type]
        assert await receive_many(client, len(sent)) == sent


async def test_a_ping_among_the_data_is_answered_and_moves_none_of_it(forward: Server) -> None:
    async with connect(forward.url("/echo")) as client:
        await client.send_str("before")
        await client.ping(b"are you there?")
        await client.send_str("after")
        frames = await receive_many(client, 3)
        frames.remove(("PONG", b"are you there?"))
        assert frames == [("TEXT", "before"), ("TEXT", "after")]


async def test_a_close_comes_back_with_its_code_and_reason_after_all_that_was_said(forward: Server) -> None:
    async with connect(forward.url("/echo")) as client:
        await client.send_str("first words")
        assert await receive(client) == ("TEXT", "first words")
        await client.send_str("last words")
        await send_close(client, 4321, "done")
        assert await receive_many(client, 2) == [("TEXT", "last words"), ("CLOSE", (4321, "done"))]
