"""Clients that say nothing, do not read, do not answer, or are gone without a word; those beside them get everything."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import ExitStack

from websockets.asyncio.client import connect

from hubbub.testing.proxy import proxy
from tests.faults.talker import HASTY, Talker, counts
from tests.faults.witness import MIB, memory_grows_by_less_than
from tests.serving import Server, wait_until

NARROW = 16 * 1024
STEP = 50
"""Publications of 4 KiB that are made at once: an outbox holds them for who reads, be it slowly."""

BAD_REQUEST = (3501, "bad request")
METHOD_NOT_FOUND = {"code": 104, "message": "method not found"}


def test_who_says_nothing_is_stale(server: Server) -> None:
    began = time.monotonic()
    with Talker(server.port, user="", path=HASTY) as silent:
        assert silent.closed() == (3502, "stale")
    assert 0.9 < time.monotonic() - began < 5


def test_who_was_refused_may_not_go_on(server: Server) -> None:
    with Talker(server.port, user="", path=HASTY) as eve:
        eve.say("hello")
        assert eve.closed() == BAD_REQUEST


def test_who_never_pongs_is_ended_and_who_does_is_not(server: Server) -> None:
    with Talker(server.port, path=HASTY) as deaf, Talker(server.port, "bob", HASTY) as bob:
        answering = threading.Thread(target=_answer_pings, args=(bob, 5))
        answering.start()
        began = time.monotonic()
        assert deaf.closed() == (3012, "no pong")
        assert time.monotonic() - began < 5
        answering.join()
        assert bob.ask(rpc={"method": "x"})["error"] == METHOD_NOT_FOUND


def _answer_pings(talker: Talker, count: int) -> None:
    for _ in range(count):
        assert talker.wire.message() == b"{}"
        talker.say("{}")


def test_who_pongs_twice_has_ponged_too_often(server: Server) -> None:
    with Talker(server.port, path=HASTY) as eve:
        assert eve.wire.message() == b"{}"
        eve.say("{}").say("{}")
        assert eve.closed() == BAD_REQUEST


def test_who_never_reads_is_slow_and_the_others_get_everything(server: Server) -> None:
    count = 5_000  # 20 MiB: more than the outbox and any kernel hold back
    with memory_grows_by_less_than(16 * MIB, server.pid), ExitStack() as stack:
        readers = [stack.enter_context(Talker(server.port, f"reader{n}")) for n in range(3)]
        lazy = [stack.enter_context(Talker(server.port, f"lazy{n}", receive_buffer=NARROW)) for n in range(5)]
        for talker in readers + lazy:
            assert "error" not in talker.ask(subscribe={"channel": "wide:flood"})
        numbers: list[list[int]] = [[] for _ in readers]
        threads = [
            threading.Thread(target=_read_numbers, args=(reader, into, count))
            for reader, into in zip(readers, numbers, strict=True)
        ]
        for thread in threads:
            thread.start()
        with Talker(server.port, "writer") as writer:
            for first in range(0, count, STEP):
                assert "rpc" in writer.ask(rpc={"method": "flood", "data": [first, first + STEP]})
                wait_until(lambda first=first: all(len(into) >= first for into in numbers), 20)  # type: ignore[misc]
        for thread in threads:
            thread.join(20)
        assert numbers == 3 * [list(range(count))]
        wait_until(lambda: counts(server.port)["sessions"] <= 1 + len(readers), 10, "end of the slow")
        for talker in lazy:
            assert talker.closed()[0] == 3008


def _read_numbers(talker: Talker, into: list[int], count: int) -> None:
    while len(into) < count:
        into.append(talker.push()["pub"]["data"]["number"])


def test_who_never_reads_replies_is_not_read_without_end(server: Server) -> None:
    """A client that asks and asks costs no more than its bounds, whether it is held up or ended."""
    with memory_grows_by_less_than(8 * MIB, server.pid), Talker(server.port, receive_buffer=NARROW) as eve:
        eve.ask(publish={"channel": "room:big", "data": 20_000 * "x"})
        line = json.dumps({"id": 7, "history": {"channel": "room:big", "limit": 1}})
        eve.wire.socket.settimeout(1.0)
        try:
            for _ in range(50):
                eve.say(*(100 * [line]))
        except TimeoutError:
            pass  # it is not read any more


def test_who_is_gone_without_a_word_is_gone(server: Server) -> None:
    """Its presence, its subscriptions and its timers go with it."""
    talkers = [Talker(server.port, f"user{n}") for n in range(50)]
    for talker in talkers:
        talker.ask(subscribe={"channel": "room:gone"})
    with Talker(server.port) as eve:
        assert eve.ask(presence_stats={"channel": "room:gone"})["presence_stats"]["num_clients"] == 50
        for talker in talkers:
            talker.wire.reset()
        wait_until(
            lambda: eve.ask(presence_stats={"channel": "room:gone"})["presence_stats"]["num_clients"] == 0, 5, "leaves"
        )


async def test_a_line_that_goes_dead_both_ways_is_found_by_its_silence(server: Server) -> None:
    join = '{"id":1,"connect":{"token":"eve"}}\n{"id":2,"subscribe":{"channel":"room:dead"}}'
    async with proxy(server.port) as line, connect(line.url(HASTY), proxy=None, close_timeout=0.1) as socket:
        await socket.send(join)
        await socket.recv()
        line.drop()
        await asyncio.to_thread(wait_until, lambda: not counts(server.port)["hasty sessions"], 5, "end of the dead")


def test_a_client_that_is_cut_in_the_middle_of_a_frame_has_said_nothing(server: Server) -> None:
    with Talker(server.port) as eve:
        whole = b'{"id":7,"publish":{"channel":"room:cut","data":1}}'
        eve.wire.send(b"\x81" + bytes([0x80 | len(whole)]) + b"\0\0\0\0" + whole[:-2])
        eve.wire.reset()
