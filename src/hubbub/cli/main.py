"""`hubbub`: the words, gathered. Each is loaded only when it is used."""

from __future__ import annotations

import importlib

import click

WORDS = {
    "run": ("hubbub.cli.run", "Serve an ASGI app with native sockets; takes uvicorn's options."),
    "demo": ("hubbub.cli.demo", "Serve the gallery of examples, to be tried in a browser."),
}


class Words(click.Group):
    """A group whose commands live in modules of their own."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All words."""
        return list(WORDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command for a word."""
        if name not in WORDS:
            return None
        command: click.Command = importlib.import_module(WORDS[name][0]).command
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Help without loading any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in WORDS.items()])


@click.group(cls=Words, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hubbub", prog_name="hubbub")
def main() -> None:
    """Real-time for Python web apps."""
