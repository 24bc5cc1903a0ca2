"""`hubbub serve`: the options, and nothing more. What they do is `standalone/`'s, loaded when they are known."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..errors import Misuse


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c", "--config", "file", envvar="HUBBUB_CONFIG", show_envvar=True, metavar="FILE", help="JSON, TOML, YAML."
)
@click.option("-a", "--address", "--http_server.address", "address", metavar="ADDRESS", help="Where to listen.")
@click.option("-p", "--port", "--http_server.port", "port", metavar="PORT", help="On which port.")
@click.option("--uds", metavar="PATH", help="Listen on this file in place of address and port.")
def command(file: str | None, address: str | None, port: str | None, uds: str | None) -> None:
    """Serve channels to clients, and a server API to backends in any language; no Python is needed.

    Without --config the first of hubbub.json, hubbub.toml, hubbub.yaml, config.json, ... in the current folder is read.
    `hubbub config init` writes one.
    """
    from ..standalone.loading import find, load
    from ..standalone.running import serve

    said = {
        "HUBBUB_HTTP_SERVER_ADDRESS": address,
        "HUBBUB_HTTP_SERVER_PORT": port,
        "HUBBUB_HTTP_SERVER_UNIX_SOCKET": uds,
    }
    os.environ.update({name: value for name, value in said.items() if value})  # a reload reads it again
    try:
        serve(load(Path(file) if file else find()))
    except Misuse as error:
        raise click.ClickException(str(error)) from None
