"""`hubbub token`: what it makes a hub takes, what it refuses it gives the reason for, and it shows no key."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hubbub import Hub, Namespace, Verifier, testing
from hubbub.cli.token import command
from tests.tokens.making import SECRET, claims, public_pem, rsa_key, token
from tests.tokens.test_signing import private_pem

KEY = SECRET.decode()


def run(*line: str, key: str | None = KEY, given: str | None = None) -> Result:
    """With the key in the environment."""
    return CliRunner().invoke(command, line, input=given, env={"HUBBUB_TOKEN_KEY": key})


def made(*line: str) -> str:
    result = run("make", *line)
    assert result.exit_code == 0, result.output
    return str(result.output).strip()


async def test_a_hub_takes_what_is_made() -> None:
    hub = Hub([Namespace("chat")], tokens=Verifier(SECRET, audience="chat"))
    caps = '[{"channels": ["chat:*"], "match": "wildcard", "allow": ["pub"]}]'
    ours = made("-u", "ann", "--audience", "chat", "--info", '{"name": "Ann"}', "--channels", "news", "--caps", caps)
    async with testing.hub_client(hub, token=ours) as ann:
        assert list(ann.result.subs) == ["news"]
        await ann.publish("chat:1", 1)
        board = made(
            "-u", "ann", "-C", "$chat:board", "--audience", "chat", "--client", ann.id, "--data", "[1]", "--allow", "*"
        )
        assert (await ann.subscribe("$chat:board", token=board)).result.data == [1]


def test_each_option_is_a_claim() -> None:
    line = [
        "-u",
        "ann",
        "-C",
        "chat:1",
        "--client",
        "c1",
        "--ttl",
        "60",
        "--expire-at",
        "0",
        "--issuer",
        "us",
        "--audience",
        "chat",
    ]
    line += [
        "--info",
        "1",
        "--data",
        "2",
        "--meta",
        "3",
        "--subs",
        '{"a": {}}',
        "--caps",
        "[]",
        "--override",
        '{"presence": null}',
    ]
    line += [
        "--channels",
        "a",
        "--channels",
        "b",
        "--allow",
        "sub",
        "--token-id",
        "t1",
        "--claim",
        'role="admin"',
        "--claim",
        "x=1",
    ]
    said = Verifier(SECRET, audience="chat").verify_nowait(made(*line))
    now = time.time()
    assert (said["exp"] - said["iat"], abs(said["iat"] - now) < 30) == (60, True)
    rest = {name: value for name, value in said.items() if name not in ("exp", "iat")}
    assert rest == {
        "sub": "ann",
        "channel": "chat:1",
        "client": "c1",
        "expire_at": 0,
        "iss": "us",
        "aud": "chat",
        "jti": "t1",
        "info": 1,
        "data": 2,
        "meta": 3,
        "subs": {"a": {}},
        "caps": [],
        "override": {"presence": None},
        "channels": ["a", "b"],
        "allow": ["sub"],
        "role": "admin",
        "x": 1,
    }
    assert "exp" not in Verifier(SECRET, required=()).verify_nowait(made("--no-expiry"))


def test_a_key_in_a_file_and_its_public_half(tmp_path: Path) -> None:
    (tmp_path / "private.pem").write_bytes(private_pem(rsa_key()))
    (tmp_path / "public.pem").write_bytes(public_pem(rsa_key()))
    result = run("make", "-u", "ann", "--key-file", str(tmp_path / "private.pem"), "--algorithm", "PS256", key=None)
    good = run("check", "-", "--key-file", str(tmp_path / "public.pem"), key=None, given=result.output)
    assert good.exit_code == 0
    assert good.output.startswith("good\nsigned with PS256\n{")
    refused = run("make", "--key-file", str(tmp_path / "public.pem"), key=None)
    assert (refused.exit_code, "a public one" in refused.output) == (2, True)


def test_a_good_one_is_shown_with_its_dates() -> None:
    result = run("check", token(claims(info={"name": "Ann \u202e"}), kid="k1"))
    assert result.exit_code == 0
    shown = result.output[result.output.index("{") : result.output.rindex("}") + 1]
    assert json.loads(shown)["info"] == {"name": "Ann \u202e"}
    assert result.output.isascii()
    assert "signed with HS256, kid 'k1'\n" in result.output
    assert " UTC (in 3" in result.output.partition("exp: ")[2]


@pytest.mark.parametrize(
    ("given", "line", "why"),
    [
        (token(claims(), key=b"x" * 32), (), "the signature is not good"),
        (token(claims(exp=1)), (), "the token expired"),
        (token(claims(nbf=int(time.time()) + 900)), (), "not good before its 'nbf'"),
        (token(claims(exp=None)), (), "the claim 'exp' is missing"),
        (token(claims(aud="mail")), ("--audience", "chat"), "the token is for ('mail',), not for ['chat']"),
        (token(claims(iss="they")), ("--issuer", "us"), "the token is from 'they', not from ['us']"),
        (token(claims(), "HS512"), ("--algorithm", "HS256"), "the algorithm 'HS512' is not allowed"),
        (token(claims(caps=[{"channels": ["("], "match": "regex"}])), (), "a claim is no regular expression"),
        (token(claims(subs=[])), (), "a claim is not of its kind: Expected `object`, got `array` - at `$.subs`"),
        (token(claims(channel="chat:1", allow="sub")), (), "a claim is not of its kind"),
        (token(claims(channel="chat:1")), ("-C", "chat:2"), "it is another's: its channel is 'chat:1', not 'chat:2'"),
        (token(claims(channel="chat:1", sub="")), ("-u", "bob"), "it is another's: its user is '', not 'bob'"),
        (token(claims(channel=7)), (), "a claim is not of its kind"),
        (token(claims(channel="chat:1")), ("-u", "bob"), "it is another's: its user is 'ann', not 'bob'"),
        (
            token(claims(channel="chat:1", client="c1")),
            ("--client", "c2"),
            "it is another's: its client is 'c1', not 'c2'",
        ),
        (token(claims()), ("-C", "chat:1"), "it is a token for a connection"),
        ("nonsense", (), "a token has three parts between dots, not 1"),
        ("a.b.c", (), "the header is no base64url"),
    ],
)
def test_why_one_is_refused(given: str, line: tuple[str, ...], why: str) -> None:
    result = run("check", given, *line)
    assert result.exit_code == 1
    assert result.output.startswith("refused: ")
    assert why in result.output.splitlines()[0]
    assert ("for what that is worth" in result.output) == (given.count(".") == 2 and given != "a.b.c")


def test_a_good_one_for_a_channel() -> None:
    ours = token(claims(channel="chat:1", client="c1", exp=None))
    line = ("-C", "chat:1", "-u", "ann", "--client", "c1", "--no-expiry")
    assert run("check", ours, *line).output.startswith("good\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (("make", "--info", "{name}"), "info is no JSON: '{name}'"),
        (("make", "--claim", "role"), "--claim takes NAME=JSON"),
        (("make", "--algorithm", "RS256"), "RS256 does not go with the type of the key"),
        (("check", "a.b.c", "--algorithm", "none"), "no algorithms here: none"),
    ],
)
def test_a_wrong_use_says_what_is_right(line: tuple[str, ...], why: str) -> None:
    result = run(*line)
    assert result.exit_code == 2
    assert why in result.output
    assert KEY not in result.output


@pytest.mark.parametrize("key", ["s3cret", "-----BEGIN s3cret", '{"kty": "s3cret"', '{"kty":"oct","k":"s3cret"}'])
@pytest.mark.parametrize("line", [("make",), ("check", "a.b.c")])
def test_a_key_is_never_written(key: str, line: Any) -> None:
    result = run(*line, key=key)
    assert result.exit_code == 2
    assert "s3cret" not in result.output
    missing = run(*line, key=None)
    assert (missing.exit_code, "a key is needed" in missing.output) == (2, True)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    file = tmp_path / "hubbub.toml"
    file.write_text(f'[client.token]\nhmac_secret_key = "{KEY}"\naudience = "chat"\n')
    return file


def test_the_key_and_the_rules_are_those_of_the_stand_alone_servers_file(settings: Path) -> None:
    result = run("make", "-u", "ann", "--config", str(settings), key=None)
    assert result.exit_code == 0, result.output
    ours = result.output.strip()
    checked = run("check", "--config", str(settings), ours, key=None)
    assert (checked.exit_code, checked.output.splitlines()[0]) == (0, "good")
    assert '"aud": "chat"' in checked.output
    assert run("check", "--config", str(settings), made("-u", "ann"), key=None).exit_code == 1


def test_a_short_secret_of_such_a_file_signs_as_it_judges(settings: Path) -> None:
    settings.write_text('[client.token]\nhmac_secret_key = "secret"\n')
    ours = run("make", "-u", "ann", "--config", str(settings), key=None).output.strip()
    assert run("check", "--config", str(settings), ours, key=None).output.startswith("good")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[client]\n", "client.token"),
        ("[client]\ntokn = 1\n", "did you mean client.token?"),
        ("[client", "no TOML"),
    ],
)
def test_a_file_without_a_key_is_told(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    for line in (["make"], ["check", "a.b.c"]):
        result = run(*line, "--config", str(tmp_path / "a.toml"), key=None)
        assert result.exit_code == 2
        assert fault in result.output
