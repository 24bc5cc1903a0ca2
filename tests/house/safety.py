"""The rules of secrets and of foreign bytes: a secret is compared in constant time, and nothing that comes is code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.source import Module

SECRET = re.compile(r"(^|_)(secret|password|passwd|api_?key|ticket|signature|mac|hmac|digest|credential)s?$")
"""A name that holds what an attacker would guess, letter by letter, if a comparison told how far it came."""

CODE = {"pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "jsonpickle", "cloudpickle"}
"""Modules whose readers run what they read."""

HARMLESS = {"yaml": {"safe_load", "MarkedYAMLError", "YAMLError"}}
"""What may be imported from them all the same, each by its name: it reads, and runs nothing."""

CALLS = {"eval", "exec"}


def safety_faults(module: Module) -> list[str]:
    """Each comparison of a secret that is not `hmac.compare_digest`, and each reader that would run what it reads."""
    return [f"{module.path}:{line}: {what}" for line, what in _faults(module.tree)]


def _faults(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and _tells_how_far(node):
            yield node.lineno, "a secret is compared: hmac.compare_digest does it in constant time"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node.lineno, f"{node.func.id}() runs what it is given"
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node) & CODE:
                yield node.lineno, f"{name} runs what it reads"


def _tells_how_far(node: ast.Compare) -> bool:
    sides = [node.left, *node.comparators]
    is_by_value = any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops)
    return is_by_value and any(SECRET.search(_name(side).lower()) for side in sides)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Call):
        return _name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} <= HARMLESS.get(
        node.module or "", set()
    ):
        return set()
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return {name.partition(".")[0] for name in names}
