"""SIGHUP: what changes, for whom; a broken file changes nothing and says why; a client of an SDK stays connected throughout."""

from __future__ import annotations

import json
import logging
import signal
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from hubbub.settings.reader import all_options
from hubbub.standalone import reloading
from hubbub.standalone.building import Standalone
from hubbub.standalone.loading import load
from hubbub.standalone.reloading import CHANGEABLE, Reloader, changed
from tests.sdk.clients import SdkError
from tests.sdk.python import PythonSdk
from tests.standalone.conftest import SECRET, settings_of, standalone, token, write

NEW_SECRET = "another-secret-of-the-tests-that-is-long-enough"


def told(**options: Any) -> dict[str, Any]:
    """Settings with a namespace `chat`."""
    namespace = {"name": "chat", "allow_subscribe_for_client": True, **options}
    return {"client": {"token": {"hmac_secret_key": SECRET}}, "channel": {"namespaces": [namespace]}}


async def test_a_client_stays_connected_while_all_changes(tmp_path: Path) -> None:
    file = write(tmp_path / "config.json", told() | {"pid_file": str(tmp_path / "pid")})
    sdk = PythonSdk(is_protobuf=False)
    with standalone(file) as server:
        assert (tmp_path / "pid").read_text() == f"{server.pid}\n"
        url = server.url("/connection/websocket")
        try:
            ann = await sdk.connect(url, token=token("ann"))
            chat = await ann.subscribe("chat:lobby")
            await chat.until("subscribed")
            with pytest.raises(SdkError, match="103"):
                await ann.call("publish", "chat:lobby", {})
            file.write_text('{"channel": {"namespaces": [{"name": "chat", "histroy_size": 5}]}}')
            server.signal(signal.SIGHUP)
            log = server.wait_for_log("not reloaded, all stays as it was")
            assert "channel.namespaces[0].histroy_size: there is no such option; did you mean" in log
            changed = told(allow_publish_for_subscriber=True)
            changed["client"] = {
                "token": {"hmac_secret_key": NEW_SECRET},
                "allow_anonymous_connect_without_token": True,
            }
            write(file, changed)
            server.signal(signal.SIGHUP)
            log = server.wait_for_log(f"reloaded {file}")
            assert "client.allow_anonymous_connect_without_token: it changes at the next start" in log
            await ann.call("publish", "chat:lobby", {"text": "still here"})
            assert (await chat.until("publication"))["data"] == {"text": "still here"}
            assert [event for event, _ in ann.ears.rest()] in ([], ["connecting", "connected"])
            bob = await sdk.connect(url, token=token("bob", NEW_SECRET))
            eve = await sdk.make(url, token=token("eve"))
            await eve.connect()
            assert (await eve.ears.until("disconnected"))["code"] == 3500
            await bob.disconnect()
        finally:
            await sdk.close()
        assert SECRET not in server.log()
        assert NEW_SECRET not in server.log()
    assert not (tmp_path / "pid").exists()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "config.json", told())


@pytest.fixture
def server(file: Path) -> Standalone:
    return Standalone(load(file, {}).settings)


def test_a_file_that_is_gone_changes_nothing(server: Standalone, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    reloader = Reloader(server, file)
    file.unlink()
    assert not reloader.reload()
    assert "it cannot be read (No such file or directory)" in caplog.text
    assert server.hub.namespaces["chat"].allow_subscribe_for_client


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (told(history_size=5), "history_ttl"),
        (told() | {"client": {"token": {"rsa_public_key": "short"}}}, "-----BEGIN"),
        (told() | {"client": {"ping_interval": "1s"}}, "client.pong_timeout"),
    ],
)
def test_settings_that_cannot_be_change_nothing(
    server: Standalone, file: Path, caplog: pytest.LogCaptureFixture, data: dict[str, Any], why: str
) -> None:
    reloader, before = Reloader(server, file), server.settings
    write(file, data)
    assert not reloader.reload()
    assert why in caplog.text
    assert server.settings is before
    assert "short" not in caplog.text


def test_what_waits_is_told_each_time(server: Standalone, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    reloader = Reloader(server, file)
    write(file, told() | {"health": {"enabled": True}, "http_server": {"port": 1}})
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO, "hubbub.serve"):
            assert reloader.reload()
        assert "health.enabled: it changes at the next start" in caplog.messages
        assert "http_server.port: it changes at the next start" in caplog.messages


def test_the_certificate_is_read_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def secured(name: str) -> dict[str, Any]:
        return told() | {
            "http_server": {"tls": {"enabled": True, "cert_pem": str(tmp_path / name), "key_pem": "/no/key"}}
        }

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = write(tmp_path / "config.json", secured("one"))
    leaf = trustme.CA().issue_cert("localhost")
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "two"))
    reloader = Reloader(Standalone(load(file, {}).settings), file, context)
    write(file, secured("two"))
    assert not reloader.reload()
    assert "http_server.tls.key_pem: it is no file" in caplog.text
    whole = secured("two")
    whole["http_server"]["tls"]["key_pem"] = leaf.private_key_pem.bytes().decode()
    loads: list[object] = []
    monkeypatch.setattr(context, "load_cert_chain", lambda *files: loads.append(files))
    write(file, whole | {"client": {"token": {"hmac_secret_key": SECRET}, "ping_interval": "1s"}})
    monkeypatch.setattr(reloading, "fatal", lambda faults: [])  # as where it is found out only when it is made
    assert not reloader.reload()
    assert not loads
    write(file, whole)
    assert reloader.reload()
    assert loads


def test_which_backends_are_asked_waits(server: Standalone, file: Path, caplog: pytest.LogCaptureFixture) -> None:
    proxies = {"proxies": [{"name": "app", "endpoint": "http://127.0.0.1:9/"}]}
    write(file, told(subscribe_proxy_enabled=True, subscribe_proxy_name="app") | proxies)
    assert Reloader(server, file).reload()
    assert "which backends namespaces ask: it changes at the next start" in caplog.messages
    assert "proxies: it changes at the next start" in caplog.messages


def test_what_changed_is_found_by_path() -> None:
    old, new = settings_of({}), settings_of({"log": {"level": "warn"}, "client": {"token": {"audience": "x"}}})
    assert list(changed(old, new)) == ["log.level", "client.token.audience"]
    assert list(changed(old, old)) == []


def test_what_a_reload_changes_exists() -> None:
    paths = [option.path for option in all_options()]
    assert [each for each in CHANGEABLE if not any(path.startswith(each) for path in paths)] == []
    assert json.dumps(CHANGEABLE)
