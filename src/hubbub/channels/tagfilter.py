"""What a subscriber wants to hear of a channel, as a condition on tags: checked and compiled once, asked often. Pure.

The condition is a tree, shaped as the client protocol's `FilterNode`; this file knows the shape and not the protocol.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Protocol

MAX_DEPTH = 16
"""Levels of a tree, its leaves included."""

MAX_NODES = 256
"""Nodes of a tree."""

MAX_VALUES = 1024
"""Values in all lists of a tree."""

MAX_DIGITS = 64
"""Characters of a number; what is longer is none."""

Tags = Mapping[str, str]
Predicate = Callable[[Tags], bool]


class FilterLike(Protocol):
    """A node: a leaf (`cmp` with `key` and `val` or `vals`), or `op` (`and`, `or`, `not`) over `nodes`."""

    @property
    def op(self) -> str:
        """Empty for a leaf."""

    @property
    def key(self) -> str:
        """The tag's name."""

    @property
    def cmp(self) -> str:
        """How the tag is compared."""

    @property
    def val(self) -> str:
        """With what."""

    @property
    def vals(self) -> Sequence[str]:
        """With which."""

    @property
    def nodes(self) -> Sequence[FilterLike]:
        """What `op` joins."""


class BadFilter(ValueError):
    """A filter is not well-formed. The text says what is wrong, and may be told to its sender."""


class TagFilter:
    """A compiled condition. Two that ask for the same, in whichever order, are equal: they may share what is made for one.

    Args:
        node: the root of the tree.

    Raises:
        BadFilter: it is not well-formed, or too large.
    """

    __slots__ = ("_form", "_hash", "matches")

    def __init__(self, node: FilterLike) -> None:
        compiler = _Compiler()
        self._form, self.matches = compiler.compile(node, 1)
        self._hash = hash(self._form)

    def __call__(self, tags: Tags | None) -> bool:
        """Whether a publication with these tags is wanted."""
        return self.matches(tags or _NO_TAGS)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TagFilter) and self._form == other._form

    def __hash__(self) -> int:
        return self._hash


_Form = tuple[object, ...]
"""What a node asks for, in one way only."""


class _Compiler:
    """Walks one tree, counting."""

    def __init__(self) -> None:
        self._nodes = 0
        self._values = 0

    def compile(self, node: FilterLike, depth: int) -> tuple[_Form, Predicate]:
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise BadFilter(f"a filter has at most {MAX_NODES} nodes, {MAX_DEPTH} deep")
        if node.op == "":
            return self._compile_leaf(node)
        if node.op not in _JOINTS:
            raise BadFilter(f"unknown op {node.op[:20]!r}: it is 'and', 'or', 'not', or empty in a leaf")
        if node.op == "not" and len(node.nodes) != 1:
            raise BadFilter(f"'not' has one node, not {len(node.nodes)}")
        if not node.nodes:
            raise BadFilter(f"{node.op!r} has no nodes")
        parts = [self.compile(each, depth + 1) for each in node.nodes]
        form = node.op, frozenset(form for form, _ in parts)
        return form, _JOINTS[node.op]([predicate for _, predicate in parts])

    def _compile_leaf(self, leaf: FilterLike) -> tuple[_Form, Predicate]:
        if leaf.nodes:
            raise BadFilter("a node without op is a leaf: it has no nodes")
        if not leaf.key:
            raise BadFilter("a leaf has no key")
        if leaf.cmp in _WITH_NOTHING:
            self._check(leaf, takes_val=False, takes_vals=False)
            return (leaf.cmp, leaf.key), _WITH_NOTHING[leaf.cmp](leaf.key)
        if leaf.cmp in _WITH_VALS:
            self._check(leaf, takes_val=False, takes_vals=True)
            values = frozenset(leaf.vals)
            return (leaf.cmp, leaf.key, values), _WITH_VALS[leaf.cmp](leaf.key, values)
        if leaf.cmp in _WITH_NUMBER:
            self._check(leaf, takes_val=True, takes_vals=False)
            number = _number(leaf.val)
            if number is None:
                raise BadFilter(f"{leaf.cmp!r} compares numbers, and {leaf.val[:20]!r} is none")
            return (leaf.cmp, leaf.key, number), _with_number(leaf.key, _WITH_NUMBER[leaf.cmp], number)
        if leaf.cmp in _WITH_VAL:
            self._check(leaf, takes_val=True, takes_vals=False)
            return (leaf.cmp, leaf.key, leaf.val), _WITH_VAL[leaf.cmp](leaf.key, leaf.val)
        known = ", ".join((*_WITH_VAL, *_WITH_VALS, *_WITH_NOTHING, *_WITH_NUMBER))
        raise BadFilter(f"unknown cmp {leaf.cmp[:20]!r}: it is one of {known}" if leaf.cmp else "a leaf has no cmp")

    def _check(self, leaf: FilterLike, takes_val: bool, takes_vals: bool) -> None:
        self._values += len(leaf.vals)
        if self._values > MAX_VALUES:
            raise BadFilter(f"a filter has at most {MAX_VALUES} values")
        for name, given, takes in (("val", bool(leaf.val), takes_val), ("vals", bool(leaf.vals), takes_vals)):
            if given and not takes:
                raise BadFilter(f"{leaf.cmp!r} takes no {name}")
            if takes and not given:
                raise BadFilter(f"{leaf.cmp!r} needs {name}")


# What each operator means. A tag that is not there equals nothing, begins and ends with nothing, and is no number.


def _all(predicates: list[Predicate]) -> Predicate:
    return lambda tags: all(predicate(tags) for predicate in predicates)


def _any(predicates: list[Predicate]) -> Predicate:
    return lambda tags: any(predicate(tags) for predicate in predicates)


def _none(predicates: list[Predicate]) -> Predicate:
    (predicate,) = predicates
    return lambda tags: not predicate(tags)


def _with_number(key: str, compare: Callable[[Decimal, Decimal], bool], bound: Decimal) -> Predicate:
    def matches(tags: Tags) -> bool:
        number = _number(tags.get(key, ""))
        return number is not None and compare(number, bound)

    return matches


def _number(text: str) -> Decimal | None:
    """A decimal number, written plainly: no exponents, whose size no length bounds."""
    return Decimal(text) if len(text) <= MAX_DIGITS and _NUMBER.fullmatch(text) else None


_NO_TAGS: Tags = {}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)

_JOINTS: dict[str, Callable[[list[Predicate]], Predicate]] = {"and": _all, "or": _any, "not": _none}

_WITH_VAL: dict[str, Callable[[str, str], Predicate]] = {
    "eq": lambda key, val: lambda tags: tags.get(key) == val,
    "neq": lambda key, val: lambda tags: tags.get(key) != val,
    "sw": lambda key, val: lambda tags: tags.get(key, "").startswith(val),
    "ew": lambda key, val: lambda tags: tags.get(key, "").endswith(val),
    "ct": lambda key, val: lambda tags: val in tags.get(key, ""),
}
_WITH_VALS: dict[str, Callable[[str, frozenset[str]], Predicate]] = {
    "in": lambda key, vals: lambda tags: tags.get(key) in vals,
    "nin": lambda key, vals: lambda tags: tags.get(key) not in vals,
}
_WITH_NOTHING: dict[str, Callable[[str], Predicate]] = {
    "ex": lambda key: lambda tags: key in tags,
    "nex": lambda key: lambda tags: key not in tags,
}
_WITH_NUMBER: dict[str, Callable[[Decimal, Decimal], bool]] = {"gt": gt, "gte": ge, "lt": lt, "lte": le}
