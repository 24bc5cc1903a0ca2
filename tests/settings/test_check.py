"""What options mean together: one wrong file each, and the words that are said of it."""

from __future__ import annotations

from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hubbub.settings.check import check, default_proxy
from hubbub.settings.options import Settings
from hubbub.settings.reader import read

EC = ec.generate_private_key(ec.SECP256R1()).public_key()
EC_PEM = EC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
GOOD = {"client": {"token": {"hmac_secret_key": "x" * 32}}, "http_api": {"key": "k" * 32}}


def faults(data: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    settings, found = read(data)
    assert found == []
    return {fault.path: (fault.text, fault.is_fatal) for fault in check(settings)}


def test_nothing_is_wrong_with_good_settings() -> None:
    assert faults(GOOD) == {}


def test_of_no_settings_at_all_it_is_said_what_is_missing() -> None:
    assert {path: is_fatal for path, (_, is_fatal) in faults({}).items()} == {
        "client.token": False,
        "http_api.key": False,
    }


def proxied(**proxy: object) -> dict[str, Any]:
    return {"client": {"proxy": {"connect": {"enabled": True, **proxy}}}}


def namespaces(*options: dict[str, Any]) -> dict[str, Any]:
    return {"channel": {"namespaces": list(options)}}


@pytest.mark.parametrize(
    ("data", "path", "text"),
    [
        ({"http_server": {"port": 65536}}, "http_server.port", "65535"),
        ({"http_server": {"internal_port": 8000}}, "http_server.internal_port", "already"),
        ({"http_server": {"internal_port": 9, "unix_socket": "/x"}}, "http_server.internal_port", "beside"),
        ({"http_server": {"tls": {"enabled": True, "cert_pem": "x"}}}, "http_server.tls", "both"),
        ({"websocket": {"handler_prefix": "api"}}, "websocket.handler_prefix", "begins with `/`"),
        ({"websocket": {"handler_prefix": "/api/"}}, "http_api.handler_prefix", "websocket.handler_prefix"),
        ({"client": {"ping_interval": "5s"}}, "client.pong_timeout", "less than"),
        ({"client": {"channel_limit": 0}}, "client.channel_limit", "more than 0"),
        ({"websocket": {"compression_level": 10}}, "websocket.compression_level", "1 to 9"),
        ({"client": {"allowed_origins": ["example.com"]}}, "client.allowed_origins[0]", "https://"),
        ({"client": {"allowed_origins": ["https://a.*.com"]}}, "client.allowed_origins[0]", "https://"),
        ({"client": {"token": {"rsa_public_key": "x"}}}, "client.token.rsa_public_key", "PEM"),
        ({"client": {"token": {"rsa_public_key": EC_PEM}}}, "client.token.rsa_public_key", "no RSA key"),
        (
            {"client": {"token": {"ecdsa_public_key": "-----BEGIN PUBLIC KEY-----\nx"}}},
            "client.token.ecdsa_public_key",
            "cannot be used",
        ),
        (
            {"client": {"token": {"jwks_public_endpoint": "https://a", "ecdsa_public_key": EC_PEM}}},
            "client.token.jwks_public_endpoint",
            "stands alone",
        ),
        (
            {"client": {"token": {"jwks_public_endpoint": "https://a"}}},
            "client.token.jwks_public_endpoint",
            "audience",
        ),
        ({"client": {"subscription_token": {"enabled": True}}}, "client.subscription_token", "no key"),
        (
            {"client": {"subscribe_to_user_personal_channel": {"enabled": True, "personal_channel_namespace": "me"}}},
            "client.subscribe_to_user_personal_channel.personal_channel_namespace",
            "no namespace 'me'",
        ),
        (namespaces({}), "channel.namespaces[0].name", "has a name"),
        (namespaces({"name": "aa"}, {"name": "aa"}), "channel.namespaces[1].name", "two namespaces"),
        (namespaces({"name": "a b"}), "channel.namespaces[0]", "letters"),
        (namespaces({"name": "aa", "history_size": 5}), "channel.namespaces[0]", "history_ttl"),
        (namespaces({"name": "aa", "channel_regex": "("}), "channel.namespaces[0]", "regular expression"),
        (
            namespaces({"name": "aa", "subscribe_proxy_enabled": True, "subscribe_proxy_name": "x"}),
            "channel.namespaces[0].subscribe_proxy_name",
            "no proxy 'x'",
        ),
        (namespaces({"name": "aa", "publish_proxy_enabled": True}), "channel.proxy.publish.endpoint", "http://"),
        ({"rpc": {"without_namespace": {"proxy_enabled": True}}}, "rpc.proxy.endpoint", "http://"),
        ({"proxies": [{"endpoint": "http://a"}]}, "proxies[0].name", "name of its own"),
        ({"proxies": [{"name": "default", "endpoint": "http://a"}]}, "proxies[0].name", "not `default`"),
        (proxied(endpoint="grpc://a:1"), "client.proxy.connect.endpoint", "not `grpc://`"),
        (proxied(endpoint="http://u:p@a"), "client.proxy.connect.endpoint", "no password"),
        (proxied(endpoint="http://[", timeout="1s"), "client.proxy.connect.endpoint", "http://"),
        (proxied(endpoint="http://a", timeout="0s"), "client.proxy.connect.timeout", "more than 0"),
        (
            proxied(endpoint="http://a", http={"status_to_code_transforms": [{"status_code": 404}]}),
            "client.proxy.connect.http.status_to_code_transforms[0]",
            "either",
        ),
        (
            proxied(endpoint="http://a", http={"status_to_code_transforms": [{"to_error": {"code": 7}}]}),
            "client.proxy.connect.http.status_to_code_transforms[0].to_error.code",
            "400",
        ),
        (
            proxied(endpoint="http://a", http={"status_to_code_transforms": [{"to_disconnect": {"code": 7}}]}),
            "client.proxy.connect.http.status_to_code_transforms[0].to_disconnect.code",
            "3000",
        ),
        (
            {"client": {"token": {"hmac_secret_key": "put-here-what-config-init-has-made-for-you"}}},
            "client.token.hmac_secret_key",
            "everybody knows it",
        ),
        ({"http_api": {"key": "<YOUR-SECRET-STRING-HERE>"}}, "http_api.key", "config init"),
        ({"http_api": {"keys": [{"key": "Change-me-please!"}]}}, "http_api.keys[0].key", "config init"),
        ({"http_api": {"key": "k" * 20 + " ä"}}, "http_api.key", "ASCII"),
        ({"http_api": {"keys": [{"name": "a"}]}}, "http_api.keys[0].key", "empty"),
        ({"http_api": {"key": "k" * 20, "keys": [{"key": "k" * 20}]}}, "http_api.keys[0].key", "another's"),
    ],
)
def test_what_is_wrong_is_fatal(data: dict[str, Any], path: str, text: str) -> None:
    said, is_fatal = faults(data)[path]
    assert text in said
    assert is_fatal


@pytest.mark.parametrize(
    ("data", "path", "text"),
    [
        ({"client": {"allowed_origins": ["*"]}}, "client.allowed_origins[0]", "every page"),
        ({"http_api": {"insecure": True}}, "http_api.insecure", "whoever"),
        ({"client": {"insecure": True}}, "client.insecure", "whoever"),
        ({"http_api": {"key": "short"}}, "http_api.key", "guessed"),
        ({"client": {"token": {"hmac_secret_key": "short"}}}, "client.token.hmac_secret_key", "5 bytes: who guesses"),
        (
            namespaces({"name": "aa", "force_push_join_leave": True}),
            "channel.namespaces[0].force_push_join_leave",
            "counts as off",
        ),
    ],
)
def test_what_is_unwise_is_told(data: dict[str, Any], path: str, text: str) -> None:
    said, is_fatal = faults(data)[path]
    assert text in said
    assert not is_fatal


def test_a_secret_is_not_told() -> None:
    told = str(faults({"client": {"token": {"hmac_secret_key": "hunter2"}}, "http_api": {"key": "hunter3"}}))
    assert "hunter" not in told


def test_public_keys_of_the_right_kind_are_good() -> None:
    assert "client.token.ecdsa_public_key" not in faults({"client": {"token": {"ecdsa_public_key": EC_PEM}}})
    certificate = trustme.CA(key_type=trustme.KeyType.ECDSA).cert_pem.bytes().decode()
    assert "client.token.rsa_public_key" in faults({"client": {"token": {"rsa_public_key": certificate}}})


def test_the_default_proxies() -> None:
    settings, _ = read({"rpc": {"proxy": {"endpoint": "r"}}, "channel": {"proxy": {"publish": {"endpoint": "p"}}}})
    assert default_proxy(settings, "rpc").endpoint == "r"
    assert default_proxy(settings, "publish").endpoint == "p"
    assert default_proxy(Settings(), "subscribe").endpoint == ""
