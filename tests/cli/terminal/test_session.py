"""A conversation against a real server: what is heard, what is told, and how it ends."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from hubbub.cli.terminal.exits import Exit
from hubbub.cli.terminal.render import Look
from hubbub.cli.terminal.request import make_headers
from hubbub.cli.terminal.session import Talk
from tests.cli.terminal.conversation import Conversation, converse
from tests.serving import Server, free_port

LISTENING = Talk(wait=5)


async def test_what_is_said_comes_back(talk: Server) -> None:
    told = await converse(talk.url("/echo"), "a", "b")
    assert (told.out, told.exit) == ("a\nb\n", Exit.OK)
    assert told.err == f"* connected to {talk.url('/echo')}\n* closed: 1000 (normal)\n"


async def test_the_first_messages_come_before_the_input(talk: Server) -> None:
    assert (await converse(talk.url("/echo"), "c", talk=Talk(first=("a", b"b")))).out == "a\nbc\n"


async def test_what_comes_late_is_waited_for(talk: Server) -> None:
    assert (await converse(talk.url("/late"), "a", talk=Talk(wait=0.5))).out == "a\n"


async def test_so_many_and_no_more(talk: Server) -> None:
    told = await converse(talk.url("/count"), talk=Talk(count=3))
    assert (told.out, told.exit) == ("0\n1\n2\n", Exit.OK)
    told = await converse(talk.url("/echo"), "a", talk=Talk(count=2, wait=0.1))
    assert (told.out, told.exit) == ("a\n", Exit.MISSING)


@pytest.mark.parametrize(
    ("path", "code", "told"),
    [
        ("/close/1000", Exit.OK, "the server closed: 1000 (normal): because"),
        ("/close/1001", Exit.OK, "the server closed: 1001 (going away): because"),
        ("/close/1008", Exit.CLOSED, "the server closed: 1008 (against a policy): because"),
        ("/close/4404", Exit.CLOSED, "the server closed: 4404 (application code, come back): because"),
        ("/lost", Exit.LOST, "the connection was lost"),
        ("/refuse", Exit.REFUSED, 'refused: 403 Forbidden\n  {"detail": "not\\u001b[31m today"}'),
    ],
)
async def test_how_it_ended_is_told(talk: Server, path: str, code: Exit, told: str) -> None:
    ended = await converse(talk.url(path), talk=LISTENING)
    assert ended.exit is code
    assert f"* {told}" in ended.err


async def test_headers_and_secrets(talk: Server) -> None:
    lines = ("X-Room: lobby", "Host: chat.example", "X-Api-Key: hidden")
    headers = make_headers(lines, ["a=hidden", "b=2"], bearer="hidden")
    told = await converse(talk.url("/headers"), talk=LISTENING, level=2, headers=headers, origin="https://a.example")
    asked = json.loads(told.out)
    assert (asked["x-room"], asked["host"], asked["cookie"]) == ("lobby", "chat.example", "a=hidden; b=2")
    assert (asked["authorization"], asked["origin"]) == ("Bearer hidden", "https://a.example")
    assert asked["user-agent"].startswith("hubbub/")
    assert "permessage-deflate" in asked["sec-websocket-extensions"]
    assert "hidden" not in told.err
    assert "* > Authorization: Bearer ***\n" in told.err
    assert "* < HTTP/1.1 101 Switching Protocols\n" in told.err


async def test_compression_is_offered_unless_told_not_to(talk: Server) -> None:
    told = await converse(talk.url("/headers"), talk=LISTENING, compression=False)
    assert "sec-websocket-extensions" not in json.loads(told.out)


async def test_the_subprotocol_that_was_agreed_on_is_told(talk: Server) -> None:
    assert "* subprotocol: v2\n" in (await converse(talk.url("/echo"), level=2, subprotocols=("v1", "v2"))).err


async def test_pings_are_told_on_request(talk: Server) -> None:
    told = await converse(talk.url("/pings"), talk=Talk(wait=0.3), level=3, heartbeat=0.1)
    assert "* ping 'you\\x1b'\n" in told.err
    assert " ms)\n" in told.err.partition("* pong ")[2]
    assert told.out == "alive\n"


async def test_commands_are_obeyed(talk: Server, tmp_path: Path) -> None:
    picture, text = tmp_path / "picture", tmp_path / "text"
    picture.write_bytes(b"\x00\x01")
    text.write_text("from a file")
    conversation = Conversation(talk.url("/echo"), Talk(), level=0, look=Look(has_hex=True))
    conversation.say(
        "/ping", "/ping x", "/hex 48 69", f"/file {picture}", f"/text {text}", f"/text {picture}", "//help"
    )
    conversation.say(f"/file {tmp_path}/none", "/info", "/help", "/close 4001 enough")
    told = await conversation.run()
    assert told.exit is Exit.OK
    assert "|Hi|\n" in told.out
    assert "  00 01  " in told.out
    assert "\nfrom a file\n" in told.out
    assert told.out.endswith("\n/help\n")
    assert told.err.count("* pong after ") == 2
    assert "* 2 bytes sent\n" in told.err
    assert "/none: No such file" in told.err
    assert "* 5 sent" in told.err.replace("received, ", "* ")
    assert "* /hex BYTES" in told.err


async def test_what_is_no_text_is_not_sent_as_text(talk: Server, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff")
    told = await converse(talk.url("/echo"), f"/text {tmp_path / 'picture'}")
    assert "is no UTF-8" in told.err
    assert told.out == ""


async def test_what_was_not_sent_is_told(talk: Server) -> None:
    told = await converse(talk.url("/refuse"), "a", "/ping", "b")
    assert told.err.endswith("* 2 or more messages were not sent\n")
    assert told.exit is Exit.REFUSED


async def hear(connection: ServerConnection) -> None:
    """An echo."""
    async for message in connection:
        await connection.send(message)


async def test_it_comes_back_with_what_was_said_meanwhile() -> None:
    port = free_port()
    conversation = Conversation(f"ws://127.0.0.1:{port}/echo", Talk(first=("hello",), reconnects=True))
    running = asyncio.create_task(conversation.run())
    await conversation.until("* cannot connect: Connection refused\n")
    conversation.say("meanwhile")
    async with serve(hear, "127.0.0.1", port):
        await conversation.until("meanwhile")
    await conversation.until("* the server closed: 1001 (going away)")
    assert conversation.out == "hello\nmeanwhile\n"
    conversation.say("and again")
    async with serve(hear, "127.0.0.1", port):
        await conversation.until("and again")
        assert conversation.out == "hello\nmeanwhile\nhello\nand again\n"
        conversation.session.stop(Exit.INTERRUPTED)
        assert (await running).exit is Exit.INTERRUPTED


async def test_it_gives_up_where_it_is_told_to_and_where_there_is_no_sense(talk: Server) -> None:
    told = await converse(talk.url("/close/1013"), talk=Talk(wait=5, reconnects=True, retries=1))
    assert (told.exit, told.err.count("try again later"), told.err.count("again in ")) == (Exit.CLOSED, 2, 1)
    told = await converse(talk.url("/close/1008"), talk=Talk(wait=5, reconnects=True))
    assert (told.exit, told.err.count("1008 (against")) == (Exit.CLOSED, 1)


async def test_told_to_stop_it_closes_politely(talk: Server) -> None:
    conversation = Conversation(talk.url("/echo"))
    running = asyncio.create_task(conversation.run())
    await conversation.until("connected")
    conversation.session.stop(Exit.TERMINATED)
    told = await running
    assert (told.exit, told.err.splitlines()[-1]) == (Exit.TERMINATED, "* closed: 1000 (normal)")


async def test_told_to_stop_it_connects_no_more() -> None:
    conversation = Conversation("ws://192.0.2.1/never", Talk(), proxy=False)  # RFC 5737: nobody's address
    running = asyncio.create_task(conversation.run())
    await asyncio.sleep(0)
    conversation.session.stop(Exit.INTERRUPTED)
    assert (await running).exit is Exit.INTERRUPTED


async def test_whoever_cannot_write_stops_the_reading(talk: Server) -> None:
    conversation = Conversation(talk.url("/count"), LISTENING)
    conversation.voice.screen.is_broken = True
    conversation.say(None)
    assert await conversation.session.run() is Exit.BROKEN_PIPE


async def test_how_a_server_ends_is_no_failure_once_all_has_come(talk: Server) -> None:
    told = await converse(talk.url("/once"), talk=Talk(count=1), level=0)
    assert (told.out, told.err, told.exit) == ("all\n", "", Exit.OK)
