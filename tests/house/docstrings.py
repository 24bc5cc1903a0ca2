"""The rule of words: every file opens with a docstring, every public name has one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.source import Function, Module

SAID_ELSEWHERE = {"overload", "override", "setter", "deleter"}
"""Decorators of what is documented where it is first defined."""


def opening_faults(module: Module) -> list[str]:
    """Whether the file says at its top what lives there."""
    return [] if ast.get_docstring(module.tree) else [f"{module.path}: opens with no docstring"]


def docstring_faults(module: Module) -> list[str]:
    """Public names of a module, and public methods of its public classes, that lack a docstring."""
    missing = [*_undocumented(module.tree.body, ""), *_undocumented_values(module.tree)]
    return [f"{module.path}:{line}: {name} has no docstring" for name, line in missing]


def _undocumented(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, int]]:
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from _undocumented(node.body + node.orelse, prefix)
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_") or _is_said_elsewhere(node):
            continue
        if not ast.get_docstring(node):
            yield prefix + node.name, node.lineno
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(node.body, f"{prefix}{node.name}.")


def _is_said_elsewhere(node: Function | ast.ClassDef) -> bool:
    names = {d.attr if isinstance(d, ast.Attribute) else getattr(d, "id", "") for d in node.decorator_list}
    return bool(names & SAID_ELSEWHERE)


def _undocumented_values(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Names of `__all__` that are assigned in this module and not followed by a string that tells what they are."""
    exported = _exported(tree)
    for node, following in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        names = [target.id for target in _targets(node) if isinstance(target, ast.Name)]
        if not _is_string(following):
            yield from ((name, node.lineno) for name in names if name in exported)


def _exported(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in _targets(node)):
            return {
                item.value for item in ast.walk(node) if isinstance(item, ast.Constant) and isinstance(item.value, str)
            }
    return set()


def _targets(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def _is_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
