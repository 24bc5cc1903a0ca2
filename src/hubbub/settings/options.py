"""The options, one Struct a section, each named as in Centrifugo 6 where that has it. Only data: what reads them is elsewhere.

Each option is told in its Struct's docstring, from which the page of the reference is made. What begins with `Hubbub's own` is
not in Centrifugo.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from .values import Duration, Secret

KIB = 1024

DAY = 24 * 3600.0


class Section(Struct, frozen=True, kw_only=True):
    """A table of options."""


class Tls(Section, frozen=True, kw_only=True):
    """Certificates: each a file's path, PEM text, or its base64.

    Args:
        enabled: whether TLS is spoken.
        cert_pem: the certificate, and those between it and its authority.
        key_pem: its private key.
        client_ca_pem: take only clients that show a certificate of this authority.
    """

    enabled: bool = False
    cert_pem: str = ""
    key_pem: Secret = Secret()
    client_ca_pem: str = ""


class HttpServer(Section, frozen=True, kw_only=True):
    """Where it listens.

    Args:
        address: the interface; `0.0.0.0` or `::` for all. An empty one, which is all in Centrifugo, is all here too.
        port: the port.
        unix_socket: Hubbub's own: listen on this file in place of address and port.
        internal_address: the interface of the internal port; empty for the same.
        internal_port: serve what is not for clients (server API, metrics, health) on this port, and on no other; 0 serves
            all on one.
        tls: TLS, on both ports.
    """

    address: str = "127.0.0.1"
    port: int = 8000
    unix_socket: str = ""
    internal_address: str = ""
    internal_port: int = 0
    tls: Tls = Tls()


class Log(Section, frozen=True, kw_only=True):
    """What is logged.

    Args:
        level: from which level on. `trace` and `fatal` are `debug` and `critical`.
        file: where to; empty for the terminal.
        access: Hubbub's own: a line for each HTTP request.
    """

    level: Literal["none", "trace", "debug", "info", "warn", "error", "fatal"] = "info"
    file: str = ""
    access: bool = False


class Engine(Section, frozen=True, kw_only=True):
    """What lies between nodes.

    Args:
        type: `memory`: this process is all there is.
    """

    type: Literal["memory"] = "memory"


class Part(Section, frozen=True, kw_only=True):
    """A part of the engine that may be another.

    Args:
        enabled: whether it is another than the engine's.
        type: as the engine's.
    """

    enabled: bool = False
    type: Literal["memory"] = "memory"


class Token(Section, frozen=True, kw_only=True):
    """Which JSON Web Tokens are good.

    Args:
        hmac_secret_key: the secret of HS256, HS384 and HS512; at least 32 bytes.
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


class TransformError(Section, frozen=True, kw_only=True):
    """An error that a client is given.

    Args:
        code: its code.
        message: its text.
        temporary: whether the client may try again.
    """

    code: int = 0
    message: str = ""
    temporary: bool = False


class TransformDisconnect(Section, frozen=True, kw_only=True):
    """An end that a client is given.

    Args:
        code: its code.
        reason: its text.
    """

    code: int = 0
    reason: str = ""


class StatusTransform(Section, frozen=True, kw_only=True):
    """What a status of the backend means to the client.

    Args:
        status_code: the HTTP status.
        to_error: the error that it becomes.
        to_disconnect: the end that it becomes.
    """

    status_code: int = 0
    to_error: TransformError = TransformError()
    to_disconnect: TransformDisconnect = TransformDisconnect()


class ProxyHttp(Section, frozen=True, kw_only=True):
    """How the backend is asked.

    Args:
        static_headers: headers of each request; `${HUBBUB_VAR_NAME}` stands for a variable of the environment.
        status_to_code_transforms: what its HTTP statuses mean.
    """

    static_headers: dict[str, Secret] = field(default_factory=dict)
    status_to_code_transforms: tuple[StatusTransform, ...] = ()


class Proxy(Section, frozen=True, kw_only=True):
    """A backend that is asked over HTTP.

    Args:
        endpoint: its address.
        timeout: in which it answers.
        http_headers: headers of the client's request that it is told.
        emulated_headers: headers that the client itself names when it connects, which it is told.
        binary_encoding: payloads go as base64.
        include_connection_meta: the connection's meta goes with each question.
        http: further, how it is asked.
    """

    endpoint: str = ""
    timeout: Duration = Duration(1.0)
    http_headers: tuple[str, ...] = ()
    emulated_headers: tuple[str, ...] = ()
    binary_encoding: bool = False
    include_connection_meta: bool = False
    http: ProxyHttp = ProxyHttp()


class SwitchedProxy(Proxy, frozen=True, kw_only=True):
    """A proxy with a switch.

    Args:
        enabled: whether it is asked.
    """

    enabled: bool = False


