"""What there is to say of a connection: the request as it was made, what was agreed on, TLS. Pure; hides secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from websockets.asyncio.client import ClientConnection
from websockets.http11 import Request, Response

from .request import shown


def handshake(connection: ClientConnection) -> str:
    """The request and the answer, as they went over the wire, but for secrets."""
    lines: list[str] = []
    if connection.request is not None:
        lines += request_lines(connection.request)
    if connection.response is not None:
        lines += response_lines(connection.response)
    return "\n".join(lines)


def request_lines(request: Request) -> Iterator[str]:
    """As sent."""
    yield f"> GET {request.path} HTTP/1.1"
    yield from (f"> {name}: {shown(name, value)}" for name, value in request.headers.raw_items())


def response_lines(response: Response) -> Iterator[str]:
    """As received."""
    yield f"< HTTP/1.1 {response.status_code} {response.reason_phrase}".rstrip()
    yield from (f"< {name}: {shown(name, value)}" for name, value in response.headers.raw_items())


def agreed(connection: ClientConnection) -> str:
    """Subprotocol, extensions, TLS and the address, one a line."""
    headers = connection.response.headers if connection.response is not None else {}
    facts = [
        ("address", _address(connection.remote_address)),
        ("subprotocol", connection.subprotocol or "none"),
        ("extensions", headers.get("Sec-WebSocket-Extensions") or "none"),
        ("TLS", _tls(connection)),
    ]
    return "\n".join(_told(facts))


def _told(facts: Iterable[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in facts if value)


def _address(address: object) -> str:
    if isinstance(address, tuple) and len(address) >= 2:
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"
    return str(address or "")


def _tls(connection: ClientConnection) -> str:
    found = connection.transport.get_extra_info("ssl_object")
    return f"{found.version()}, {found.cipher()[0]}" if found is not None else ""
