"""What options mean together: each rule says what is wrong with settings that could be read. Pure: nothing is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import SplitResult, urlsplit

from ..errors import Misuse
from ..sockets.origin import ANY, is_origin_pattern
from ..tokens.keys import RSA, SECRET_BYTES, KeyData
from .channel import ChannelOptions
from .client import Token
from .fault import Fault
from .meaning import idle_options, namespace_of, secret_key, transports_of, verifier_of
from .options import Settings
from .proxies import Proxy, StatusTransform
from .values import Secret

SHORT_KEY = 16
"""Characters of a key of the server API below which it can be guessed."""

PLACEHOLDERS = ("put-here", "change-me", "changeme", "your-", "<")
"""How texts begin that stand in documents in a key's place: long enough, and known to everybody."""

PROXIES = ("subscribe", "publish", "sub_refresh", "unsubscribe")
"""What a namespace may ask of a backend."""


def check(settings: Settings) -> list[Fault]:
    """All that is wrong."""
    return [fault for rule in RULES for fault in rule(settings)]


# The server


def _server(settings: Settings) -> Iterator[Fault]:
    server = settings.http_server
    for name in ("port", "internal_port"):
        if getattr(server, name) > 65535:
            yield Fault(f"http_server.{name}", "a port is not more than 65535")
    if server.internal_port and server.unix_socket:
        yield Fault("http_server.internal_port", "there is none beside `http_server.unix_socket`")
    if server.internal_port and server.internal_port == server.port and server.internal_address in ("", server.address):
        yield Fault("http_server.internal_port", "it is `http_server.port` already: give another, or leave it out")
    if server.tls.enabled and not (server.tls.cert_pem and server.tls.key_pem):
        yield Fault("http_server.tls", "it needs both `cert_pem` and `key_pem`")
    for name in ("broker", "presence_manager"):
        if settings.engine.type != "memory" and getattr(settings, name).enabled:
            yield Fault(name, "it is the engine's")


def _paths(settings: Settings) -> Iterator[Fault]:
    taken: dict[str, str] = {}
    for name, path in _served(settings):
        if not path.startswith("/") or len(path) < 2:
            yield Fault(name, "a path begins with `/`, and is not the root")
        elif path.rstrip("/") in taken:
            yield Fault(name, f"the path is that of {taken[path.rstrip('/')]} already")
        taken.setdefault(path.rstrip("/"), name)


def _served(settings: Settings) -> Iterator[tuple[str, str]]:
    """The options whose paths are served, and these."""
    yield from ((f"{way}.handler_prefix", path) for way, path in transports_of(settings).items())
    if settings.sse.enabled or settings.http_stream.enabled:
        yield "emulation.handler_prefix", settings.emulation.handler_prefix
    if not settings.http_api.disabled:
        yield "http_api.handler_prefix", settings.http_api.handler_prefix
    if settings.prometheus.enabled:
        yield "prometheus.handler_prefix", settings.prometheus.handler_prefix
    if settings.health.enabled:
        yield "health.handler_prefix", settings.health.handler_prefix
        yield "health.ready_prefix", settings.health.ready_prefix


# Clients


_POSITIVE = (
    *("client.ping_interval", "client.pong_timeout", "client.expired_close_delay", "client.stale_close_delay"),
    *("client.channel_limit", "client.queue_max_size", "client.presence_update_interval"),
    *("client.history_max_publication_limit", "client.recovery_max_publication_limit"),
    *("channel.max_length", "websocket.message_size_limit", "shutdown.timeout"),
)


def _numbers(settings: Settings) -> Iterator[Fault]:
    for path in _POSITIVE:
        section, name = path.split(".")
        if not getattr(getattr(settings, section), name) > 0:
            yield Fault(path, "it must be more than 0: without a bound one client could take all")
    if settings.client.pong_timeout >= settings.client.ping_interval > 0:
        yield Fault("client.pong_timeout", "it must be less than `client.ping_interval`")
    if settings.websocket.compression_level not in range(1, 10):
        yield Fault("websocket.compression_level", "it is from 1 to 9")


def _origins(settings: Settings) -> Iterator[Fault]:
    for index, origin in enumerate(settings.client.allowed_origins):
        path = f"client.allowed_origins[{index}]"
        if origin == ANY:
            yield Fault(path, "every page may connect in the name of whoever looks at it", is_fatal=False)
        elif not is_origin_pattern(origin):
            yield Fault(
                path, "an origin is `https://example.com`, with a port or without, `https://*.example.com`, or `*`"
            )


def _tokens(settings: Settings) -> Iterator[Fault]:
    yield from _token(settings.client.token, "client.token")
    if settings.client.subscription_token.enabled:
        yield from _token(settings.client.subscription_token, "client.subscription_token")
        if not _has_keys(settings.client.subscription_token):
            yield Fault("client.subscription_token", "it is enabled, and has no key")


