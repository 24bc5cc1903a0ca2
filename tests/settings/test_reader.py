"""Nested mappings into options: every fault with its path and what was meant; whatever comes, nothing else is raised."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.settings.formats import parse
from hubbub.settings.options import Settings
from hubbub.settings.reader import MAX_FAULTS, all_options, is_section, item_of, nearest, read
from hubbub.settings.values import Duration, Secret
from tests.settings.test_leaves import JSON

FILES = sorted((Path(__file__).parent / "files").iterdir())


def faults(data: dict[str, Any]) -> list[str]:
    return [str(fault) for fault in read(data)[1]]


def at(path: str, value: object) -> dict[str, Any]:
    """Nested tables with a value at a path."""
    head, _, rest = path.partition(".")
    if head.endswith("[]"):
        return {head[:-2]: [at(rest, value)]}
    return {head: at(rest, value) if rest else value}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.suffix)
def test_a_file_of_centrifugo_says_the_same_in_each_format(file: Path) -> None:
    settings, found = read(parse(file.read_bytes(), file.name))
    assert settings == read(parse(FILES[0].read_bytes(), FILES[0].name))[0]
    assert [fault.path for fault in found if not fault.is_fatal] == [fault.path for fault in found]
    assert {fault.path for fault in found} == {"websocket.write_timeout", "admin"}
    assert settings.client.allowed_origins == ("http://localhost:3000", "https://*.example.com")
    assert settings.client.token.hmac_secret_key == Secret("a-secret-of-the-tests-that-is-long-enough")
    assert (settings.client.ping_interval, settings.client.pong_timeout) == (Duration(12), Duration(4))
    assert [namespace.name for namespace in settings.channel.namespaces] == ["chat", "personal"]
    assert float(settings.channel.namespaces[0].history_ttl) == 300
    assert settings.health.enabled


def test_nothing_says_nothing() -> None:
    assert read({}) == (Settings(), [])
    assert read({"client": None, "proxies": None, "log": {"level": None}}) == (Settings(), [])


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("client.pong_tmeout", "client.pong_timeout"),
        ("client.allowed_orgins", "client.allowed_origins"),
        ("clients", "client"),
        ("allowed_origins", "client.allowed_origins"),
        ("token_hmac_secret_key", "client.token.hmac_secret_key"),
        ("api_key", "http_api.key"),
        ("channel.namespaces[0].histroy_size", "channel.namespaces[0].history_size"),
    ],
)
def test_a_wrong_key_names_the_right_one(path: str, meant: str) -> None:
    [fault] = faults(at(path.replace("[0]", "[]"), "x"))
    assert fault == f"{path}: there is no such option; did you mean {meant}?"


def test_a_key_that_is_near_to_none_names_none() -> None:
    assert faults({"zzz": {"qqq": 1}}) == ["zzz: there is no such option"]
    assert nearest("zzz", {}) == ""


def test_all_faults_are_told_at_once_and_the_rest_is_kept() -> None:
    settings, found = read({"client": {"channel_limit": "many", "x": 1, "ping_interval": "12s"}, "log": 5})
    assert [fault.path for fault in found] == ["client.channel_limit", "client.x", "log"]
    assert float(settings.client.ping_interval) == 12


def test_of_too_many_faults_those_are_told_that_keep_it_from_starting() -> None:
    idle = [{"name": f"n{number}", "map": {}} for number in range(MAX_FAULTS)]
    _, faults = read({"channel": {"namespaces": idle}, "admin": True, "client": {"channel_limit": "many"}})
    assert len(faults) == MAX_FAULTS
    assert [str(fault) for fault in faults if fault.is_fatal] == ["client.channel_limit: it is a whole number"]


def test_a_fault_of_the_environment_names_its_variable() -> None:
    _, [fault] = read({"http_server": {"port": "x"}}, {"http_server.port": "HUBBUB_HTTP_SERVER_PORT"})
    assert str(fault) == "http_server.port: it is a whole number (said by HUBBUB_HTTP_SERVER_PORT)"


@pytest.mark.parametrize(
    ("path", "value", "is_fatal"),
    [
        ("grpc_api.enabled", True, False),
        ("client.token.audience_regex", "^x$", True),
        ("client.token.audience_regex", "", False),
        ("channel.namespaces[].map.mode", "ephemeral", True),
        ("channel.namespaces[].map", {}, False),
        ("consumers", [{"name": "k", "enabled": True}], True),
        ("consumers", [], False),
        ("http_server.tls_autocert", {"enabled": False, "email": "a@b.c"}, False),
        ("http_server.tls_autocert", {"enabled": True}, True),
        ("engine.redis.address", "redis://x", False),
    ],
)
def test_what_only_centrifugo_has_is_told(path: str, value: object, is_fatal: bool) -> None:
    _, [fault] = read(at(path, value))
    assert fault.text.startswith("Centrifugo's, and ")
    assert fault.is_fatal is is_fatal


def test_every_option_is_read() -> None:
    for option in all_options():
        assert read(at(option.path, None))[1] == []
        assert not is_section(option.info.type)
        assert item_of(option.info.type) is None
        [fault] = read(at(option.path, {"a": {"b": object()}}))[1]
        assert fault.path == option.path.replace("[]", "[0]")


PATHS = [option.path for option in all_options()] + ["client", "channel.namespaces", "x", "client.x", "proxies[].http"]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(PATHS), JSON), max_size=6))
def test_whatever_comes_gives_settings_and_faults(said: list[tuple[str, object]]) -> None:
    data: dict[str, Any] = {}
    for path, value in said:
        data |= at(path, value)
    assert isinstance(read(data)[0], Settings)
    found = read(data)[1]
    assert all(fault.path and fault.text and str(fault).isprintable() for fault in found)


@settings(max_examples=20)
@given(st.dictionaries(st.text() | st.integers() | st.none(), JSON, max_size=4))
def test_keys_may_be_anything(data: dict[Any, Any]) -> None:
    assert len(read(data)[1]) <= len(data)
