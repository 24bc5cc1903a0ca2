"""Starts servers in little time: a process that has imported once what they all import of others, and forks for each.

Whatever is ours each server imports by itself, and runs as `python -m` would run it. `nursling.py` starts this as a script;
it ends with who started it. Asserts nothing, and imports nothing of ours.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from typing import Any

SHARED = (
    "click",
    "fastapi",
    "google.protobuf.internal.builder",
    "httptools",
    "joserfc.jwt",
    "msgspec",
    "picows",
    "starlette.staticfiles",
    "uvicorn.main",
    "uvicorn.protocols.http.httptools_impl",
    "uvloop",
)
"""What takes most of the time that a server needs to start."""

MOST = 1024 * 1024
"""Bytes of an order."""


def main() -> None:
    """Fork for each order that comes: two processes, the server, and one that waits for its end and tells."""
    orders = socket.socket(fileno=int(sys.argv[1]))
    orders.set_inheritable(False)
    for name in SHARED:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        order, descriptors, *_ = socket.recv_fds(orders, MOST, 2)
        if not order:
            return
        if os.fork() == 0:
            orders.close()
            return bring_up(json.loads(order), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def bring_up(order: dict[str, Any], output: int, answers: int) -> None:
    """Fork the server; tell its number, and its exit code when it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        os.close(answers)
        return live(order, output)
    os.close(output)
    os.write(answers, b"%d\n" % pid)
    os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    os._exit(0)


def live(order: dict[str, Any], output: int) -> None:
    """Be the server: what `python -m MODULE ARGS` makes of a process of its own."""
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, taken in ((0, nothing), (1, output), (2, output)):
        os.dup2(taken, descriptor)
    os.close(nothing)
    os.close(output)
    module, *args = order["line"]
    sys.path[0] = order["cwd"]
    sys.argv = [module, *args]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
