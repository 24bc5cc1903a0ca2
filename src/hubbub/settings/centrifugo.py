"""The options of Centrifugo 6 that Hubbub has not, and what becomes of a server whose file has them. Only data, and its lookup.

Where leaving an option out would let somebody in who was kept out, or lose what was to be carried, the server must not start.
The others only concern how Centrifugo works inside, or something that is then not there.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Absent(NamedTuple):
    """An option, or a table of them, that is not here.

    Args:
        text: what that means, and what to do.
        is_fatal: whether the server must not start where it is switched on.
    """

    text: str
    is_fatal: bool = False


def _tunes(what: str) -> Absent:
    return Absent(f"Centrifugo's, and without effect here: {what}")


def _lacks(what: str) -> Absent:
    return Absent(f"Centrifugo's, and not here: {what}")


def _needs(what: str) -> Absent:
    return Absent(f"Centrifugo's, and not here: {what}", is_fatal=True)


_TOKEN = {
    "audience_regex": _needs("name the audience itself, in `audience`"),
    "issuer_regex": _needs("name the issuer itself, in `issuer`"),
    "user_id_claim": _needs("the user is the claim `sub`"),
    "insecure_skip_jwks_endpoint_safety_check": _tunes("an address of keys is https, or of this machine"),
}

_CHANNEL = {
    "map": _needs("channels are streams, and there are no maps"),
    "shared_poll": _needs("channels are streams, and nothing is polled"),
    "subscribe_stream_proxy_enabled": _needs("no backend streams into a channel; publish by the server API"),
    "subscribe_stream_proxy_name": _lacks("no backend streams into a channel"),
    "subscribe_stream_proxy_bidirectional": _lacks("no backend streams into a channel"),
    "map_clients_presence_channel_prefix": _needs("there are no maps; `presence` tells who is in"),
    "map_users_presence_channel_prefix": _needs("there are no maps; `presence` tells who is in"),
}

_PROXY = {
    "grpc": _lacks("backends are asked over HTTP"),
    "grpc_metadata": _lacks("backends are asked over HTTP"),
    "http.tls": _needs("a backend's certificate is checked against the system's authorities"),
}

_BUFFERS = {
    "read_buffer_size": _tunes("buffers grow by themselves"),
    "write_buffer_size": _tunes("buffers grow by themselves"),
    "use_write_buffer_pool": _tunes("buffers grow by themselves"),
    "write_timeout": _tunes("a client that does not read is bounded by `client.queue_max_size`"),
    "decompressed_message_size_limit": _tunes("`message_size_limit` bounds a message as inflated"),
}

_ONE_WAY = {
    "message_size_limit": _tunes("`websocket.message_size_limit` goes for all"),
    "compression": _lacks("what goes one way is not compressed"),
    "compression_min_size": _lacks("what goes one way is not compressed"),
    "compression_level": _lacks("what goes one way is not compressed"),
    "join_push_messages": _lacks("each message is a frame"),
    "disable_closing_handshake": _tunes("a closing handshake is always tried"),
    "disable_disconnect_push": _lacks("the push goes out before the close frame"),
}

_BODY = {"max_request_body_size": _tunes("`websocket.message_size_limit` goes for all")}

_PLACES: tuple[tuple[str, dict[str, Absent]], ...] = (
    ("client.token", _TOKEN),
    ("client.subscription_token", _TOKEN),
    ("channel.without_namespace", _CHANNEL),
    ("channel.namespaces", _CHANNEL),
    ("client.proxy.connect", _PROXY),
    ("client.proxy.refresh", _PROXY),
    ("channel.proxy.subscribe", _PROXY),
    ("channel.proxy.publish", _PROXY),
    ("channel.proxy.sub_refresh", _PROXY),
    ("rpc.proxy", _PROXY),
    ("proxies", _PROXY),
    ("websocket", _BUFFERS),
    ("uni_websocket", _BUFFERS | _ONE_WAY),
    *((name, _BODY) for name in ("sse", "http_stream", "emulation", "uni_sse", "uni_http_stream")),
)

_SINGLE: dict[str, Absent] = {
    "http_server.tls.server_ca_pem": _tunes("it is a client's option"),
    "http_server.tls.insecure_skip_verify": _tunes("it is a client's option"),
    "http_server.tls.server_name": _tunes("it is a client's option"),
    "http_server.tls_autocert": _needs("let a proxy before it fetch certificates, or name files in `http_server.tls`"),
    "http_server.tls_external": _needs("TLS goes for both ports"),
    "http_server.internal_tls": _needs("TLS goes for both ports"),
    "http_server.http3": _lacks("clients come by HTTP/1.1"),
    "http_server.h2c_external": _lacks("clients come by HTTP/1.1"),
    "engine.redis": _lacks("`memory` is the only engine"),
    "broker.redis": _lacks("`memory` is the only broker"),
    "broker.nats": _lacks("`memory` is the only broker"),
    "broker.postgres": _lacks("`memory` is the only broker"),
    "broker.redisnats": _lacks("`memory` is the only broker"),
    "presence_manager.redis": _lacks("`memory` is all there is"),
    "map_broker": _lacks("channels are streams, and there are no maps"),
    "controller": _lacks("there is one node"),
    "shared_poll": _lacks("nothing is polled"),
    "client.insecure_skip_token_signature_verify": _needs("a signature is always checked"),
    "client.user_id_http_header": _needs("the user comes from a token or a backend"),
    "client.expired_sub_close_delay": _tunes("`client.expired_close_delay` goes for subscriptions too"),
    "client.concurrency": _tunes("a client's commands are done one by one"),
    "client.channel_position_check_delay": _tunes("a gap is seen when it opens"),
    "client.channel_position_max_time_lag": _lacks("there is one node, and no lag between nodes"),
    "client.connect_include_server_time": _lacks("clients are not told the time"),
    "client.connect_code_to_unidirectional_disconnect": _lacks("codes are the protocol's own"),
    "channel.proxy.subscribe_stream": _lacks("no backend streams into a channel; publish by the server API"),
    "channel.proxy.map_publish": _lacks("channels are streams, and there are no maps"),
    "channel.proxy.map_remove": _lacks("channels are streams, and there are no maps"),
    "channel.proxy.shared_poll_refresh": _lacks("nothing is polled"),
    "uni_sse.connect_code_to_http_response": _lacks("codes are the protocol's own"),
    "uni_http_stream.connect_code_to_http_response": _lacks("codes are the protocol's own"),
    "grpc_api": _lacks("the server API is served over HTTP"),
    "uni_grpc": _lacks("nothing is served over gRPC"),
    "webtransport": _lacks("there is WebSocket, and what replaces it over HTTP"),
    "consumers": _needs("no queue is read; publish by the server API"),
    "admin": _lacks("there is no page for administrators"),
    "init": _lacks("clients connect at once"),
    "dev": _lacks("there is no page for developers"),
    "debug": _lacks("it is for Go programs"),
    "graphite": _lacks("`prometheus` shows figures"),
    "opentelemetry": _lacks("the stand-alone server writes no traces"),
    "prometheus.instrument_http_handlers": _lacks("HTTP requests are not counted"),
    "prometheus.recover_enabled": _lacks("recoveries are not counted apart"),
    "swagger.handler_prefix": _tunes("the page is at `http_api.handler_prefix` + `/docs`"),
    "node": _lacks("there is one node, and it has no name"),
    "usage_stats": _tunes("nothing is told to anybody"),
    "enable_unreleased_features": _tunes("there are none"),
}

ABSENT: dict[str, Absent] = _SINGLE | {
    f"{place}.{name}": what for place, options in _PLACES for name, what in options.items()
}
"""By path; what is said of a table goes for all that is in it."""

_INDEX = re.compile(r"\[\d+\]")


def absent(path: str) -> Absent | None:
    """What is said of an option of Centrifugo's that is not here; `None` where it is not Centrifugo's either."""
    parts = _INDEX.sub("", path).split(".")
    heads = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((ABSENT[head] for head in heads if head in ABSENT), None)
