"""`hubbub token make` and `hubbub token check`: connection and subscription tokens, made and judged by the server's own rules.

No key is ever written: not by an error, not beside a token.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import Disconnect, InvalidToken, Misuse
from ..tokens.claims import TIMES, Claims
from ..tokens.compact import parse, read_object

if TYPE_CHECKING:
    from ..settings.client import Token
    from ..tokens.verifier import Verifier

LONGEST = 64 * 1024
"""Characters of a token that is shown, good or not."""

TTL = 3600.0

PLAIN = {"user": "sub", "audience": "aud", "issuer": "iss", "token_id": "jti", "channel": "channel", "client": "client"}
"""Options whose text is a claim, and which."""

AS_JSON = ("info", "data", "meta", "subs", "caps", "override")
"""Options whose JSON is the claim of their name."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Make a token, or say what one is worth.

    A key is a secret of 32 bytes or more, PEM text, or a JWK. Other people of this machine can see what stands on a command
    line: better is a file, or the environment.
    """


def _keys(function: Callable[..., Any]) -> Callable[..., Any]:
    key = click.option(
        "--key", envvar="HUBBUB_TOKEN_KEY", show_envvar=True, metavar="KEY", help="A secret, PEM text, a JWK."
    )
    file = click.option(
        "--key-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="It, in a file."
    )
    config = click.option(
        "-c", "--config", metavar="FILE", help="The settings of `hubbub serve`, which have it in client.token."
    )
    return key(file(config(function)))


@command.command()
@_keys
@click.option("-u", "--user", default="", help="Whose it is (sub); nobody's in particular, where not said.")
@click.option("-C", "--channel", help="For a subscription to this channel; else it is for a connection.")
@click.option("--client", help="Good for this connection alone, by its id.")
@click.option(
    "--ttl", type=click.FloatRange(0, min_open=True), default=TTL, show_default=True, help="Seconds it is good."
)
@click.option("--no-expiry", is_flag=True, help="Good for ever: refused, unless the server's `required` lets it pass.")
@click.option("--expire-at", type=float, help="When what it lets in ends, in seconds since 1970; 0 for never.")
@click.option("--info", help="What others see (JSON).")
@click.option("--data", help="What the client is told when it subscribes (JSON).")
@click.option("--meta", help="What is kept for the hooks (JSON).")
@click.option("--channels", multiple=True, metavar="NAME", help="The server subscribes it there. Repeatable.")
@click.option("--subs", help="The same with more: an object by channel (JSON).")
@click.option("--caps", help="What it may do beside: a list (JSON).")
@click.option("--allow", multiple=True, help="Of a subscription: sub, pub, prs, hst or *. Repeatable.")
@click.option("--override", help="Of a subscription: options that are otherwise (JSON).")
@click.option("--audience", help="For whom (aud).")
@click.option("--issuer", help="From whom (iss).")
@click.option("--token-id", help="Its own name (jti), by which it can be revoked.")
@click.option("--claim", "claims", multiple=True, metavar="NAME=JSON", help="Any other. Repeatable.")
@click.option("--algorithm", help="As HS256, RS256, ES256; what fits the key, where not said.")
def make(key: str | None, key_file: Path | None, config: str | None, algorithm: str | None, **given: Any) -> None:
    """Write a token, and nothing else."""
    from ..settings.meaning import secret_key
    from ..tokens.signing import sign

    try:
        settings, secret = None if config is None else _settings(config), key or b""
        if settings is not None:
            secret = secret_key(settings.hmac_secret_key)
            given["audience"] = given["audience"] or settings.audience or None
            given["issuer"] = given["issuer"] or settings.issuer or None
        click.echo(sign(_claims(given, time.time()), _key(secret, key_file, config), algorithm))
    except Misuse as error:
        raise click.UsageError(str(error)) from None


@command.command()
@_keys
@click.argument("token")
@click.option("-u", "--user", help="The connection's user, where it is a subscription's token.")
@click.option("-C", "--channel", help="The channel that is subscribed to, likewise.")
@click.option("--client", help="The connection's id, likewise.")
@click.option("--audience", multiple=True, help="Who the server is (aud). Repeatable.")
@click.option("--issuer", multiple=True, help="Whose tokens it takes (iss). Repeatable.")
@click.option("--algorithm", "algorithms", multiple=True, help="What it allows; all that fit the key, where not said.")
@click.option("--no-expiry", is_flag=True, help="As a server whose `required` does not name exp.")
def check(token: str, key: str | None, key_file: Path | None, config: str | None, **given: Any) -> None:
    """Say whether a server would take TOKEN, why not, and what it says. `-` reads it from the input.

    Exit code 0 where it is good, 1 where it is not.
    """
    token = sys.stdin.read(LONGEST + 2).strip() if token == "-" else token.strip()
    try:
        verifier = _verifier(_key(key, key_file), given) if config is None else _verifier_of(config)
        fault = _fault(token, verifier, given)
    except Misuse as error:
        raise click.UsageError(str(error)) from None
    click.echo("good" if fault is None else f"refused: {fault}")
    _show(token, is_good=fault is None)
    sys.exit(0 if fault is None else 1)


# Inside


def _key(key: str | bytes | None, file: Path | None, config: str | None = None) -> str | bytes:
    if config is not None and not key:
        raise Misuse(f"{config} has no secret to sign with: client.token.hmac_secret_key")
    if file is not None and config is None:
        return file.read_bytes().strip()
    if not key:
        raise Misuse("a key is needed: --key-file, --config, HUBBUB_TOKEN_KEY in the environment, or --key")
    return key


def _settings(config: str) -> Token:
    from ..settings.fault import fatal
    from ..standalone.loading import load

    loaded = load(Path(config))
    if faults := fatal(loaded.faults):
        raise Misuse("; ".join(map(str, faults)))
    return loaded.settings.client.token


def _verifier_of(config: str) -> Verifier:
    """The stand-alone server's own, of connection tokens."""
    from ..settings.meaning import verifier_of

    verifier = verifier_of(_settings(config))
    if verifier is None:
        raise Misuse(f"{config} has no key: set client.token")
    return verifier


