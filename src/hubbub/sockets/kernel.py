"""What the kernel is asked about a connection: its descriptor, and when it was last heard of. Knows transports only."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import sys


def descriptor(transport: asyncio.Transport) -> int:
    """Where frames may be written directly; -1 where they may not, with TLS and where descriptors are no files."""
    if _HAS_NO_FILES or transport.get_extra_info("sslcontext") is not None:
        return -1
    fd: int = transport.get_extra_info("socket").fileno()
    return fd


def silence(fd: int) -> float:
    """Seconds since bytes last came in, as the kernel knows it; infinite where it does not tell."""
    if fd < 0 or not sys.platform.startswith("linux"):
        return float("inf")
    borrowed = socket.socket(fileno=os.dup(fd))
    try:
        info = borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    except OSError:
        return float("inf")
    finally:
        borrowed.close()
    return float(_LAST_DATA_RECV.unpack_from(info, _LAST_DATA_RECV_AT)[0]) / 1000


_HAS_NO_FILES = os.name == "nt"
_LAST_DATA_RECV = struct.Struct("=I")
_LAST_DATA_RECV_AT = 52  # struct tcp_info: 8 bytes, then twelve 32-bit fields of which this is the last