class NamedProxy(Proxy, frozen=True, kw_only=True):
    """A proxy that namespaces name.

    Args:
        name: its name; not `default`.
    """

    name: str = ""


class ClientProxies(Section, frozen=True, kw_only=True):
    """Who is asked of connections.

    Args:
        connect: who is this?
        refresh: may it stay?
        disconnect: Hubbub's own: it is gone.
    """

    connect: SwitchedProxy = SwitchedProxy()
    refresh: SwitchedProxy = SwitchedProxy()
    disconnect: SwitchedProxy = SwitchedProxy()


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


class ChannelOptions(Section, frozen=True, kw_only=True):
    """How a family of channels behaves: the options of a [namespace](namespace.md), and who is asked over HTTP.

    Args:
        presence: keep who is in a channel.
        join_leave: tell who comes and goes, to those who ask for it and may see the presence.
        force_push_join_leave: tell it to all subscribers.
        leave_delay: Hubbub's own: in which a user who has left may come back unnoticed.
        join_leave_per_user: Hubbub's own: tell of a user's first connection and its last, and of none between.
        history_size: publications that a channel keeps; with `history_ttl`.
        history_ttl: for which each is kept; with `history_size`.
        history_meta_ttl: for which an unused channel remembers its position; 0 for `channel.history_meta_ttl`.
        force_positioning: watch every subscriber's position, and tell one who has missed something.
        allow_positioning: do it for those who ask.
        force_recovery: give every subscriber that comes back what it has missed.
        allow_recovery: do it for those who ask.
        force_recovery_mode: `stream`, all that was missed; `cache`, the newest publication alone.
        auto_cache_recover: in cache mode, give the newest publication to those who do not ask, too.
        allowed_delta_types: patches that subscribers may ask for: `["fossil"]`.
        delta_publish: publish every publication so that those who asked may get a patch.
        allow_tags_filter: subscribers may ask for some publications only, by their tags.
        allow_subscribe_for_client: whoever has a user may subscribe.
        allow_subscribe_for_anonymous: so may those without, where those with a user may.
        allow_publish_for_client: whoever has a user may publish.
        allow_publish_for_subscriber: whoever has a user and is subscribed may publish.
        allow_publish_for_anonymous: so may those without, where those with a user may.
        allow_presence_for_client: whoever has a user may see who is in.
        allow_presence_for_subscriber: whoever has a user and is subscribed may.
        allow_presence_for_anonymous: so may those without, where those with a user may.
        allow_history_for_client: whoever has a user may read the history.
        allow_history_for_subscriber: whoever has a user and is subscribed may.
        allow_history_for_anonymous: so may those without, where those with a user may.
        allow_user_limited_channels: those whom the name lists (`dialog#ann,bob`) may subscribe.
        channel_regex: what the name behind the namespace must match.
        publication_data_format: what clients may publish: `json`, `json_object`, `binary`; empty for
            `channel.publication_data_format`.
        subscription_type: `stream`.
        subscribe_proxy_enabled: ask a backend who may subscribe.
        subscribe_proxy_name: which; `default` is `channel.proxy.subscribe`.
        publish_proxy_enabled: ask a backend who may publish.
        publish_proxy_name: which; `default` is `channel.proxy.publish`.
        sub_refresh_proxy_enabled: ask a backend who may stay subscribed.
        sub_refresh_proxy_name: which; `default` is `channel.proxy.sub_refresh`.
        unsubscribe_proxy_enabled: Hubbub's own: tell a backend who has left.
        unsubscribe_proxy_name: Hubbub's own: which; `default` is `channel.proxy.unsubscribe`.
    """

    presence: bool = False
    join_leave: bool = False
    force_push_join_leave: bool = False
    leave_delay: Duration = Duration(0.0)
    join_leave_per_user: bool = False
    history_size: int = 0
    history_ttl: Duration = Duration(0.0)
    history_meta_ttl: Duration = Duration(0.0)
    force_positioning: bool = False
    allow_positioning: bool = False
    force_recovery: bool = False
    allow_recovery: bool = False
    force_recovery_mode: Literal["", "stream", "cache"] = "stream"
    auto_cache_recover: bool = False
    allowed_delta_types: tuple[Literal["fossil"], ...] = ()
    delta_publish: bool = False
    allow_tags_filter: bool = False
    allow_subscribe_for_client: bool = False
    allow_subscribe_for_anonymous: bool = False
    allow_publish_for_client: bool = False
    allow_publish_for_subscriber: bool = False
    allow_publish_for_anonymous: bool = False
    allow_presence_for_client: bool = False
    allow_presence_for_subscriber: bool = False
    allow_presence_for_anonymous: bool = False
    allow_history_for_client: bool = False
    allow_history_for_subscriber: bool = False
    allow_history_for_anonymous: bool = False
    allow_user_limited_channels: bool = False
    channel_regex: str = ""
    publication_data_format: Literal["", "json", "json_object", "binary"] = ""
    subscription_type: Literal["", "stream"] = "stream"
    subscribe_proxy_enabled: bool = False
    subscribe_proxy_name: str = "default"
    publish_proxy_enabled: bool = False
    publish_proxy_name: str = "default"
    sub_refresh_proxy_enabled: bool = False
    sub_refresh_proxy_name: str = "default"
    unsubscribe_proxy_enabled: bool = False
    unsubscribe_proxy_name: str = "default"


