"""Reads Python source as the rules need it: modules by name, and what each imports. Knows no rule."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file of Python: its dotted name, where it lies, its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether this is an `__init__.py`, whose relative imports start one step lower."""
        return self.path.stem == "__init__"


def read_modules(package: Path) -> dict[str, Module]:
    """Every module of the package folder, by dotted name; none where the folder is not there."""
    modules = [read_module(path, package.parent) for path in sorted(package.rglob("*.py"))]
    return {module.name: module for module in modules}


def read_module(path: Path, root: Path) -> Module:
    """One file as a module; its name is its path from `root`."""
    parts = path.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path)))


def imports(module: Module, modules: dict[str, Module]) -> set[str]:
    """The modules among `modules` that this one imports: anywhere in it, for types only or inside functions too."""
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    owners = {_owner(name, modules) for name in found}
    return {owner for owner in owners if owner is not None and owner != module.name}


def _absolute(module: Module, node: ast.ImportFrom) -> str:
    """What an import-from starts with, its leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    parts = module.name.split(".")
    steps = node.level - 1 if module.is_package else node.level
    parts = parts[: len(parts) - steps]
    return ".".join([*parts, node.module] if node.module else parts)


def _owner(name: str, modules: dict[str, Module]) -> str | None:
    """The module that `name` is or is defined in: `a.b.Thing` belongs to `a.b`."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))