def _token(token: Token, path: str) -> Iterator[Fault]:
    alone = ("hmac_secret_key", "rsa_public_key", "ecdsa_public_key")
    if token.jwks_public_endpoint and any(getattr(token, name) for name in alone):
        yield Fault(f"{path}.jwks_public_endpoint", "it stands alone: leave out the other keys, or it")
        return
    for name in ("hmac_secret_key", "hmac_previous_secret_key"):
        secret = getattr(token, name)
        size = len(secret_key(secret))
        if _is_placeholder(secret):
            yield Fault(f"{path}.{name}", _KNOWN)
        elif 0 < size < SECRET_BYTES["HS256"]:
            told = f"it is short, {size} bytes: who guesses it may be anybody; 32 or more are safe (RFC 7518)"
            yield Fault(f"{path}.{name}", told, is_fatal=False)
    for name, is_rsa in (("rsa_public_key", True), ("ecdsa_public_key", False)):
        pem = getattr(token, name)
        if pem and (text := _told(_check_public, pem, is_rsa)):
            yield Fault(f"{path}.{name}", text)
    if token.jwks_public_endpoint and (text := _told(verifier_of, token)):
        yield Fault(f"{path}.jwks_public_endpoint", text)


def _has_keys(token: Token) -> bool:
    return bool(token.hmac_secret_key or token.rsa_public_key or token.ecdsa_public_key or token.jwks_public_endpoint)


def _algorithms(key: KeyData) -> frozenset[str]:
    from ..tokens.reading import read_keys  # and cryptography, which takes its time

    return frozenset(name for each in read_keys(key) for name in each.algorithms)


def _check_public(pem: str, is_rsa: bool) -> None:
    if "-----BEGIN" not in pem:
        raise Misuse("it is PEM text, which begins with -----BEGIN")
    if (_algorithms(pem) <= RSA) is not is_rsa:
        raise Misuse(f"it is no {'RSA' if is_rsa else 'elliptic-curve'} key")


def _told(make: Callable[..., object], *values: object) -> str:
    """What a constructor has against these values; empty where it has nothing."""
    try:
        make(*values)
    except Misuse as error:
        return str(error)
    return ""


def _ways_in(settings: Settings) -> Iterator[Fault]:
    client = settings.client
    if client.insecure:
        yield Fault(
            "client.insecure", "whoever reaches the server may subscribe, publish and read everywhere", is_fatal=False
        )
    elif not (_has_keys(client.token) or client.allow_anonymous_connect_without_token or client.proxy.connect.enabled):
        yield Fault(
            "client.token", "without a key, and without `client.proxy.connect`, nobody can connect", is_fatal=False
        )


# Channels


def _channels(settings: Settings) -> Iterator[Fault]:
    names = [options.name for options in settings.channel.namespaces]
    yield from _channel(settings, settings.channel.without_namespace, "", "channel.without_namespace")
    for index, options in enumerate(settings.channel.namespaces):
        path = f"channel.namespaces[{index}]"
        if not options.name:
            yield Fault(f"{path}.name", "a namespace has a name; `channel.without_namespace` has none")
            continue
        if options.name in names[:index]:
            yield Fault(f"{path}.name", f"two namespaces are called {options.name[:100]!r}")
        yield from _channel(settings, options, options.name, path)
    personal = settings.client.subscribe_to_user_personal_channel
    if personal.enabled and personal.personal_channel_namespace not in ("", *names):
        path = "client.subscribe_to_user_personal_channel.personal_channel_namespace"
        yield Fault(path, f"there is no namespace {personal.personal_channel_namespace[:100]!r}")


def _channel(settings: Settings, options: ChannelOptions, name: str, path: str) -> Iterator[Fault]:
    for idle in idle_options(options):
        yield Fault(
            f"{path}.{idle}", "it does nothing without an option that is off, and counts as off", is_fatal=False
        )
    if text := _told(namespace_of, settings, options, name):
        yield Fault(path, text.partition("): ")[2])


# Backends


def _proxies(settings: Settings) -> Iterator[Fault]:
    names = [proxy.name for proxy in settings.proxies]
    for index, proxy in enumerate(settings.proxies):
        path = f"proxies[{index}]"
        if proxy.name in ("", "default", *names[:index]):
            yield Fault(f"{path}.name", "a proxy has a name of its own, which is not `default`")
        yield from _proxy(proxy, path)
    for name in ("connect", "refresh", "disconnect"):
        if (switched := getattr(settings.client.proxy, name)).enabled:
            yield from _proxy(switched, f"client.proxy.{name}")
    for path, _, option, named in asked(settings):
        if named == "default":
            yield from _proxy(default_proxy(settings, option), _default_path(option))
        elif named not in names:
            yield Fault(path, f"there is no proxy {named[:100]!r}")