class ChannelNamespace(ChannelOptions, frozen=True, kw_only=True):
    """A family of channels, `name:...`.

    Args:
        name: letters, digits, `-`, `_` and `.`, at least two.
    """

    name: str = ""


class ChannelProxies(Section, frozen=True, kw_only=True):
    """The backends that namespaces call `default`.

    Args:
        subscribe: may it listen?
        publish: may it say that?
        sub_refresh: may it go on listening?
        unsubscribe: Hubbub's own: it listens no more.
    """

    subscribe: Proxy = Proxy()
    publish: Proxy = Proxy()
    sub_refresh: Proxy = Proxy()
    unsubscribe: Proxy = Proxy()


class Channel(Section, frozen=True, kw_only=True):
    """Channels: their names, and the options of each family.

    Args:
        without_namespace: the options of channels without a namespace.
        namespaces: the options of the others.
        history_meta_ttl: for which an unused channel remembers its position.
        publication_data_format: what clients may publish where a namespace does not say.
        max_length: bytes of a channel's name.
        private_prefix: names that begin with it need a subscription token.
        namespace_boundary: ends the namespace.
        user_boundary: what follows are the only users who may subscribe.
        user_separator: between those users.
        proxy: backends that are asked of channels.
    """

    without_namespace: ChannelOptions = ChannelOptions()
    namespaces: tuple[ChannelNamespace, ...] = ()
    history_meta_ttl: Duration = Duration(30 * DAY)
    publication_data_format: Literal["", "json", "json_object", "binary"] = ""
    max_length: int = 255
    private_prefix: str = "$"
    namespace_boundary: str = ":"
    user_boundary: str = "#"
    user_separator: str = ","
    proxy: ChannelProxies = ChannelProxies()


class RpcOptions(Section, frozen=True, kw_only=True):
    """How a family of methods is answered.

    Args:
        proxy_enabled: whether a backend answers them.
        proxy_name: which; `default` is `rpc.proxy`.
    """

    proxy_enabled: bool = False
    proxy_name: str = "default"


class RpcNamespace(RpcOptions, frozen=True, kw_only=True):
    """A family of methods, `name:...`.

    Args:
        name: letters, digits, `-`, `_` and `.`, at least two.
    """

    name: str = ""


class RpcPing(Section, frozen=True, kw_only=True):
    """A method that answers with nothing.

    Args:
        enabled: whether there is one.
        method: its name.
    """

    enabled: bool = False
    method: str = "ping"


class Rpc(Section, frozen=True, kw_only=True):
    """What clients may call.

    Args:
        without_namespace: methods without a namespace.
        namespaces: the others.
        namespace_boundary: ends the namespace.
        ping: a method that is always there.
        proxy: the backend that is called `default`.
    """

    without_namespace: RpcOptions = RpcOptions()
    namespaces: tuple[RpcNamespace, ...] = ()
    namespace_boundary: str = ":"
    ping: RpcPing = RpcPing()
    proxy: Proxy = Proxy()


class ApiKey(Section, frozen=True, kw_only=True):
    """A further key of the server API.

    Args:
        name: what it is called in the log.
        key: the key.
        methods: what it may do: `["publish", "broadcast"]`; empty for all.
        channels: where: patterns as `chat:*`; empty for all.
    """

    name: str = ""
    key: Secret = Secret()
    methods: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class HttpApi(Section, frozen=True, kw_only=True):
    """The server API over HTTP. Without a key there is none.

    Args:
        disabled: whether it is off.
        handler_prefix: its path.
        key: its key, in `X-API-Key` or `Authorization: apikey`.
        keys: Hubbub's own: further keys, each for some methods and channels; so that one is replaced without a gap.
        error_mode: `transport` answers errors with an HTTP status too; empty with 200.
        external: serve it on the external port even where there is an internal one.
        insecure: take requests without a key.
    """

    disabled: bool = False
    handler_prefix: str = "/api"
    key: Secret = Secret()
    keys: tuple[ApiKey, ...] = ()
    error_mode: Literal["", "transport"] = ""
    external: bool = False
    insecure: bool = False


