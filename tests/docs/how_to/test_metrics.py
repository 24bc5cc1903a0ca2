"""How to have figures for Prometheus."""

from __future__ import annotations

import httpx2
from prometheus_client.parser import text_string_to_metric_families
from websockets.sync.client import connect

from tests.docs.blocks import read_files
from tests.docs.mirror import page_of
from tests.server.clients import denied
from tests.serving import ROOT, Server


def test_the_figures(server: Server) -> None:
    with (
        connect(server.url("/rooms/1?token=secret")) as client,
        httpx2.stream("GET", server.url("/news?token=secret", "http")) as stream,
    ):
        pieces = stream.iter_text()  # which closes the stream when it goes
        assert "retry: " in next(pieces)
        client.send("hello")
        assert client.recv(5) == "hello"
        denied(server, "/rooms/closed")
        httpx2.post(server.url("/chat/lobby?text=hello", "http")).raise_for_status()
        text = httpx2.get(server.url("/metrics", "http")).raise_for_status().text
    assert "secret" not in text
    assert 'hubbub_sockets_open{route="/rooms/{room}",transport="websocket"} 1.0' in text
    assert 'hubbub_sockets_open{route="/news",transport="sse"} 1.0' in text
    assert 'hubbub_messages_sent_total{route="/rooms/{room}"} 1.0' in text
    assert 'hubbub_upgrades_refused_total{route="/rooms/{room}",status="403"} 1.0' in text
    assert "hubbub_clients 0.0" in text
    assert "hubbub_publications_total 1.0" in text
    assert "process_cpu_seconds_total" in text


def test_the_table_names_every_figure(native: Server) -> None:
    page = page_of(ROOT / "tests/docs/how_to/test_metrics.py", ROOT)
    text = httpx2.get(native.url("/metrics", "http")).raise_for_status().text
    names = {family.name for family in text_string_to_metric_families(text) if family.name.startswith("hubbub_")}
    told = page.read_text(encoding="utf-8").replace("`_sent_total`", "`hubbub_messages_sent_total`")
    assert names
    assert [name for name in names if f"`{name}`" not in told and f"`{name}_total`" not in told] == []
    assert list(read_files(page)) == ["app.py"]
