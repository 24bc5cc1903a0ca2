"""`hubbub types module:app`: what an app's hooks say, as TypeScript for its pages or as an AsyncAPI document for tools."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from uvicorn.importer import ImportFromStringError, import_from_string

from ..contracts.typescript import typescript
from ..hub import Hub

APP_DIR = "."


@click.command()
@click.argument("app")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file that is written; by default the terminal."
)
@click.option("--check", is_flag=True, help="Write nothing: fail where --out is not what would be written.")
@click.option("--asyncapi", is_flag=True, help="The AsyncAPI document instead.")
@click.option("--app-dir", default=APP_DIR, show_default=True, help="Where modules are looked for first.")
def command(app: str, out: Path | None, check: bool, asyncapi: bool, app_dir: str) -> None:
    """Write TypeScript types for what a hub's clients say and hear. APP is MODULE:ATTRIBUTE: the app that the hub is
    installed in, or the hub."""
    if check and out is None:
        raise click.UsageError("--check needs --out: the file that it looks at")
    sys.path.insert(0, app_dir)
    hub = _hub(_load(app), app)
    text = json.dumps(hub.asyncapi(), indent=2) + "\n" if asyncapi else typescript(hub.contract())
    if out is None:
        click.echo(text, nl=False)
    elif check:
        _check(out, text)
    else:
        out.write_text(text, encoding="utf-8")


def _check(out: Path, text: str) -> None:
    if not out.is_file() or out.read_text(encoding="utf-8") != text:
        raise click.ClickException(f"{out} is not what the hooks say: run this again without --check")


def _load(app: str) -> Any:
    try:
        return import_from_string(app)
    except ImportFromStringError as error:
        raise click.ClickException(str(error)) from None


def _hub(app: Any, name: str) -> Hub:
    """The one that is installed there."""
    found = [app] if isinstance(app, Hub) else list(dict.fromkeys(_installed(app)))
    if len(found) != 1:
        raise click.ClickException(
            f"{name} has {len(found) or 'no'} hub{'s' if len(found) > 1 else ''} installed: name the hub itself, "
            f"such as {name.partition(':')[0]}:hub"
        )
    return found[0]


def _installed(app: Any) -> Iterator[Hub]:
    """The hubs of an app, and of those that are mounted in it."""
    yield from getattr(getattr(app, "state", None), "hubs", ())
    for route in getattr(app, "routes", None) or ():
        yield from _installed(getattr(route, "app", None))
