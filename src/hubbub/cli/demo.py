"""`hubbub demo`: the gallery of examples on one page."""

from __future__ import annotations

import importlib
import socket

import click

from ..server.run import run


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8000, show_default=True, help="On which port.")
def command(host: str, port: int) -> None:
    """Serve the gallery of examples, to be tried in a browser."""
    _check_free(host, port)
    _tell_what_is_missing()
    click.echo(f"The gallery is at http://{_bracketed(host)}:{port}/ (Ctrl-C ends it)")
    run("hubbub.demo.app:app", app_dir=None, host=host, port=port, log_level="warning")


def _tell_what_is_missing() -> None:
    for fault in sorted(set(importlib.import_module("hubbub.demo.app").faults.values())):
        click.echo(f"Not every example can be tried: {fault}")


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            where = f"{_bracketed(host)}:{port}"
            raise click.ClickException(
                f"cannot listen on {where} ({error.strerror}): end what uses it, or choose another with --port"
            ) from None


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
