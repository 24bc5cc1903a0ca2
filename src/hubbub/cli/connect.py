"""`hubbub connect URL`: the options, and nothing more. What they do is `terminal/`'s, loaded when they are known."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from ..errors import Misuse

if TYPE_CHECKING:
    from .terminal.request import Target
    from .terminal.run import Manner
    from .terminal.session import Talk
    from .terminal.speech import Speech

EXITS = """\b
Exit codes:
  0  closed by us, or by the server with 1000, 1001 or no code
  1  closed by the server with another code
  2  the command makes no sense
  3  refused: the server answered without an upgrade, or refused to connect, subscribe or publish
  4  could not connect: name, TCP, TLS, proxy, time-out
  5  the connection was lost, or the server broke the protocol
  6  --wait was over before -n messages had come
  130, 143  ended by Ctrl-C, SIGTERM; 141 nobody reads the output"""


@click.command(epilog=EXITS, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("url")
@click.option("-x", "--execute", "first", multiple=True, metavar="MESSAGE", help="Send it at each connect. Repeatable.")
@click.option("-n", "--count", type=click.IntRange(1), help="Close after so many messages have come.")
@click.option("--one", is_flag=True, help="The same as -n 1.")
@click.option("-w", "--wait", type=click.FloatRange(0), metavar="SECONDS", help="Listen so long after the input's end.")
@click.option("-C", "--channel", "channels", multiple=True, metavar="NAME", help="Watch this channel. Repeatable.")
@click.option("--token", envvar="HUBBUB_TOKEN", show_envvar=True, metavar="TOKEN", help="Of a watcher's connection.")
@click.option("--data", metavar="JSON", help="What a watcher tells with it.")
@click.option("--recover", is_flag=True, help="Ask for what is missed, where the namespace does not see to that.")
@click.option("--since", metavar="OFFSET[:EPOCH]", help="Begin behind this place in the channel.")
@click.option("-H", "--header", "headers", multiple=True, metavar="NAME:VALUE", help="Send a header. Repeatable.")
@click.option("-s", "--subprotocol", "subprotocols", multiple=True, metavar="NAME", help="Offer one. Repeatable.")
@click.option("-o", "--origin", metavar="ORIGIN", help="Play a page of that origin, as https://example.com.")
@click.option("--cookie", "cookies", multiple=True, metavar="NAME=VALUE", help="Send a cookie. Repeatable.")
@click.option("--bearer", envvar="HUBBUB_BEARER", show_envvar=True, metavar="TOKEN", help="Send a bearer token.")
@click.option("--basic", envvar="HUBBUB_BASIC", show_envvar=True, metavar="USER:PASSWORD", help="Send a password.")
@click.option("--insecure", is_flag=True, help="Trust any certificate.")
@click.option("--cacert", metavar="FILE", help="Trust the authorities in it, and no others.")
@click.option("--cert", metavar="FILE", help="Show this certificate.")
@click.option("--key", metavar="FILE", help="Its key.")
@click.option("--unix", metavar="PATH", help="Connect to a socket file in place of the URL's host.")
@click.option("--no-proxy", is_flag=True, help="Pass by the proxies that the environment names.")
@click.option("--no-compression", is_flag=True, help="Do not offer permessage-deflate.")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), default=10.0, show_default=True, help="To connect.")
@click.option("--heartbeat", type=click.FloatRange(0), default=25.0, show_default=True, help="Between pings; 0: none.")
@click.option("--reconnect", is_flag=True, help="Come back, after growing waits, when the server or the network fails.")
@click.option("--retries", type=click.IntRange(0), help="How often in a row; for ever, where not said.")
@click.option("--binary", is_flag=True, help="Send what is typed, piped or executed as binary messages.")
@click.option("--whole", is_flag=True, help="Send all of the piped input as one message.")
@click.option("--hex", is_flag=True, help="Dump binary messages in a pipe, too; else their bytes are written.")
@click.option("--raw", is_flag=True, help="Show JSON as it came.")
@click.option("-t", "--timestamps", is_flag=True, help="Show when each message came.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="NO_COLOR is heeded.")
@click.option("--no-history", is_flag=True, help="Keep nothing of what is typed.")
@click.option("-q", "--quiet", is_flag=True, help="Tell failures only.")
@click.option("-v", "--verbose", count=True, help="Tell the handshake; -vv pings and pongs, too.")
def command(**options: Any) -> None:
    """Talk to a WebSocket: from a prompt, or from a pipe, line by line.

    With --channel it speaks the client protocol: it subscribes, and what is typed is published to the first channel.

    URL may leave out ws:// and localhost: `hubbub connect :8000/ws`. At the prompt /help lists the commands.
    """
    try:
        sys.exit(_connect(**options))
    except Misuse as error:
        raise click.UsageError(str(error)) from None


def _connect(**given: Any) -> int:
    from .terminal.run import run

    if given["one"] and given["count"] not in (None, 1):
        raise Misuse("--one and -n contradict each other: one of them must go")
    if given["retries"] is not None and not (given["reconnect"] or given["channels"]):
        raise Misuse("--retries needs --reconnect")
    if given["channels"] and (given["binary"] or given["hex"]):
        raise Misuse("--binary and --hex are for messages: channels are spoken to in JSON")
    return run(_target(given), _talk(given), _manner(given), _speech(given))


def _speech(given: dict[str, Any]) -> Speech | None:
    from .terminal.channels import Channels, position_of

    channels, token, data, recover, since = (given[name] for name in ("channels", "token", "data", "recover", "since"))
    if not channels:
        if data is not None or recover or since:
            raise Misuse("--data, --recover and --since need --channel")
        return None
    place = position_of(since) if since else None
    return Channels(list(dict.fromkeys(channels)), token=token or "", data=data, recover=recover, since=place)


def _target(given: dict[str, Any]) -> Target:
    from .terminal.address import channels_url, websocket_url
    from .terminal.request import Target, make_headers

    return Target(
        channels_url(given["url"]) if given["channels"] else websocket_url(given["url"]),
        make_headers(given["headers"], given["cookies"], given["bearer"], given["basic"]),
        tuple(given["subprotocols"]),
        given["origin"],
        given["unix"],
        given["insecure"],
        given["cacert"],
        given["cert"],
        given["key"],
        compression=not given["no_compression"],
        proxy=not given["no_proxy"],
        timeout=given["timeout"],
        heartbeat=given["heartbeat"],
    )


def _talk(given: dict[str, Any]) -> Talk:
    from .terminal.session import Talk

    return Talk(
        first=tuple(text.encode() if given["binary"] else text for text in given["first"]),
        count=1 if given["one"] else given["count"],
        wait=given["wait"],
        reconnects=given["reconnect"],
        retries=given["retries"],
    )


def _manner(given: dict[str, Any]) -> Manner:
    from .terminal.run import Manner

    return Manner(
        given["color"],
        is_raw=given["raw"],
        has_hex=given["hex"],
        has_time=given["timestamps"],
        keeps_history=not given["no_history"],
        is_binary=given["binary"],
        is_whole=given["whole"],
        is_quiet=given["quiet"],
        verbosity=given["verbose"],
    )