def _claims(given: Mapping[str, Any], now: float) -> dict[str, Any]:
    claims: dict[str, Any] = {name: given[option] for option, name in PLAIN.items() if given[option] is not None}
    claims["iat"] = int(now)
    if not given["no_expiry"]:
        claims["exp"] = int(now + given["ttl"])
    claims |= {name: list(given[name]) for name in ("channels", "allow") if given[name]}
    claims |= {name: _json(name, given[name]) for name in AS_JSON if given[name] is not None}
    if given["expire_at"] is not None:
        claims["expire_at"] = given["expire_at"]
    for text in given["claims"]:
        name, mark, value = text.partition("=")
        if not name or not mark:
            raise Misuse(f"--claim takes NAME=JSON, not {text!r}")
        claims[name] = _json(name, value)
    return claims


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Misuse(f"{name} is no JSON: {text!r}; a text stands in double quotes") from None


def _verifier(key: str | bytes, given: Mapping[str, Any]) -> Verifier:
    from ..tokens.verifier import Rules, Verifier

    rules: Rules = {"required": ("sub",) if given["no_expiry"] else ("exp", "sub")}
    if given["audience"]:
        rules["audience"] = given["audience"]
    if given["issuer"]:
        rules["issuer"] = given["issuer"]
    if given["algorithms"]:
        rules["algorithms"] = given["algorithms"]
    return Verifier(key, **rules)


def _fault(token: str, verifier: Verifier, given: Mapping[str, Any]) -> str | None:
    """Why a server would refuse it; `None` where it would not."""
    try:
        _check_meaning(verifier.verify_nowait(token), given)
    except (InvalidToken, Disconnect) as error:
        return str(error)
    return None


def _check_meaning(claims: Claims, given: Mapping[str, Any]) -> None:
    """Whether a hub could do what a good token says.

    Raises:
        InvalidToken: a claim is not of its kind, or is another's.
    """
    from ..hooks.passes import grant_of, pass_of

    if "channel" not in claims:
        if given["channel"] is not None:
            raise InvalidToken("it is a token for a connection, and not for a channel")
        pass_of(claims)
        return
    client, channel = claims.get("client", ""), claims["channel"]
    whose = {"user": claims.user, "channel": channel, **({"client": client} if client else {})}
    for option, value in whose.items():
        if given[option] not in (None, value):
            raise InvalidToken(f"it is another's: its {option} is {value!a}, not {given[option]!a}")
    grant_of(claims, claims.user, client, channel)


def _show(token: str, *, is_good: bool) -> None:
    """What it says, for whatever that is worth."""
    try:
        parts = parse(token, LONGEST)
        claims = read_object(parts.payload, "payload")
    except InvalidToken:
        return
    named = f", kid {parts.kid!a}" if parts.kid is not None else ""
    click.echo(
        f"{'' if is_good else 'it says, for what that is worth: '}signed with {ascii(parts.algorithm)[1:-1]}{named}"
    )
    click.echo(json.dumps(claims, indent=2))
    for name in (*TIMES, "expire_at"):
        if (date := _date(claims.get(name))) is not None:
            click.echo(f"{name}: {date}")


def _date(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 253_402_300_799:
        return None
    away = value - time.time()
    when = f"in {away:.0f} s" if away > 0 else f"{-away:.0f} s ago"
    return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M:%S} UTC ({when})"
