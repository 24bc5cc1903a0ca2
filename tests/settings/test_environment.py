"""Variables over files: names, order, lists of tables, headers; those that say nothing are told."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.settings.environment import overlay
from hubbub.settings.reader import all_options, read


def told(data: dict[str, Any], **environment: str) -> tuple[Any, list[str]]:
    overlaid = overlay(data, environment)
    settings, faults = read(overlaid.data, overlaid.origins)
    return settings, [str(fault) for fault in (*overlaid.faults, *faults)]


def test_the_environment_counts_more_than_the_file_and_our_names_more_than_centrifugos() -> None:
    file = {"client": {"ping_interval": "1s", "pong_timeout": "2s", "channel_limit": 3}}
    found, faults = told(
        file,
        CENTRIFUGO_CLIENT_PING_INTERVAL="11s",
        CENTRIFUGO_CLIENT_PONG_TIMEOUT="12s",
        HUBBUB_CLIENT_PONG_TIMEOUT="13s",
    )
    assert faults == []
    client = found.client
    assert (client.ping_interval, client.pong_timeout, client.channel_limit) == (11, 13, 3)
    assert file["client"]["ping_interval"] == "1s"


def test_an_empty_variable_says_nothing() -> None:
    found, faults = told({"log": {"level": "warn"}}, HUBBUB_LOG_LEVEL="")
    assert (found.log.level, faults) == ("warn", [])


def test_lists_are_separated_by_spaces() -> None:
    found, _ = told({}, CENTRIFUGO_CLIENT_ALLOWED_ORIGINS="https://a.example http://localhost:4000")
    assert found.client.allowed_origins == ("https://a.example", "http://localhost:4000")


def test_namespaces_come_as_json_or_by_their_names() -> None:
    found, faults = told(
        {"channel": {"namespaces": [{"name": "of-the.file"}]}},
        HUBBUB_CHANNEL_NAMESPACES='[{"name": "chat"}, {"name": "my-news.x"}]',
        HUBBUB_CHANNEL_NAMESPACES_CHAT_PRESENCE="true",
        CENTRIFUGO_CHANNEL_NAMESPACES_OF_THE_FILE_PRESENCE="1",
        HUBBUB_CHANNEL_NAMESPACES_MY_NEWS_X_HISTORY_TTL="5s",
    )
    assert faults == []
    chat, news = found.channel.namespaces
    assert (chat.presence, news.presence, news.history_ttl) == (True, False, 5)
    assert [each.name for each in told({}, CENTRIFUGO_PROXIES="one two")[0].proxies] == ["one", "two"]


def test_an_option_of_a_namespace_of_the_file() -> None:
    found, faults = told(
        {"channel": {"namespaces": [{"name": "chat"}]}}, CENTRIFUGO_CHANNEL_NAMESPACES_CHAT_HISTORY_SIZE="7"
    )
    assert (found.channel.namespaces[0].history_size, faults) == (7, [])


def test_headers_for_backends_take_variables() -> None:
    proxy = {"name": "p", "http": {"static_headers": {"Authorization": "Bearer ${HUBBUB_VAR_TOKEN}"}}}
    found, faults = told({"proxies": [proxy]}, HUBBUB_VAR_TOKEN="t0k")
    assert found.proxies[0].http.static_headers["Authorization"].reveal() == "Bearer t0k"
    assert faults == []
    assert told({"proxies": [proxy]})[1] == [
        "proxies.0.http.static_headers.Authorization: the environment has no HUBBUB_VAR_TOKEN"
    ]


def test_what_no_option_is_called_is_told() -> None:
    assert told({}, HUBBUB_CLIENT_PINGINTERVAL="5s", CENTRIFUGO_ADMIN_ENABLED="true", HUBBUB_PROXIES="[")[1] == [
        "CENTRIFUGO_ADMIN_ENABLED: Centrifugo's, and not here: there is no page for administrators",
        "HUBBUB_PROXIES: it is a list of tables, as JSON",
        "HUBBUB_CLIENT_PINGINTERVAL: no option is called so; did you mean HUBBUB_CLIENT_PING_INTERVAL?",
    ]


def test_variables_of_others_are_let_be() -> None:
    others = {
        "HUBBUB_PORT_8000_TCP": "x",
        "CENTRIFUGO_SERVICE_HOST": "x",
        "HUBBUB_WORKERS": "1",
        "HOME": "/",
        "HUBBUB": "x",
    }
    assert told({}, **others)[1] == []


def test_every_option_has_a_variable() -> None:
    paths = [option.path for option in all_options() if "[" not in option.path]
    overlaid = overlay({}, {"HUBBUB_" + path.replace(".", "_").upper(): "?" for path in paths})
    assert (sorted(overlaid.origins), overlaid.faults) == (sorted(paths), [])


@settings(max_examples=30)
@given(
    st.dictionaries(st.sampled_from(["HUBBUB_CHANNEL", "HUBBUB_CLIENT_TOKEN", "HUBBUB_PROXIES", "HUBBUB_X"]), st.text())
)
def test_whatever_is_set_is_laid_over_or_told(environment: dict[str, str]) -> None:
    for fault in overlay({"proxies": [{"name": 1}, None], "client": 5}, environment).faults:
        assert fault.path in environment
