"""`hubbub`: the words, gathered. Each is loaded only when it is used."""

from __future__ import annotations

import importlib

import click

from ..version import VERSION
from .call.command import WORDS as API_WORDS
from .call.command import summary, word

WORDS = {
    "run": ("hubbub.cli.run", "Serve an ASGI app with native sockets; takes uvicorn's options."),
    "serve": ("hubbub.cli.serve", "Serve channels stand-alone, from a file; no Python needed."),
    "config": ("hubbub.cli.config", "Write, check and show that file."),
    "connect": ("hubbub.cli.connect", "Talk to a WebSocket from the terminal, or from a pipe."),
    "token": ("hubbub.cli.token", "Make tokens of connections and subscriptions, and say why one is refused."),
    "types": ("hubbub.cli.types", "Write TypeScript types for what a hub's clients say and hear."),
    "demo": ("hubbub.cli.demo", "Serve the gallery of examples, to be tried in a browser."),
}


class Words(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All words."""
        return [*WORDS, *API_WORDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command for a word."""
        if name in API_WORDS:
            return word(API_WORDS[name])
        if name not in WORDS:
            return None
        command: click.Command = importlib.import_module(WORDS[name][0]).command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without loading any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in WORDS.items()])
        with formatter.section("Commands to a running server, over its HTTP API"):
            formatter.write_dl([(name, summary(command)) for name, command in API_WORDS.items()])


def _say_version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"hubbub {VERSION}")
        context.exit()


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_say_version, help="Say which.")
def main() -> None:
    """Real-time for Python web apps."""
