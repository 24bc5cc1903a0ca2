"""`hubbub demo`: the gallery of examples on one page."""

from __future__ import annotations

import importlib

import click

from ..errors import Misuse
from ..server.run import run
from ..standalone.listening import bind, url_host


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="On which port.")
def command(host: str, port: int) -> None:
    """Serve the gallery of examples, to be tried in a browser."""
    try:
        listener = bind(host, port)
    except Misuse as error:
        raise click.ClickException(str(error)) from None
    with listener:
        _tell_what_is_missing()
        click.echo(f"The gallery is at http://{url_host(host)}:{listener.getsockname()[1]}/ (Ctrl-C ends it)")
        run("hubbub.demo.app:app", app_dir=None, sockets=[listener], log_level="warning")


def _tell_what_is_missing() -> None:
    for fault in sorted(set(importlib.import_module("hubbub.demo.app").faults.values())):
        click.echo(f"Not every example can be tried: {fault}")
