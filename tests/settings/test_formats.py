"""JSON, TOML and YAML: what is wrong is told by its place, and nothing of the file is shown."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.errors import Misuse
from hubbub.settings.formats import MAX_BYTES, MAX_VALUES, READERS, parse

SECRET = "hunter2-hunter2"

BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
"""A few lines that say some forty million values."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"client": {"channel_limit": 5}}'),
        ("a.JSON", '\ufeff{"client": {"channel_limit": 5}}'),
        ("a.toml", "[client]\nchannel_limit = 5"),
        ("a.yaml", "client:\n  channel_limit: 5"),
        ("a.yml", "client: {channel_limit: 5}"),
    ],
)
def test_each_is_read(name: str, text: str) -> None:
    assert parse(text.encode(), name) == {"client": {"channel_limit": 5}}


def test_an_empty_file_of_yaml_says_nothing() -> None:
    assert parse(b"# nothing\n", "a.yaml") == {}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", f'{{"key": "{SECRET}" "b"}}', "no JSON: Expecting ',' delimiter (line 1, column 27)"),
        ("a.json", '{"key": 1, "key": 2}', "'key' stands twice in one table"),
        ("a.toml", f'key = "{SECRET}', "no TOML (at "),
        ("a.toml", f"key = {SECRET}", "no TOML (at "),
        ("a.yaml", f'key: "{SECRET}', "no YAML (line 1, column "),
        ("a.yaml", f"key: !!python/object/apply:os.system [{SECRET}]", "no YAML (line 1, column 6)"),
        ("a.yaml", f"key: *{SECRET}", "no YAML (line 1, column 6)"),
        ("a.yaml", "x: 2026-99-99", "no YAML"),
        ("a.json", '{"key": ' + "7" * 5000 + "}", "no JSON: a number is too long"),
        ("a.toml", "key = " + "7" * 5000, "no TOML"),
        ("a.yaml", "key: " + "7" * 5000, "no YAML"),
        ("a.json", f'["{SECRET}"]', "it holds no table of options"),
        ("a.yaml", SECRET, "it holds no table of options"),
        ("a.ini", f"key={SECRET}", "its ending says how a file is written: .json, .toml, .yaml, .yml"),
        ("a.json", "[" * 100_000, "tables in tables, too deep"),
        ("a.yaml", "[" * 700, "tables in tables, too deep"),
        ("a.json", '{"a":' * 40 + "1" + "}" * 40, "tables in tables, too deep"),
        ("a.yaml", "a: &a\n  b: *a\n", "tables in tables, too deep"),
        ("a.yaml", BOMB, f"more than {MAX_VALUES} values"),
        ("a.json", "x" * (MAX_BYTES + 1), f"{MAX_BYTES + 1} bytes; at most {MAX_BYTES} are read"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(name: str, text: str, told: str) -> None:
    with pytest.raises(Misuse) as caught:
        parse(text.encode(), name)
    assert str(caught.value).startswith(f"{name}: {told}")
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_what_is_no_utf8_is_told() -> None:
    with pytest.raises(Misuse, match=r"a.json: no UTF-8 \(byte 2\)"):
        parse(b'{"\xff": 1}', "a.json")


def test_yaml_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "yaml":
            raise ModuleNotFoundError(name)
        return imported(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(Misuse, match=r"hubbub\[yaml\]"):
        parse(b"a: 1", "a.yaml")


@settings(max_examples=60)
@given(st.sampled_from(sorted(READERS)), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_bytes_come_are_read_or_a_misuse(ending: str, data: bytes) -> None:
    try:
        assert isinstance(parse(data, f"a{ending}"), Mapping)
    except Misuse:
        pass
