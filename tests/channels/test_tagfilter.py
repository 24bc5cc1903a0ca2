"""Filters, against the plainest reading of what each operator says."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from hubbub.channels.tagfilter import MAX_DEPTH, MAX_NODES, MAX_VALUES, BadFilter, TagFilter


class Node(Struct):
    """As the protocol's."""

    op: str = ""
    key: str = ""
    cmp: str = ""
    val: str = ""
    vals: list[str] = []
    nodes: list[Node] = []


KEYS = st.sampled_from(["a", "b"])
VALUES = st.sampled_from(["1", "10", "9.50", "9.5", "-2", "x", "1x", "x1"])
NUMBERS = st.sampled_from(["1", "10", "9.50", "9.5", "-2", "+1", ".5", "3."])
TAGS = st.dictionaries(KEYS, st.one_of(VALUES, NUMBERS, st.just("")))

LEAVES = st.one_of(
    st.builds(Node, key=KEYS, cmp=st.sampled_from(["eq", "neq", "sw", "ew", "ct"]), val=VALUES),
    st.builds(Node, key=KEYS, cmp=st.sampled_from(["in", "nin"]), vals=st.lists(VALUES, min_size=1, max_size=3)),
    st.builds(Node, key=KEYS, cmp=st.sampled_from(["ex", "nex"])),
    st.builds(Node, key=KEYS, cmp=st.sampled_from(["gt", "gte", "lt", "lte"]), val=NUMBERS),
)
TREES = st.recursive(
    LEAVES,
    lambda nodes: st.one_of(
        st.builds(Node, op=st.sampled_from(["and", "or"]), nodes=st.lists(nodes, min_size=1, max_size=3)),
        st.builds(Node, op=st.just("not"), nodes=st.lists(nodes, min_size=1, max_size=1)),
    ),
    max_leaves=8,
)


def number(text: str) -> Fraction | None:
    try:
        return Fraction(text)
    except ValueError:
        return Fraction(text[:-1]) if text.endswith(".") and text[:-1].isdigit() else None


def expected(node: Node, tags: dict[str, str]) -> bool:
    """What the client protocol's text says of a node."""
    if node.op:
        results = [expected(each, tags) for each in node.nodes]
        return {"and": all(results), "or": any(results), "not": not results[0]}[node.op]
    there, tag = node.key in tags, tags.get(node.key, "")
    match node.cmp:
        case "ex" | "nex":
            return there is (node.cmp == "ex")
        case "eq" | "neq":
            return (there and tag == node.val) is (node.cmp == "eq")
        case "in" | "nin":
            return (there and tag in node.vals) is (node.cmp == "in")
        case "sw" | "ew" | "ct":
            at = {"sw": tag[: len(node.val)] == node.val, "ew": tag[-len(node.val) :] == node.val}
            return there and at.get(node.cmp, node.val in tag)
    left, right = number(tag) if there else None, number(node.val)
    assert right is not None
    if left is None:
        return False
    return {"gt": left > right, "gte": left >= right, "lt": left < right, "lte": left <= right}[node.cmp]


@given(TREES, TAGS)
def test_a_filter_wants_what_it_says(node: Node, tags: dict[str, str]) -> None:
    assert TagFilter(node)(tags) is expected(node, tags)


@given(TREES)
def test_no_tags_are_as_none_of_them(node: Node) -> None:
    assert TagFilter(node)(None) is expected(node, {})


@given(TREES, st.randoms())
def test_filters_that_ask_for_the_same_are_equal(node: Node, random: object) -> None:
    def shuffled(node: Node) -> Node:
        nodes = [shuffled(each) for each in reversed(node.nodes)]
        return Node(node.op, node.key, node.cmp, node.val, [*reversed(node.vals), *node.vals], nodes)

    first, second = TagFilter(node), TagFilter(shuffled(node))
    assert first == second
    assert hash(first) == hash(second)
    assert len({first, second}) == 1


@given(TREES, TREES, TAGS)
def test_filters_that_are_equal_want_the_same(one: Node, other: Node, tags: dict[str, str]) -> None:
    first, second = TagFilter(one), TagFilter(other)
    assert first != second or first(tags) is second(tags)


