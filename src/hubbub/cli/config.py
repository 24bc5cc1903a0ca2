"""`hubbub config init | check | show`: a file for the stand-alone server, written, judged, and shown without its secrets."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import Misuse

if TYPE_CHECKING:
    from ..settings.fault import Fault
    from ..standalone.loading import Loaded


def _file(function: Callable[..., None]) -> Callable[..., None]:
    argument = click.argument("file", required=False, envvar="HUBBUB_CONFIG")
    return argument(click.option("-c", "--config", metavar="FILE", help="The same, as for `hubbub serve`.")(function))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Write, check and show the settings of `hubbub serve`."""


@command.command()
@click.argument("file", default="hubbub.toml")
def init(file: str) -> None:
    """Write a safe FILE with fresh keys: .toml, .json or .yaml. A file that is there is left as it is."""
    from ..settings.template import template

    path = Path(file)
    try:
        text = template(path.name)
        with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as opened:
            opened.write(text)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already: name another, or remove it") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from None
    except Misuse as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Wrote {file}, for you alone to read: it holds keys. Next: hubbub serve --config {file}")


@command.command()
@_file
def check(file: str | None, config: str | None) -> None:
    """Tell what is wrong with FILE and the environment. The exit code is 1 where the server would not start."""
    loaded = _load(config or file)
    faults = [*loaded.faults, *_unprepared(loaded)]
    for fault in faults:
        click.echo(f"{'error' if fault.is_fatal else 'warning'}: {fault}")
    wrong = sum(fault.is_fatal for fault in faults)
    click.echo(f"{loaded.file or 'the environment'}: {f'{wrong} error(s)' if wrong else 'the server starts with it'}")
    sys.exit(1 if wrong else 0)


@command.command()
@_file
def show(file: str | None, config: str | None) -> None:
    """Show all settings as they take effect, as JSON, with secrets masked."""
    from ..settings.show import shown

    loaded = _load(config or file)
    for fault in loaded.faults:
        click.echo(f"{'error' if fault.is_fatal else 'warning'}: {fault}", err=True)
    click.echo(json.dumps(shown(loaded.settings), indent=2, ensure_ascii=False))
    sys.exit(1 if any(fault.is_fatal for fault in loaded.faults) else 0)


def _unprepared(loaded: Loaded) -> list[Fault]:
    """What is found only when the server is made, without opening anything: what is not installed, or is no certificate."""
    from ..settings.fault import Fault, fatal
    from ..standalone.running import prepare

    if not fatal(loaded.faults):
        try:
            prepare(loaded.settings)
        except Misuse as error:
            return [Fault("", str(error))]
    return []


def _load(file: str | None) -> Loaded:
    from ..standalone.loading import find, load

    try:
        return load(Path(file) if file else find())
    except Misuse as error:
        raise click.ClickException(str(error)) from None
