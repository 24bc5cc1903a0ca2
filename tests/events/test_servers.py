"""Streams over every server, natively and over ASGI, read by clients that are not ours."""

from __future__ import annotations

import time

import aiohttp
import httpx2
import pytest

from tests.events.clients import PATIENCE, RawReader, facts, listen, say, unchunked, wait_for_fact
from tests.events.parser import Dispatched, Parser
from tests.serving import Server


def test_all_get_what_is_said(server: Server) -> None:
    with listen(server) as one, listen(server) as other:
        assert one.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert one.response.headers["cache-control"] == "no-cache"
        assert one.response.headers["x-accel-buffering"] == "no"
        assert say(server, "two\r\nlines ✓") == 2
        event = one.next()
        assert event == other.next()
    assert event == Dispatched("message", "two\nlines ✓", facts(server)["last id"])


def test_a_client_that_comes_back_gets_what_it_missed(server: Server) -> None:
    with listen(server) as reader:
        last_id = reader.parser.last_id
    for n in range(7):
        say(server, str(n))
    with listen(server, headers={"Last-Event-ID": last_id}) as reader:
        assert reader.data(6) == ['{"missed":2}', "2", "3", "4", "5", "6"]
    with listen(server, headers={"Last-Event-ID": reader.parser.events[3].last_id}) as reader:
        assert reader.data(2) == ["5", "6"]


def test_a_stream_that_has_an_end(server: Server) -> None:
    with listen(server, "/count") as reader:
        parser = reader.read_rest()
    assert parser.events == [Dispatched("count", f'{{"n":{n}}}', "") for n in range(3)]


def test_a_client_that_closed_is_noticed_within_a_second(server: Server) -> None:
    with listen(server) as reader, listen(server):
        wait_for_fact(server, "receivers", 2)
        reader.response.close()
        began = time.monotonic()
        wait_for_fact(server, "receivers", 1)
        assert time.monotonic() - began < 1
    wait_for_fact(server, "receivers", 0, 1)


def test_and_an_iterable_is_closed(server: Server) -> None:
    before = len(facts(server)["ended"])
    with listen(server, "/endless") as reader:
        assert reader.data(1) == ["here"]
    wait_for_fact(server, "ended", ["endless"] * (before + 1), 1)


def test_silence_is_broken_by_a_comment(server: Server) -> None:
    with listen(server, "/alive") as reader:
        reader.read_until(lambda parser: len(parser.comments) == 2)
        assert reader.parser.comments == [" still here"] * 2


def test_not_too_often(server: Server) -> None:
    with listen(server, "/throttled") as reader:
        for n in range(5):
            say(server, str(n))
        heard = reader.data(1)
        while heard[-1] != "4":
            heard += reader.data(1)
    assert heard[0] == "0"
    assert len(heard) < 5


def test_what_is_no_event_stream_is_refused(server: Server) -> None:
    response = httpx2.get(server.url("/events", "http"), headers={"accept": "text/html"}, trust_env=False)
    assert response.status_code == 406


def test_a_head(server: Server) -> None:
    response = httpx2.head(server.url("/events", "http"), timeout=PATIENCE, trust_env=False)
    assert (response.status_code, response.headers["content-type"], response.content) == (
        200, "text/event-stream; charset=utf-8", b""
    )  # fmt: skip
    wait_for_fact(server, "receivers", 0)


def test_nothing_is_left_behind(server: Server) -> None:
    for _ in range(3):
        with listen(server), listen(server, "/count"), listen(server, "/throttled"), listen(server, "/gzip/events"):
            pass
    for name in ("receivers", "native", "over asgi"):
        wait_for_fact(server, name, 0)


def test_gzip_leaves_it_alone(server: Server) -> None:
    with listen(server, "/gzip/events", headers={"accept-encoding": "gzip"}) as reader:
        assert "content-encoding" not in reader.response.headers
        say(server, "plain")
        assert reader.data(1) == ["plain"]


def test_or_is_used_where_it_is_told_to(server: Server) -> None:
    with listen(server, "/gzip-all/events", headers={"accept-encoding": "gzip"}) as reader:
        assert reader.response.headers["content-encoding"] == "gzip"
        say(server, "zipped")
        assert reader.data(1) == ["zipped"]


def test_a_middleware_that_takes_the_response_into_its_hands(server: Server) -> None:
    with listen(server, "/dispatch/events") as reader:
        assert reader.response.headers["x-seen"] == "yes"
        say(server, "through")
        assert reader.data(1) == ["through"]
    wait_for_fact(server, "receivers", 0, 1)


async def test_by_aiohttp(server: Server) -> None:
    async with aiohttp.ClientSession() as session, session.get(server.url("/events", "http")) as response:
        parser = Parser()
        async for data, _ in response.content.iter_chunks():
            parser.feed(data)
            if not parser.events:
                async with session.post(server.url("/say", "http"), data="hello"):
                    pass
            else:
                break
    assert parser.events[0].data == "hello"


def test_over_http2(servers: dict[str, Server]) -> None:
    server = servers["hypercorn"]
    with listen(server, http2=True) as one, listen(server) as other:
        assert one.response.http_version == "HTTP/2"
        say(server, "both")
        assert one.next() == other.next()
    wait_for_fact(server, "receivers", 0, 1)


@pytest.mark.parametrize("name", ["native", "uvicorn"])
def test_byte_by_byte(servers: dict[str, Server], name: str) -> None:
    with RawReader(servers[name], "/count") as client:
        head, _, body = client.read_until(b"0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    carried, has_ended = unchunked(body)
    assert has_ended
    assert carried == b"retry: 3000\n\n" + b"".join(b'event: count\ndata: {"n":%d}\n\n' % n for n in range(3))


@pytest.mark.parametrize("name", ["native", "uvicorn"])
def test_the_connection_serves_on_when_a_stream_has_ended(servers: dict[str, Server], name: str) -> None:
    with httpx2.Client(trust_env=False, limits=httpx2.Limits(max_connections=1)) as client:
        for _ in range(3):
            assert len(client.get(servers[name].url("/count", "http")).content) > 50
            assert client.get(servers[name].url("/facts", "http")).status_code == 200
