"""What can be typed for a command, and the body that comes of it: nothing that the API takes is missing, nothing is more."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from msgspec import json as typed_json

from hubbub.api.commands import COMMANDS
from hubbub.api.openapi import EXAMPLES
from hubbub.cli.call.parameters import (
    ARGUMENTS,
    LEFT_OUT,
    LONGEST,
    body_of,
    fields_of,
    parameters_of,
    payload_of,
)
from hubbub.errors import Misuse


def typed(command: str, *line: str, given: bytes = b"") -> Any:
    """The body of what is typed."""
    parsed = click.Command(command, params=parameters_of(command)).make_context(command, list(line))
    return json.loads(body_of(command, parsed.params, lambda: given))


LINES = {
    "publish": ["news", '{"text": "hello"}'],
    "broadcast": ["news", "sports", '{"text": "hello"}'],
    "subscribe": ["news", "--user", "ann"],
    "unsubscribe": ["news", "--user", "ann"],
    "disconnect": ["--user", "ann", "--disconnect-code", "4500", "--disconnect-reason", "signed out"],
    "refresh": ["--user", "ann", "--expire-at", "2000000000"],
    "presence": ["news"],
    "presence_stats": ["news"],
    "history": ["news", "--limit", "10"],
    "history_remove": ["news"],
    "channels": ["news*"],
    "info": [],
    "rpc": ["add", '{"a": 1, "b": 2}'],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_documents_example_can_be_typed(command: str) -> None:
    assert typed(command, *LINES[command]) == EXAMPLES[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_api_reads_whatever_can_be_typed(command: str) -> None:
    line = [word for parameter in parameters_of(command) for word in _some(parameter)]
    read = typed_json.decode(json.dumps(typed(command, *line)), type=COMMANDS[command].request, strict=True)
    missing = {name for name in read.__struct_fields__ if getattr(read, name) in (None, (), "", b"")}
    assert missing <= {"b64data"} | {field for name, field in LEFT_OUT if name == command}


def _some(parameter: click.Parameter) -> list[str]:
    """A value for a parameter."""
    value = '"x"' if parameter.name in ("data", "params", "info") else "a=b" if parameter.name == "tags" else "7"
    if isinstance(parameter, click.Argument):
        return [value]
    if parameter.name in ("text", "binary"):
        return []
    return (
        [parameter.opts[0]] if isinstance(parameter, click.Option) and parameter.is_flag else [parameter.opts[0], value]
    )


def test_every_argument_is_a_field() -> None:
    for command, line in ARGUMENTS.items():
        assert {word.strip("[]") for word in line.split()} <= {field.name for field in fields_of(command)}
    assert [payload_of(command) for command in ("publish", "rpc", "info")] == ["data", "params", ""]


def test_what_may_be_left_out() -> None:
    assert typed("channels") == {}
    assert typed("rpc", "now") == {"method": "now"}
    for command, *line in (["publish", "news"], ["broadcast", "1"], ["presence"], ["rpc"]):
        with pytest.raises(click.UsageError):
            typed(command, *line)


def test_three_kinds_of_data() -> None:
    assert typed("publish", "a", "12.50")["data"] == 12.5
    assert typed("publish", "a", "true story", "--text")["data"] == "true story"
    assert typed("publish", "a", "-", "--text", given=b"line\n")["data"] == "line\n"
    assert typed("publish", "a", "-", given=b'{"a":\n1}')["data"] == {"a": 1}
    assert typed("publish", "a", "-", "--binary", given=b"\xff\x00") == {"channel": "a", "b64data": "/wA="}
    assert typed("rpc", "add", "one", "--text") == {"method": "add", "params": "one"}


def test_json_goes_as_it_was_typed() -> None:
    parsed = click.Command("x", params=parameters_of("publish")).make_context("x", ["a", "1.50e400"])
    assert b"1.50e400" in body_of("publish", parsed.params, lambda: b"")


def test_shapes_within_shapes_are_options_with_both_names() -> None:
    line = ["news", "--recover-since-offset", "3", "--recover-since-epoch", "x", "--override-presence"]
    body = typed("subscribe", *line, "--no-override-join-leave", "--info", "[1]")
    assert body == {
        "channel": "news",
        "info": [1],
        "recover_since": {"offset": 3, "epoch": "x"},
        "override": {"presence": {"value": True}, "join_leave": {"value": False}},
    }
    assert typed("disconnect", "--whitelist", "a", "--whitelist", "b") == {"whitelist": ["a", "b"]}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (["a", "hello"], "data is no JSON"),
        (["a", "NaN"], "--text sends a bare text"),
        (["a", "\udcff"], "--binary sends bytes"),
        (["a", "x", "--text", "--binary"], "contradict"),
        (["a", "1", "--tags", "red"], "NAME=VALUE"),
    ],
)
def test_what_makes_no_sense(line: list[str], why: str) -> None:
    with pytest.raises(Misuse, match=why):
        typed("publish", *line)


def test_options_that_are_json_say_so() -> None:
    with pytest.raises(Misuse, match=r"info is no JSON .*; a text stands in double quotes"):
        typed("subscribe", "a", "--info", "Ann")


def test_an_input_that_is_too_long() -> None:
    with pytest.raises(Misuse, match="too much"):
        typed("publish", "a", "-", "--text", given=b"x" * (LONGEST + 1))


@pytest.mark.parametrize("text", ["nan", "inf", "soon"])
def test_numbers_that_are_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        typed("refresh", "--expire-at", text)
