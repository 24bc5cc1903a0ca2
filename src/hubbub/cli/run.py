"""`hubbub run module:app`: uvicorn's own options, with our defaults, so that `uvicorn` in a command is replaced by it."""

from __future__ import annotations

from typing import Any

import click
from uvicorn.main import main as uvicorn_command

from ..server.run import DEFAULTS, run


def _with_our_default(parameter: click.Parameter) -> click.Parameter:
    """uvicorn's option; the environment's UVICORN_... names still count, as its users expect."""
    if isinstance(parameter, click.Option) and parameter.name in DEFAULTS:
        ours = click.Option(
            parameter.opts,
            type=parameter.type,
            default=DEFAULTS[parameter.name],
            help=parameter.help,
            show_default=True,
            metavar=parameter.metavar,
        )
        return ours
    return parameter


def _split(header: str) -> tuple[str, str]:
    name, found, value = header.partition(":")
    if not found:
        raise click.BadParameter(f"{header!r} is not NAME:VALUE", param_hint="--header")
    return name, value


def _serve(app: str, headers: list[str], **options: Any) -> None:
    options.pop("version", None)
    pairs = [_split(header) for header in headers]
    log_config = options.pop("log_config", None)
    run(app, headers=pairs, **({"log_config": log_config} if log_config else {}), **options)


command = click.Command(
    "run",
    params=[_with_our_default(parameter) for parameter in uvicorn_command.params if parameter.name != "version"],
    callback=_serve,
    help="Serve an ASGI app by uvicorn, with the front door and native sockets. APP is MODULE:ATTRIBUTE.",
    context_settings={"auto_envvar_prefix": "UVICORN"},
)
