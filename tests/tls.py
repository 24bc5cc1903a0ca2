"""TLS for clients that read in one thread while they write in another, as those of `websockets.sync` do.

OpenSSL is not made for that. With TLS 1.3 the server's tickets come behind the handshake; while one thread reads them, what
the other writes may be lost: now and then (some 6 of 340 connections to a server that was not ours) a request was never
sent, and both sides waited. With TLS 1.2 nothing comes there.
"""

from __future__ import annotations

import ssl


def for_threads(context: ssl.SSLContext) -> ssl.SSLContext:
    """A client's settings, made fit for two threads."""
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context
