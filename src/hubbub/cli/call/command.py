"""The words that call the API, made from its table of commands: typed, asked, shown. The one place here that writes."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import DecodeError, json

from ...api.commands import COMMANDS
from ...errors import Misuse
from ..terminal.render import Look, has_colour, safe_line
from .parameters import LONGEST, body_of, parameters_of, payload_of

if TYPE_CHECKING:
    from .place import Place

WORDS = {name.replace("_", "-"): name for name in COMMANDS}
"""What is typed, and the command that it is."""

EPILOG = """\b
Exit codes:
  0  done
  1  not done: not reachable, the key refused, an error of the API
  2  the command makes no sense"""


def summary(command: str) -> str:
    """What a command does, in a line."""
    return (COMMANDS[command].do.__doc__ or "").partition("\n")[0]


def word(name: str) -> click.Command:
    """The word that calls a command."""
    return click.Command(
        name.replace("_", "-"),
        params=[*parameters_of(name), *_common()],
        callback=partial(_run, name),
        help=_help(name),
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _help(name: str) -> str:
    payload = payload_of(name).upper()
    more = f"\n\n{payload} is JSON; `-` reads it from the input." if payload else ""
    asked = "It asks a running server, over its HTTP API; what that answers is written as JSON."
    return f"{summary(name)}\n\n{asked}{more}"


def _common() -> list[click.Parameter]:
    """Where, with which key, and how it is shown."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        click.Option(
            ["--url"], envvar="HUBBUB_API_URL", show_envvar=True, help="Of the API: http://127.0.0.1:8000/api."
        ),
        click.Option(["--key-file"], type=file, help="The key, in a file; or in HUBBUB_API_KEY."),
        click.Option(["-c", "--config"], type=file, help="Address and key from a file of `hubbub serve`."),
        click.Option(["--unix"], metavar="PATH", help="Connect to a socket file in place of the URL's host."),
        click.Option(["--insecure"], is_flag=True, help="Trust any certificate."),
        click.Option(["--cacert"], metavar="FILE", help="Trust the authorities in it, and no others."),
        click.Option(
            ["--timeout"], type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="Seconds."
        ),
        click.Option(
            ["--color"], type=click.Choice(["auto", "always", "never"]), default="auto", help="NO_COLOR is heeded."
        ),
    ]


def _run(name: str, **given: Any) -> None:
    from .post import Failed, post

    try:
        body = body_of(name, given, _read)
        result = post(_place(given), name, body)
        click.echo(shown(result, given["color"], is_terminal=sys.stdout.isatty()))
    except Misuse as error:
        raise click.UsageError(safe_line(str(error))) from None
    except Failed as error:
        raise click.ClickException(safe_line(str(error))) from None
    if failed := failures(result):
        raise click.ClickException(safe_line(failed))


def _place(given: dict[str, Any]) -> Place:
    from .place import place

    key = os.environ.get("HUBBUB_API_KEY", "")
    return place(
        given["url"],
        key,
        given["key_file"],
        given["config"],
        given["unix"],
        given["insecure"],
        given["cacert"],
        given["timeout"],
    )


def _read() -> bytes:
    return sys.stdin.buffer.read(LONGEST + 1)


def shown(result: bytes, colour: str, *, is_terminal: bool) -> bytes | str:
    """A result: for eyes laid out, in a pipe on one line, and otherwise as it came."""
    if not is_terminal:
        return result.replace(b"\r", b" ").replace(b"\n", b" ")  # JSON has line ends between values alone
    look = Look(is_terminal=True, has_colour=has_colour(colour, os.environ)(True))
    return look.body(result.decode("utf-8", "replace"))


def failures(result: bytes) -> str:
    """What failed of something that was asked of several channels; empty where nothing did."""
    try:
        found = json.decode(result)
    except DecodeError:
        return ""
    responses = found.get("responses") if isinstance(found, dict) else None
    errors = [each["error"] for each in responses or () if isinstance(each, dict) and each.get("error")]
    if not errors:
        return ""
    return (
        f"{len(errors)} of {len(responses or ())} failed, first with error {errors[0]['code']}: {errors[0]['message']}"
    )
