"""The connection itself: the `websockets` library's, with headers that replace and control frames that can be watched.

Knows no terminal. Each wait has an end: connecting, closing, and a peer's pong.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.datastructures import Headers, HeadersLike
from websockets.frames import Frame, Opcode
from websockets.protocol import Event
from websockets.typing import Origin, Subprotocol

from ...errors import Misuse
from ...version import VERSION
from .request import Target

USER_AGENT = f"hubbub/{VERSION}"

PONG_TIMEOUT = 10.0
"""Seconds that a pong may take."""

CLOSE_TIMEOUT = 5.0
"""Seconds that a server has to answer our Close, and to end the connection."""

OnControl = Callable[[str, bytes, float], None]

logger = logging.getLogger("hubbub.connect")
logger.addHandler(logging.NullHandler())
logger.propagate = False


class Connection(ClientConnection):
    """A client's connection that tells of control frames.

    Args:
        on_control: told of each ping, which has been answered, and each pong: which it is, its data, and the round trip.
        protocol: and the rest, as the library has it.
    """

    def __init__(self, on_control: OnControl, protocol: ClientProtocol, **options: Any) -> None:
        super().__init__(protocol, **options)
        self._on_control = on_control

    async def handshake(
        self, additional_headers: HeadersLike | None = None, user_agent_header: str | None = USER_AGENT
    ) -> None:
        """As the library's; but what is given takes the place of what the library would send."""
        make_request, given = self.protocol.connect, Headers(additional_headers or ())

        def replaced() -> Any:
            request = make_request()
            for name in {name.lower() for name, _ in given.raw_items()}:
                if name in request.headers:
                    del request.headers[name]
            return request

        self.protocol.connect = replaced  # type: ignore[method-assign]  # of this one connection, until its request is made
        await super().handshake(given, user_agent_header)

    def process_event(self, event: Event) -> None:
        """Tell of control frames besides."""
        super().process_event(event)
        if isinstance(event, Frame) and event.opcode in (Opcode.PING, Opcode.PONG):
            self._on_control(event.opcode.name.lower(), bytes(event.data), self.latency)


async def dial(target: Target, on_control: OnControl) -> ClientConnection:
    """Connect. Raises what the library and the system raise; `exits.failure` knows what each means."""
    options: dict[str, Any] = {"unix": True, "path": target.unix} if target.unix else {}
    if target.url.startswith("wss:"):
        options["ssl"] = make_context(target)
    return await connect(
        target.url,
        origin=Origin(target.origin) if target.origin is not None else None,
        subprotocols=[Subprotocol(name) for name in target.subprotocols] or None,
        compression="deflate" if target.compression else None,
        additional_headers=target.headers,
        user_agent_header=USER_AGENT,
        proxy=True if target.proxy else None,
        open_timeout=target.timeout,
        ping_interval=target.heartbeat or None,
        ping_timeout=PONG_TIMEOUT,
        close_timeout=CLOSE_TIMEOUT,
        max_size=target.max_size,
        max_queue=16,
        logger=logger,
        create_connection=partial(Connection, on_control),  # type: ignore[arg-type]  # a factory will do
        **options,
    )


def make_context(target: Target) -> ssl.SSLContext:
    """How TLS shall be done.

    Raises:
        Misuse: a file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=target.ca_file)
        if target.cert_file:
            context.load_cert_chain(target.cert_file, target.key_file)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(filter(None, (target.ca_file, target.cert_file, target.key_file)))
        raise Misuse(f"cannot use {files} for TLS ({error.strerror or error}): each must be a PEM file") from None
    if target.is_insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
