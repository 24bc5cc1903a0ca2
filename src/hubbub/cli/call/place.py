"""Where the API is, and the key for it: from options, the environment, or the file of a stand-alone server. Asks nobody.

A key is kept out of whatever can be shown, and cannot be typed: other people of a machine see its command lines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ...errors import Misuse
from ...settings.options import Settings
from ..terminal.address import http_url

URL = "http://127.0.0.1:8000/api"

HERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""What stands for all interfaces, and where that is met from here."""


@dataclass(frozen=True)
class Place:
    """Where to call.

    Args:
        url: of the API, without a slash at its end.
        key: with which; empty for none.
        unix: the socket file to connect to in place of the address's host.
        is_insecure: whether any certificate will do.
        ca_file: whose authorities are trusted.
        timeout: seconds to wait for the server, each time.
    """

    url: str
    key: str = field(default="", repr=False)
    unix: str | None = None
    is_insecure: bool = False
    ca_file: str | None = None
    timeout: float = 10.0


def place(
    url: str | None,
    key: str,
    key_file: Path | None,
    config: Path | None,
    unix: str | None = None,
    insecure: bool = False,
    cacert: str | None = None,
    timeout: float = 10.0,
) -> Place:
    """What the options mean. An address that is given counts more than the file's; a file's key, more than the environment's.

    Raises:
        Misuse: they make no sense, or a file cannot be read.
    """
    found = of_settings(_settings(config)) if config is not None else Place(URL)
    if url is not None:
        found = Place(url, found.key)
    secret = _read_key(key_file) if key_file is not None else found.key or key
    at = checked(found.url)
    if not at.startswith("https:") and (insecure or cacert):
        raise Misuse("--insecure and --cacert are for https:// addresses, and this one is none")
    return Place(at, _check_key(secret.strip()), unix or found.unix, insecure, cacert, timeout)


def checked(url: str) -> str:
    """An address that is one of an API.

    Raises:
        Misuse: it is none.

    Example:
        >>> checked(":8000/api/")
        'http://localhost:8000/api'
    """
    found = http_url(url)
    parts = urlsplit(found)
    if parts.username is not None or parts.query:
        raise Misuse("the address of an API has no user and no query: keys come from --key-file or HUBBUB_API_KEY")
    return found.rstrip("/")


def of_settings(settings: Settings) -> Place:
    """Where a stand-alone server has its API.

    Raises:
        Misuse: it has none.
    """
    server, api = settings.http_server, settings.http_api
    if api.disabled or not (api.key or api.keys or api.insecure):
        raise Misuse("by these settings the server has no API: http_api.disabled is set, or http_api.key is not")
    keys = [api.key, *(each.key for each in api.keys if not each.methods and not each.channels)]
    key = "" if api.insecure else next((each.reveal() for each in keys if each), "")
    address, port = server.address, server.port
    if server.internal_port and not api.external:
        address, port = server.internal_address or address, server.internal_port
    host = HERE.get(address, address)
    netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    scheme = "https" if server.tls.enabled else "http"
    return Place(f"{scheme}://{netloc}{api.handler_prefix}", key, server.unix_socket or None)


def _settings(file: Path) -> Settings:
    from ...standalone.loading import load

    loaded = load(file)
    fatal = next((fault for fault in loaded.faults if fault.is_fatal), None)
    if fatal is not None:
        raise Misuse(f"{file}: {fatal}")
    return loaded.settings


def _read_key(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Misuse(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no UTF-8'}") from None


def _check_key(key: str) -> str:
    """Whether it can stand in a header; the text of the error does not hold it."""
    if not key.isascii() or (key and not key.isprintable()):
        raise Misuse("the key holds what no header may: only printable ASCII can be sent")
    return key
