"""`hubbub serve` with files of Centrifugo's kind, and a published SDK as the client; its log; what it refuses to start with."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from cent import AsyncClient, PublishRequest

from hubbub.errors import Misuse
from hubbub.settings.fault import Fault
from hubbub.settings.options import Log, Settings
from hubbub.standalone.loading import Loaded
from hubbub.standalone.running import log_config_of, options, serve, tell
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonSdk
from tests.serving import Server
from tests.standalone.conftest import FILES, KEY, SECRET, settings_of, standalone, token


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with standalone(FILES / "config.yaml", CENTRIFUGO_CLIENT_CHANNEL_LIMIT="3") as server:
        yield server


async def test_a_file_of_centrifugo_serves_its_sdk(server: Server) -> None:
    sdk = PythonSdk(is_protobuf=False)
    url = server.url("/connection/websocket")
    try:
        ann = await sdk.connect(url, token=token("ann", aud="chat"))
        assert (await ann.ears.until("subscribed"))["channel"] == "personal:#ann"
        chat = await ann.subscribe("chat:lobby")
        await chat.until("subscribed")
        await ann.call("publish", "chat:lobby", {"text": "hello"})
        assert (await chat.until("publication"))["data"] == {"text": "hello"}
        with pytest.raises(SdkError, match="102"):
            await ann.call("publish", "news:x", {})
        async with AsyncClient(server.url("/api", "http"), KEY) as backend:
            await backend.publish(PublishRequest(channel="chat:lobby", data={"text": "from the backend"}))
            assert (await chat.until("publication"))["data"] == {"text": "from the backend"}
    finally:
        await sdk.close()
    health = httpx2.get(server.url("/health", "http"))
    assert (health.status_code, health.json()) == (200, {})
    assert httpx2.get(server.url("/ready", "http")).status_code == 200
    log = server.log()
    assert "settings: " in log
    assert f"clients: {url}" in log
    assert f"server API: {server.url('/api', 'http')}" in log
    assert "admin: Centrifugo's, and not here" in log
    assert [text for text in (SECRET, KEY, "not to be seen", "nor this") if text in log] == []


def test_levels_are_pythons() -> None:
    for level, python in {"none": "critical", "trace": "trace", "warn": "warning", "info": "info"}.items():
        assert options(settings_of({"log": {"level": level}}), None)["log_level"] == python


def test_options_are_uvicorns() -> None:
    made = options(settings_of({"shutdown": {"timeout": "7s"}, "log": {"access": True}}), None)
    assert (made["timeout_graceful_shutdown"], made["access_log"], made["ssl_context_factory"]) == (7, True, None)


def test_a_log_file_takes_all(tmp_path: Path) -> None:
    config = log_config_of(Log(file=str(tmp_path / "log")))
    assert {handler["filename"] for handler in config["handlers"].values()} == {str(tmp_path / "log")}
    assert "stream" not in config["handlers"]["default"]
    assert "filename" not in log_config_of(Log())["handlers"]["default"]


def test_fatal_faults_keep_it_from_starting() -> None:
    with pytest.raises(Misuse, match=r"^a: b$"):
        serve(Loaded(Settings(), [Fault("a", "b"), Fault("c", "d", is_fatal=False)], None))


@pytest.mark.parametrize("option", ["pid_file", "log.file"])
def test_a_file_that_cannot_be_written_does_too(option: str, tmp_path: Path) -> None:
    file = str(tmp_path / "no" / "file")
    told = {"pid_file": file} if option == "pid_file" else {"log": {"file": file}}
    with pytest.raises(Misuse, match=rf"{option}: .* cannot be written \(No such file or directory\)"):
        serve(Loaded(settings_of({"http_server": {"port": 0}, **told}), [], None))


def test_a_server_that_finds_its_port_taken_leaves_the_others_pid_file(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text("1\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_of({"pid_file": str(tmp_path / "pid"), "http_server": {"port": taken.getsockname()[1]}})
        with pytest.raises(Misuse, match="cannot listen"):
            serve(Loaded(settings, [], None))
    assert (tmp_path / "pid").read_text() == "1\n"


def test_what_is_wrong_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_of({"http_server": {"unix_socket": "/run/x"}, "websocket": {"handler_prefix": "/ws"}})
    with caplog.at_level(logging.INFO, "hubbub.serve"):
        tell(Loaded(settings, [Fault("a", "b", is_fatal=False)], None))
    assert caplog.messages == [
        "a: b",
        "settings: the environment alone: no file was named or found",
        "clients: ws://unix:/run/x:/ws",
    ]
