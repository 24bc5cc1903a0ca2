"""The tables of the reference say what the code says: options of a namespace, codes, hooks, limits of a client."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

import hubbub
from hubbub import ClientLimits, DisconnectCode, ErrorCode, Namespace, UnsubscribeCode
from hubbub.codes import should_reconnect
from hubbub.hooks import signature

KIB = 1024


def rows(page: Path) -> list[list[str]]:
    """The cells of all tables, heads and rules left out."""
    lines = [line[1:-1].split("|") for line in page.read_text().splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line] for line in lines]


def test_every_option_of_a_namespace_is_told_with_its_default(repository: Path) -> None:
    told = rows(repository / "docs/reference/namespace.md")[1:]
    assert [row[:2] for row in told] == [[f"`{f.name}`", f"`{f.default!r}`"] for f in fields(Namespace) if f.init]
    assert Namespace.__doc__
    docstring = " ".join(Namespace.__doc__.split())
    assert [row[0] for row in told if row[2] not in docstring] == []


def test_every_code_is_told_with_what_it_makes_clients_do(repository: Path) -> None:
    told = [row for row in rows(repository / "docs/reference/channel-codes.md") if row[0].isdigit()]
    errors = [
        [
            str(int(code)),
            f"`{code.name}`",
            code.text,
            "gets a fresh token and tries again" if code == 109 else "tries again" if code.is_temporary else "gives up",
        ]
        for code in ErrorCode
    ]
    ends = [
        [str(int(code)), f"`{code.name}`", code.text, "yes" if comes_back else "no"]
        for code, comes_back in [
            *((code, code.may_resubscribe) for code in UnsubscribeCode),
            *((code, should_reconnect(code)) for code in DisconnectCode),
        ]
    ]
    assert told == errors + ends


KINDS = [kind for kind in vars(signature).values() if isinstance(kind, signature.Kind)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_hook_is_told_with_what_it_may_ask_for(repository: Path, kind: signature.Kind) -> None:
    [row] = [
        row for row in rows(repository / "docs/reference/hooks.md") if f"@hub.{kind.name}" in re.split("[`(]", row[1])
    ]
    assert row[2] == ", ".join(f"`{name}`" for name in kind.says)
    assert bool(row[3]) == kind.has_payload
    assert row[4].strip("` ") == (kind.request.__name__ if kind.request else "")


def test_every_limit_of_a_client_is_told_with_its_default(repository: Path) -> None:
    told = rows(repository / "docs/how-to/client-limits.md")
    table = {name: row[1] for row in told for name in re.findall(r"`(\w+)`", row[0])}
    assert {f.name for f in fields(ClientLimits)} <= set(table)
    defaults = ClientLimits()
    assert (defaults.message, defaults.outbox) == (64 * KIB, KIB * KIB)
    for name in table.keys() - {"message", "outbox", "rates"}:
        assert re.search(rf"\b{_shown(getattr(defaults, name))}\b", table[name]), name


def _shown(value: object) -> str:
    return str(value) if isinstance(value, bool) else f"{value:g}"


def test_every_public_name_is_in_the_reference(repository: Path) -> None:
    told = set(re.findall(r"\w+", " ".join(page.read_text() for page in (repository / "docs/reference").glob("*.md"))))
    assert set(hubbub.__all__) <= told