def asked(settings: Settings) -> Iterator[tuple[str, str, str, str]]:
    """Where a backend is asked: the path of the option that names it, of which family, for what, and its name."""
    channel = settings.channel
    listed = [(f"channel.namespaces[{index}]", each.name, each) for index, each in enumerate(channel.namespaces)]
    for path, name, options in [("channel.without_namespace", "", channel.without_namespace), *listed]:
        for what in PROXIES:
            if getattr(options, f"{what}_proxy_enabled"):
                yield f"{path}.{what}_proxy_name", name, what, getattr(options, f"{what}_proxy_name")
    methods = [(f"rpc.namespaces[{index}]", each.name, each) for index, each in enumerate(settings.rpc.namespaces)]
    for path, name, family in [("rpc.without_namespace", "", settings.rpc.without_namespace), *methods]:
        if family.proxy_enabled:
            yield f"{path}.proxy_name", name, "rpc", family.proxy_name


def default_proxy(settings: Settings, what: str) -> Proxy:
    """The backend that is called `default`, of those that are asked for `what`."""
    found: Proxy = settings.rpc.proxy if what == "rpc" else getattr(settings.channel.proxy, what)
    return found


def _default_path(what: str) -> str:
    return "rpc.proxy" if what == "rpc" else f"channel.proxy.{what}"


def _proxy(proxy: Proxy, path: str) -> Iterator[Fault]:
    parts = _split(proxy.endpoint)
    if parts.scheme == "grpc":
        yield Fault(f"{path}.endpoint", "a backend is asked over HTTP: `http://...` or `https://...`, not `grpc://`")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        yield Fault(f"{path}.endpoint", "it is the address of a backend: `http://...` or `https://...`")
    elif parts.username is not None:
        yield Fault(f"{path}.endpoint", "it holds no password: `http.static_headers` may hold `Authorization`")
    if not proxy.timeout > 0:
        yield Fault(f"{path}.timeout", "it must be more than 0")
    for index, each in enumerate(proxy.http.status_to_code_transforms):
        yield from _transform(each, f"{path}.http.status_to_code_transforms[{index}]")


def _transform(transform: StatusTransform, path: str) -> Iterator[Fault]:
    error, end = transform.to_error.code, transform.to_disconnect.code
    if not 100 <= transform.status_code <= 599:
        yield Fault(f"{path}.status_code", "it is an HTTP status, from 100 to 599")
    if bool(error) is bool(end):
        yield Fault(path, "it has either `to_error` or `to_disconnect`")
    elif error and not (400 <= error <= 1999 or 100 <= error <= 113):
        yield Fault(f"{path}.to_error.code", "it is from 400 to 1999, or one of the protocol's own")
    elif end and not 3000 <= end <= 4999:
        yield Fault(f"{path}.to_disconnect.code", "it is from 3000 to 4999")


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address if address.isprintable() else "")
    except ValueError:
        return urlsplit("")


# The server API


def _api(settings: Settings) -> Iterator[Fault]:
    api = settings.http_api
    if api.disabled:
        return
    if api.insecure:
        yield Fault("http_api.insecure", "whoever reaches the server may publish and disconnect", is_fatal=False)
    elif not api.key and not api.keys:
        yield Fault("http_api.key", "without one there is no server API", is_fatal=False)
    keys = [("http_api.key", api.key)] if api.key else []
    keys += [(f"http_api.keys[{index}].key", each.key) for index, each in enumerate(api.keys)]
    seen = set()
    for path, key in keys:
        if not key:
            yield Fault(path, "it is empty")
        elif _is_placeholder(key):
            yield Fault(path, _KNOWN)
        elif not _is_header(key.reveal()):
            yield Fault(path, "it is ASCII without spaces, for it goes in a header")
        elif len(key.reveal()) < SHORT_KEY:
            yield Fault(path, f"less than {SHORT_KEY} characters can be guessed", is_fatal=False)
        if key in seen:
            yield Fault(path, "it is another's already")
        seen.add(key)


_KNOWN = "it only stands where a key goes, and everybody knows it: `hubbub config init` makes fresh keys"


def _is_placeholder(secret: Secret) -> bool:
    return secret.reveal().lower().startswith(PLACEHOLDERS)


def _is_header(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


RULES: tuple[Callable[[Settings], Iterator[Fault]], ...] = (
    *(_server, _paths, _numbers, _origins, _tokens, _ways_in, _channels, _proxies, _api),
)
"""One after the other."""
