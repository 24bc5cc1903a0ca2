"""Options of clients: who may come in, by which tokens, and what each may cost. Only data."""

from __future__ import annotations

from .proxies import ClientProxies
from .section import Section
from .values import KIB, Duration, Secret


class Token(Section, frozen=True, kw_only=True):
    """Which JSON Web Tokens are good.

    Args:
        hmac_secret_key: the secret of HS256, HS384 and HS512; less than 32 bytes are not safe.
        hmac_previous_secret_key: the secret before it, taken too while keys are changed.
        hmac_previous_secret_key_valid_until: until when, in seconds since 1970; 0 for no end.
        rsa_public_key: PEM, for RS256 and its kin.
        ecdsa_public_key: PEM, for ES256 and its kin.
        jwks_public_endpoint: an `https` address of a key set; stands alone, needs `audience` or `issuer`, and `hubbub[jwks]`.
        audience: what a token's `aud` must name. A token that has an `aud` is refused where this is empty.
        issuer: what a token's `iss` must be.
    """

    hmac_secret_key: Secret = Secret()
    hmac_previous_secret_key: Secret = Secret()
    hmac_previous_secret_key_valid_until: int = 0
    rsa_public_key: str = ""
    ecdsa_public_key: str = ""
    jwks_public_endpoint: str = ""
    audience: str = ""
    issuer: str = ""


class SubscriptionToken(Token, frozen=True, kw_only=True):
    """Other rules for subscription tokens.

    Args:
        enabled: whether there are any; else they go by `client.token`.
    """

    enabled: bool = False


class PersonalChannel(Section, frozen=True, kw_only=True):
    """A channel that is each user's own.

    Args:
        enabled: whether the server subscribes each user to it.
        personal_channel_namespace: its namespace; empty for none.
        single_connection: a user's newest connection ends those before it.
    """

    enabled: bool = False
    personal_channel_namespace: str = ""
    single_connection: bool = False


class Client(Section, frozen=True, kw_only=True):
    """Clients, and what each may cost.

    Args:
        allowed_origins: pages that may connect beside those of the same host: `https://*.example.com`, or `*` for all.
        token: which connection tokens are good, and subscription tokens too.
        subscription_token: which subscription tokens are, where that differs.
        allow_anonymous_connect_without_token: whoever brings no token may connect, without a user.
        disallow_anonymous_connection_tokens: refuse tokens without a user.
        insecure: nobody needs a token, and everybody may subscribe, publish and read everywhere: to try things out.
        ping_interval: between pings.
        pong_timeout: in which a ping must be answered.
        expired_close_delay: that a client has to renew what has expired.
        stale_close_delay: in which a client must have said who it is.
        channel_limit: channels that a client may be subscribed to.
        queue_max_size: bytes that may wait for a client that does not read.
        presence_update_interval: between renewals of who is in.
        connection_limit: sockets of this process; 0 for any number.
        user_connection_limit: connections of one user in this process; 0 for any number.
        connection_rate_limit: connects a second that this process takes; 0 for any number.
        history_max_publication_limit: publications that one question for history gives at most.
        recovery_max_publication_limit: publications that are recovered at most.
        subscribe_to_user_personal_channel: a channel for each user.
        proxy: backends that are asked of connections.
    """

    allowed_origins: tuple[str, ...] = ()
    token: Token = Token()
    subscription_token: SubscriptionToken = SubscriptionToken()
    allow_anonymous_connect_without_token: bool = False
    disallow_anonymous_connection_tokens: bool = False
    insecure: bool = False
    ping_interval: Duration = Duration(25.0)
    pong_timeout: Duration = Duration(8.0)
    expired_close_delay: Duration = Duration(25.0)
    stale_close_delay: Duration = Duration(10.0)
    channel_limit: int = 128
    queue_max_size: int = KIB * KIB
    presence_update_interval: Duration = Duration(27.0)
    connection_limit: int = 0
    user_connection_limit: int = 0
    connection_rate_limit: int = 0
    history_max_publication_limit: int = 300
    recovery_max_publication_limit: int = 300
    subscribe_to_user_personal_channel: PersonalChannel = PersonalChannel()
    proxy: ClientProxies = ClientProxies()
