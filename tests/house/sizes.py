"""Sizes of files and function bodies: reported all, of which one is law (no body beyond the longest allowed)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles

from tests.house.source import Function, Module, functions


@dataclass(frozen=True)
class Size:
    """How many lines something has."""

    lines: int
    what: str


def body_sizes(modules: Iterable[Module]) -> list[Size]:
    """Every function's body: from its first statement after the docstring to its last line."""
    return [
        Size(_body_lines(function), f"{module.name}:{function.name}")
        for module in modules
        for function in functions(module.tree)
    ]


def _body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1 if body else 0


def file_sizes(modules: Iterable[Module]) -> list[Size]:
    """Every file's lines."""
    return [Size(len(module.path.read_text(encoding="utf-8").splitlines()), module.name) for module in modules]


def size_faults(sizes: Iterable[Size], longest: int) -> list[str]:
    """What is longer than the law allows."""
    return [f"{size.what} has {size.lines} lines, of at most {longest}" for size in sizes if size.lines > longest]


def report(title: str, sizes: list[Size], worst: int = 3) -> Iterator[str]:
    """The middle, the ninth of ten and the longest, and which those are; nothing where there is nothing."""
    if not sizes:
        return
    lines = [size.lines for size in sizes]
    ninth = quantiles(lines, n=10, method="inclusive")[-1] if len(lines) > 1 else lines[0]
    yield f"{title}: {len(sizes)}, lines: median {median(lines):.0f}, p90 {ninth:.0f}, max {max(lines)}"
    for size in sorted(sizes, key=lambda size: -size.lines)[:worst]:
        yield f"  {size.lines:4} {size.what}"
