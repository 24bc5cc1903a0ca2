"""What is shown: everything but secrets; and what the reference tells."""

from __future__ import annotations

import json

from hubbub.settings.options import Settings
from hubbub.settings.reader import read
from hubbub.settings.show import catalogue, shown

SECRET = "hunter2-hunter2-hunter2-hunter2-"


def test_what_is_shown_is_read_again_as_it_was() -> None:
    settings, _ = read(
        {"client": {"ping_interval": "90s", "allowed_origins": ["https://a"]}, "proxies": [{"name": "p"}]}
    )
    again, faults = read(json.loads(json.dumps(shown(settings))))
    assert (again, faults) == (settings, [])


def test_no_secret_is_shown() -> None:
    settings, faults = read(
        {
            "client": {
                "token": {"hmac_secret_key": SECRET},
                "proxy": {
                    "connect": {
                        "endpoint": f"https://user:{SECRET}@backend/x?key={SECRET}",
                        "http": {"static_headers": {"Authorization": SECRET}},
                    }
                },
            },
            "http_api": {"key": SECRET, "keys": [{"key": SECRET}]},
            "http_server": {"tls": {"key_pem": SECRET}},
        }
    )
    assert faults == []
    assert SECRET not in json.dumps(shown(settings))
    assert SECRET not in repr(settings.http_api) + repr(settings.http_server) + repr(settings.client.token)
    assert shown(settings)["client"]["proxy"]["connect"]["endpoint"] == "https://***@backend/x?***"


def test_an_address_that_is_none_is_masked() -> None:
    assert shown("http://[@x") == "***"
    assert shown("a@b") == "a@b"


def test_the_catalogue_tells_every_option_once() -> None:
    told = list(catalogue())
    assert len({each.path for each in told}) == len(told)
    port = next(each for each in told if each.path == "http_server.port")
    assert (port.kind, port.default, port.text, port.is_own) == ("number", "8000", "the port.", False)
    assert next(each for each in told if each.path == "health.ready_prefix").is_own
    assert next(each for each in told if each.path == "client.ping_interval").default == '"25s"'
    assert shown(Settings())["http_server"]["port"] == 8000