def test_filters_that_ask_for_something_else_are_not_equal() -> None:
    leaves = [Node(key="a", cmp="eq", val="1"), Node(key="a", cmp="neq", val="1"), Node(key="b", cmp="eq", val="1")]
    nodes = [*leaves, Node(op="or", nodes=leaves), Node(op="and", nodes=leaves), Node(op="not", nodes=leaves[:1])]
    assert len({TagFilter(node) for node in nodes}) == len(nodes)
    assert TagFilter(leaves[0]) != "a"


@pytest.mark.parametrize("text", ["nan", "inf", "1e9999999", "1_000", " 1", "1\n", "\u0661", "", ".", "+", "9" * 65])
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert not TagFilter(Node(key="a", cmp="gte", val="0"))({"a": text})
    if text:
        with pytest.raises(BadFilter, match="compares numbers"):
            TagFilter(Node(key="a", cmp="gte", val=text))


def test_decimals_are_exact() -> None:
    wants = TagFilter(Node(key="price", cmp="lt", val="0.30"))
    assert (wants({"price": str(Decimal("0.1") + Decimal("0.2"))}), wants({"price": "0.2999999999999999999999"})) == (
        False,
        True,
    )


LEAF = Node(key="a", cmp="ex")


@pytest.mark.parametrize(
    ("node", "says"),
    [
        (Node(), "a leaf has no key"),
        (Node(key="a"), "a leaf has no cmp"),
        (Node(cmp="eq", val="1"), "a leaf has no key"),
        (Node(key="a", cmp="like", val="1"), "unknown cmp 'like': it is one of eq, neq"),
        (Node(key="a", cmp="eq"), "'eq' needs val"),
        (Node(key="a", cmp="eq", val="1", vals=["1"]), "'eq' takes no vals"),
        (Node(key="a", cmp="in"), "'in' needs vals"),
        (Node(key="a", cmp="in", val="1", vals=["1"]), "'in' takes no val"),
        (Node(key="a", cmp="ex", val="1"), "'ex' takes no val"),
        (Node(key="a", cmp="nex", vals=["1"]), "'nex' takes no vals"),
        (Node(key="a", cmp="gt", val="x"), "'gt' compares numbers, and 'x' is none"),
        (Node(key="a", cmp="ex", nodes=[LEAF]), "it has no nodes"),
        (Node(op="and"), "'and' has no nodes"),
        (Node(op="or"), "'or' has no nodes"),
        (Node(op="not"), "'not' has one node, not 0"),
        (Node(op="not", nodes=[LEAF, LEAF]), "'not' has one node, not 2"),
        (Node(op="xor", nodes=[LEAF]), "unknown op 'xor'"),
        (Node(op="and", nodes=[LEAF, Node()]), "a leaf has no key"),
        (Node(key="a", cmp="x" * 1000, val="1"), "unknown cmp 'x{20}':"),
    ],
)
def test_a_filter_that_is_not_well_formed_says_why(node: Node, says: str) -> None:
    with pytest.raises(BadFilter, match=says):
        TagFilter(node)


def deep(levels: int) -> Node:
    node = LEAF
    for _ in range(levels - 1):
        node = Node(op="not", nodes=[node])
    return node


@pytest.mark.parametrize(
    ("largest", "too_large"),
    [
        (deep(MAX_DEPTH), deep(MAX_DEPTH + 1)),
        (Node(op="or", nodes=[LEAF] * (MAX_NODES - 1)), Node(op="or", nodes=[LEAF] * MAX_NODES)),
        (Node(key="a", cmp="in", vals=["1"] * MAX_VALUES), Node(key="a", cmp="in", vals=["1"] * (MAX_VALUES + 1))),
    ],
)
def test_a_filter_is_bounded(largest: Node, too_large: Node) -> None:
    TagFilter(largest)
    with pytest.raises(BadFilter, match="at most"):
        TagFilter(too_large)


def test_a_filter_however_deep_costs_no_more_than_the_bound() -> None:
    with pytest.raises(BadFilter, match="at most"):
        TagFilter(deep(100_000))
