"""The options, one Struct a section, each named as in Centrifugo 6 where that has it. Only data: what reads them is elsewhere.

Each option is told in its Struct's docstring, from which the page of the reference is made. What begins with `Hubbub's own` is
not in Centrifugo.
"""

from __future__ import annotations

from typing import Literal

from .channel import Channel
from .client import Client
from .proxies import NamedProxy, Proxy
from .section import Section
from .values import KIB, Duration, Secret


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
        message_size_limit: bytes of what a client sends at once, over whatever way.
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
    """

    enabled: bool = False
    handler_prefix: str = "/connection/sse"


class HttpStream(Section, frozen=True, kw_only=True):
    """Clients over an HTTP response that goes on.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/http_stream"


class Emulation(Section, frozen=True, kw_only=True):
    """Where clients of the two above send to; on where one of them is.

    Args:
        handler_prefix: its path.
    """

    handler_prefix: str = "/emulation"


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
    """

    enabled: bool = False
    handler_prefix: str = "/connection/uni_sse"


class UniHttpStream(Section, frozen=True, kw_only=True):
    """Listeners over an HTTP response that goes on, such as `curl`.

    Args:
        enabled: whether it is on.
        handler_prefix: its path.
    """

    enabled: bool = False
    handler_prefix: str = "/connection/uni_http_stream"


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
        enabled: whether it is shown, at `http_api.handler_prefix` + `/docs`, to whoever reaches it.
    """

    enabled: bool = False


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
