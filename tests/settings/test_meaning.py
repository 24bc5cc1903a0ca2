"""Options into limits, names, namespaces and judges."""

from __future__ import annotations

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from hubbub.errors import InvalidToken, Misuse
from hubbub.settings.channel import ChannelOptions
from hubbub.settings.client import Token
from hubbub.settings.meaning import (
    idle_options,
    limits_of,
    names_of,
    namespace_of,
    namespaces_of,
    personal_of,
    secret_key,
    verifier_of,
)
from hubbub.settings.options import Settings
from hubbub.settings.reader import read
from hubbub.settings.values import Duration, Secret
from hubbub.tokens.keys import AnySecret
from hubbub.tokens.signing import sign

SECRET = "0123456789abcdef0123456789abcdef"


def settings(**data: object) -> Settings:
    found, faults = read(data)
    assert faults == []
    return found


def test_limits() -> None:
    limits = limits_of(
        settings(
            client={"ping_interval": "12s", "pong_timeout": "3s", "channel_limit": 7, "user_connection_limit": 4},
            channel={"max_length": 64},
            websocket={"message_size_limit": 1000},
        )
    )
    assert (limits.ping_interval, limits.pong_timeout, limits.channels, limits.user_connections) == (12.0, 3.0, 7, 4)
    assert limits.message == 1000
    assert type(limits.ping_interval) is float


def test_a_lease_outlives_the_renewals() -> None:
    assert limits_of(settings(client={"presence_update_interval": "5m"})).presence_ttl == 600


def test_a_single_connection() -> None:
    limits = limits_of(settings(client={"subscribe_to_user_personal_channel": {"single_connection": True}}))
    assert (limits.user_connections, limits.newest_stays) == (1, True)


def test_names() -> None:
    names = names_of(settings(channel={"namespace_boundary": "/", "private_prefix": ""}))
    assert (names.namespace_of("chat/x"), names.is_private("$x")) == ("chat", False)


def test_a_personal_channel() -> None:
    personal = {"enabled": True, "personal_channel_namespace": "me"}
    assert personal_of(settings(client={"subscribe_to_user_personal_channel": personal})) == "me"
    assert personal_of(Settings()) is None


def test_namespaces_have_what_they_say_and_else_what_all_have() -> None:
    whole = settings(
        channel={
            "history_meta_ttl": "1h",
            "publication_data_format": "json_object",
            "without_namespace": {"presence": True},
            "namespaces": [{"name": "chat", "history_meta_ttl": "2h", "publication_data_format": "binary"}],
        }
    )
    none, chat = namespaces_of(whole)
    assert (none.name, none.presence, none.history_meta_ttl) == ("", True, 3600.0)
    assert none.publication_data_format == "json_object"
    assert (chat.name, chat.history_meta_ttl, chat.publication_data_format) == ("chat", 7200.0, "binary")


def test_what_does_nothing_is_left_out() -> None:
    options = ChannelOptions(force_push_join_leave=True, allow_publish_for_anonymous=True, leave_delay=Duration(3))
    assert set(idle_options(options)) == {"force_push_join_leave", "allow_publish_for_anonymous", "leave_delay"}
    assert not namespace_of(Settings(), options).force_push_join_leave


def test_recovery_without_history_is_no_small_thing() -> None:
    with pytest.raises(Misuse, match="force_recovery"):
        namespace_of(Settings(), ChannelOptions(force_recovery=True))


def test_a_secret_is_a_secret_whatever_it_looks_like() -> None:
    for text in (SECRET, "-----BEGIN" + SECRET, '{"kty": "RSA"}' + SECRET, "https://" + SECRET):
        verifier = verifier_of(Token(hmac_secret_key=Secret(text)))
        token = jwt.encode({"alg": "HS256"}, {"sub": "ann"}, OctKey.import_key(text))
        assert verifier is not None
        assert verifier.verify_nowait(token).user == "ann"


def test_a_secret_that_others_chose_short_is_good_with_each_algorithm() -> None:
    verifier = verifier_of(Token(hmac_secret_key=Secret("secret")))
    assert verifier is not None
    for algorithm in ("HS256", "HS384", "HS512"):
        assert verifier.verify_nowait(sign({"sub": "ann"}, AnySecret(b"secret"), algorithm)).user == "ann"
    assert secret_key(Secret("secret")) == b"secret"


def test_nothing_is_required_but_what_is_said() -> None:
    verifier = verifier_of(Token(hmac_secret_key=Secret(SECRET), audience="chat", issuer="us"))
    key = OctKey.import_key(SECRET)
    assert verifier is not None
    assert verifier.verify_nowait(jwt.encode({"alg": "HS256"}, {"aud": "chat", "iss": "us"}, key)).user == ""
    with pytest.raises(InvalidToken):
        verifier.verify_nowait(jwt.encode({"alg": "HS256"}, {"aud": "other", "iss": "us"}, key))


def test_without_a_key_there_is_no_judge() -> None:
    assert verifier_of(Token()) is None