class WebSocket(Section, frozen=True, kw_only=True):
    """Clients over WebSocket.

    Args:
        disabled: whether it is off.
        handler_prefix: its path.
        compression: permessage-deflate, for clients that offer it.
        compression_min_size: bytes of a message below which it goes as it is.
        compression_level: from 1, fast, to 9, small.
        message_size_limit: bytes of a frame that a client sends, inflated.
    """

    disabled: bool = False
    handler_prefix: str = "/connection/websocket"
    compression: bool = False
    compression_min_size: int = 0
    compression_level: int = 1
    message_size_limit: int = 64 * KIB


class Sse(Section, frozen=True, kw_only=True):
    """Clients over server-sent events.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
        max_request_body_size: bytes of a client's request.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/sse"
    max_request_body_size: int = 64 * KIB


class HttpStream(Section, frozen=True, kw_only=True):
    """Clients over an HTTP response that goes on.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
        max_request_body_size: bytes of a client's request.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/http_stream"
    max_request_body_size: int = 64 * KIB


class Emulation(Section, frozen=True, kw_only=True):
    """Where clients of the two above send to; on where one of them is.

    Args:
        handler_prefix: its path.
        max_request_body_size: bytes of a request.
    """

    handler_prefix: str = "/emulation"
    max_request_body_size: int = 64 * KIB


class UniWebSocket(Section, frozen=True, kw_only=True):
    """Listeners over WebSocket, which send nothing but who they are.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/uni_websocket"


class UniSse(Section, frozen=True, kw_only=True):
    """Listeners over server-sent events, such as a browser's own `EventSource`.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
        max_request_body_size: bytes of a request.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/uni_sse"
    max_request_body_size: int = 64 * KIB


class UniHttpStream(Section, frozen=True, kw_only=True):
    """Listeners over an HTTP response that goes on, such as `curl`.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
        max_request_body_size: bytes of a request.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/uni_http_stream"
    max_request_body_size: int = 64 * KIB


class Prometheus(Section, frozen=True, kw_only=True):
    """Figures for Prometheus; needs `hubbub[prometheus]`.

    Args:
        enabled: whether they are shown.
        handler_prefix: their path.
    """

    enabled: bool = False
    handler_prefix: str = "/metrics"


class Health(Section, frozen=True, kw_only=True):
    """Whether it is well, for those who restart it and those who send clients.

    Args:
        enabled: whether it tells.
        handler_prefix: the path that answers 200 while it works, and 503 while what it depends on does not.
        ready_prefix: Hubbub's own: the path that answers 200 once it may take clients, and 503 while it may not.
    """

    enabled: bool = False
    handler_prefix: str = "/health"
    ready_prefix: str = "/ready"


class Swagger(Section, frozen=True, kw_only=True):
    """A page about the server API.

    Args:
        enabled: whether it is shown.
        handler_prefix: its path.
    """

    enabled: bool = False
    handler_prefix: str = "/swagger"


class Shutdown(Section, frozen=True, kw_only=True):
    """How it ends.

    Args:
        timeout: in which clients are told to come back elsewhere, and requests may end.
    """

    timeout: Duration = Duration(30.0)


class Settings(Section, frozen=True, kw_only=True):
    """All of it.

    Args:
        http_server: where it listens.
        log: what is logged.
        engine: what lies between nodes.
        broker: its part that carries publications.
        presence_manager: its part that keeps who is in.
        client: clients.
        channel: channels.
        rpc: what clients may call.
        proxies: backends by name.
        http_api: the server API.
        websocket: a way in.
        sse: a way in.
        http_stream: a way in.
        emulation: what these two need.
        uni_websocket: a way in, one direction.
        uni_sse: a way in, one direction.
        uni_http_stream: a way in, one direction.
        prometheus: figures.
        health: whether it is well.
        swagger: a page about the server API.
        shutdown: how it ends.
        pid_file: a file that holds the number of the process while it runs; for `kill -HUP`.
    """

    http_server: HttpServer = HttpServer()
    log: Log = Log()
    engine: Engine = Engine()
    broker: Part = Part()
    presence_manager: Part = Part()
    client: Client = Client()
    channel: Channel = Channel()
    rpc: Rpc = Rpc()
    proxies: tuple[NamedProxy, ...] = ()
    http_api: HttpApi = HttpApi()
    websocket: WebSocket = WebSocket()
    sse: Sse = Sse()
    http_stream: HttpStream = HttpStream()
    emulation: Emulation = Emulation()
    uni_websocket: UniWebSocket = UniWebSocket()
    uni_sse: UniSse = UniSse()
    uni_http_stream: UniHttpStream = UniHttpStream()
    prometheus: Prometheus = Prometheus()
    health: Health = Health()
    swagger: Swagger = Swagger()
    shutdown: Shutdown = Shutdown()
    pid_file: str = ""
