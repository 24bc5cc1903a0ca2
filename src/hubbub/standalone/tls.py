"""Certificates as options name them, a file, PEM text or its base64, in a context for the server; renewed without a restart."""

from __future__ import annotations

import os
import ssl
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import Misuse
from ..settings.options import Tls

BEGIN = "-----BEGIN"


def make_context(tls: Tls) -> ssl.SSLContext:
    """A server's context.

    Raises:
        Misuse: a certificate or key cannot be read, or they do not belong together.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    renewal(context, tls)()
    if tls.client_ca_pem:
        authority = _pem(tls.client_ca_pem, "client_ca_pem")
        _told("client_ca_pem is no certificate", lambda: context.load_verify_locations(cadata=authority))
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def renewal(context: ssl.SSLContext, tls: Tls) -> Callable[[], None]:
    """What shows another certificate to who comes from then on.

    It is tried elsewhere first: a context that is given a certificate and a wrong key has neither, nor those it had.

    Raises:
        Misuse: as `make_context`; the context is as it was.
    """
    certificate, key = _pem(tls.cert_pem, "cert_pem"), _pem(tls.key_pem.reveal(), "key_pem")
    trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _told("cert_pem and key_pem are not a certificate and its key", lambda: _load(trial, certificate, key))
    return lambda: _load(context, certificate, key)


def _load(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """The library reads files only: these are ours alone, and gone at once."""
    with TemporaryDirectory(prefix="hubbub-") as folder:
        files = Path(folder, "certificate"), Path(folder, "key")
        for file, text in zip(files, (certificate, key), strict=True):
            with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
                opened.write(text)
        context.load_cert_chain(files[0], files[1], _no_password)


def _no_password() -> str:
    raise ValueError("a key with a password")


def _told(what: str, do: Callable[[], None]) -> None:
    try:
        do()
    except (ssl.SSLError, ValueError):
        raise Misuse(f"http_server.tls: {what}") from None


def _pem(text: str, name: str) -> str:
    found = text if BEGIN in text else _read(text) or _decode(text)
    if BEGIN not in found:
        raise Misuse(f"http_server.tls.{name}: it is no file that can be read, and no PEM")
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, ValueError):
        return ""


def _decode(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""
