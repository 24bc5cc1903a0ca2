"""What the options mean to the rest of the library: limits, names, namespaces and judges of tokens made from them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from ..channels.names import Names
from ..channels.namespace import NEEDS, Namespace
from ..session.limits import ClientLimits
from ..tokens.jwks import Jwks
from ..tokens.keys import AnySecret, KeyData
from ..tokens.verifier import Rules, Verifier
from .channel import ChannelOptions
from .client import Token
from .options import Settings
from .values import Secret

SHARED = tuple(field.name for field in fields(Namespace) if field.name in ChannelOptions.__struct_fields__)
"""Options of a namespace that are called the same here and there."""

PERMISSIONS = dict.fromkeys((name for name in SHARED if name.endswith(("_for_client", "_for_anonymous"))), True)
"""All that clients may be allowed without a token."""

PRESENCE_TTL = 60.0
"""Seconds after which who was not renewed is in no more, unless renewals are further apart."""


WAYS = ("websocket", "sse", "http_stream", "uni_websocket", "uni_sse", "uni_http_stream")
"""The ways in, as their sections are called."""


def transports_of(settings: Settings) -> dict[str, str]:
    """The ways in that are switched on, and the path of each."""
    on = {
        name: not settings.websocket.disabled if name == "websocket" else getattr(settings, name).enabled
        for name in WAYS
    }
    return {name: getattr(settings, name).handler_prefix for name in WAYS if on[name]}


def limits_of(settings: Settings) -> ClientLimits:
    """What one client may cost.

    Raises:
        Misuse: a number is 0, or a pong may take longer than it is to the next ping.
    """
    client = settings.client
    is_single = client.subscribe_to_user_personal_channel.single_connection
    return ClientLimits(
        ping_interval=float(client.ping_interval),
        pong_timeout=float(client.pong_timeout),
        stale_timeout=float(client.stale_close_delay),
        expired_grace=float(client.expired_close_delay),
        channels=client.channel_limit,
        message=settings.websocket.message_size_limit,
        outbox=client.queue_max_size,
        recovery=client.recovery_max_publication_limit,
        history=client.history_max_publication_limit,
        presence_interval=float(client.presence_update_interval),
        presence_ttl=max(PRESENCE_TTL, 2 * client.presence_update_interval),
        user_connections=1 if is_single else client.user_connection_limit,
        newest_stays=is_single,
    )


def names_of(settings: Settings) -> Names:
    """How channels' names are read."""
    channel = settings.channel
    return Names(
        channel.private_prefix,
        channel.namespace_boundary,
        channel.user_boundary,
        channel.user_separator,
        channel.max_length,
    )


def namespaces_of(settings: Settings) -> Iterator[Namespace]:
    """The options of all channels.

    Raises:
        Misuse: those of one do not go together.
    """
    yield namespace_of(settings, settings.channel.without_namespace)
    for options in settings.channel.namespaces:
        yield namespace_of(settings, options, options.name)


def namespace_of(settings: Settings, options: ChannelOptions, name: str = "") -> Namespace:
    """One family's. What does nothing without another option is left out, for Centrifugo takes such files.

    Raises:
        Misuse: they do not go together.
    """
    values = {each: getattr(options, each) for each in SHARED}
    values["history_meta_ttl"] = options.history_meta_ttl or settings.channel.history_meta_ttl
    values["publication_data_format"] = options.publication_data_format or settings.channel.publication_data_format
    values["force_recovery_mode"] = options.force_recovery_mode or "stream"
    for idle in idle_options(options):
        values[idle] = type(values[idle])()
    values = {each: float(value) if isinstance(value, float) else value for each, value in values.items()}
    return Namespace(**values | (PERMISSIONS if settings.client.insecure else {}) | {"name": name})


def idle_options(options: ChannelOptions) -> list[str]:
    """Options that are on, and do nothing without others that are off."""
    return [
        option
        for option, others in NEEDS.items()
        if option != "force_recovery" and getattr(options, option) and not any(getattr(options, o) for o in others)
    ]


def personal_of(settings: Settings) -> str | None:
    """The namespace of the channel that is each user's own; `None` for no such channels."""
    personal = settings.client.subscribe_to_user_personal_channel
    return personal.personal_channel_namespace if personal.enabled else None


def secret_key(secret: Secret) -> AnySecret:
    """A secret as a key. Of what length it is was decided where the tokens are made."""
    return AnySecret(secret.reveal().encode())


def verifier_of(token: Token, *, with_previous: bool = False) -> Verifier | None:
    """The judge of tokens; `None` where there is no key. As in Centrifugo no claim is required.

    Args:
        token: the options.
        with_previous: whether it takes the previous secret too.

    Raises:
        Misuse: a key cannot be used; the text does not show it.
    """
    rules: Rules = {"required": ()}
    if token.audience:
        rules["audience"] = token.audience
    if token.issuer:
        rules["issuer"] = token.issuer
    if token.jwks_public_endpoint:
        return Verifier(Jwks(token.jwks_public_endpoint), **rules)
    secrets = [token.hmac_secret_key, token.hmac_previous_secret_key if with_previous else Secret()]
    keys: list[KeyData] = [secret_key(each) for each in secrets if each]
    keys += [each for each in (token.rsa_public_key, token.ecdsa_public_key) if each]
    return Verifier(keys, **rules) if keys else None
