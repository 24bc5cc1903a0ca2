"""Kinds made of others: equal where they tell the same, each keeping back or remembering what it says."""

from __future__ import annotations

from typing import Any

from hubbub.channels.fanout import Kind
from hubbub.channels.kinds import Ahead, Changed, Filtered, Patched, Whole
from hubbub.channels.tagfilter import TagFilter
from hubbub.protocol.commands import FilterNode
from hubbub.publication import ClientInfo, Publication
from tests.channels.listeners import Ear, EarKind, PatchingKind, publication

ANN = ClientInfo("ann", "x")


def _filter(value: str) -> TagFilter:
    return TagFilter(FilterNode(cmp="eq", key="to", val=value))


def _tell(kind: Kind, number: int, offset: int = 0, before: Publication | None = None) -> Any:
    return kind.publication(publication(number, offset), before)


def test_those_who_are_told_the_same_are_of_one_kind() -> None:
    kind = EarKind()
    for make in (Changed, Ahead, Whole, lambda kind: Patched(kind, None), lambda kind: Filtered(kind, _filter("a"))):
        assert make(kind) == make(kind)
        assert hash(make(kind)) == hash(make(kind))
        assert make(kind) != make(EarKind())
        assert make(kind) != kind
    assert Whole(kind) != Patched(kind, None)
    assert Ahead(kind) != Whole(kind)
    assert Filtered(kind, _filter("a")) != Filtered(kind, _filter("b"))


def test_what_is_not_changed_is_as_with_the_others() -> None:
    kind, ear = Changed(EarKind()), Ear()
    assert (_tell(kind, 1), kind.joined("a", ANN), kind.left("a", ANN)) == ("1", "+ann", "-ann")
    assert kind.recovered([publication(1, 1)]) == [publication(1, 1)]
    kind.write("a", ["1", "2"], [ear])
    assert ear.heard == ["1 2"]


def test_a_filter_keeps_back_what_is_not_wanted() -> None:
    kind = Filtered(EarKind(), _filter("ann"))
    wanted, other = Publication(b"1", tags={"to": "ann"}), Publication(b"2", tags={"to": "bob"})  # type: ignore[arg-type]
    assert kind.publication(wanted, None) == "1"
    assert kind.publication(other, None) is None
    assert kind.publication(publication(3), None) is None
    assert kind.recovered([other, wanted, other]) == [wanted]
    assert kind.joined("a", ANN) == "+ann"


def test_who_is_ahead_is_told_only_what_is_in_no_stream() -> None:
    kind = Ahead(EarKind())
    assert _tell(kind, 1, offset=1) is None
    assert _tell(kind, 2) == "2"


def test_patches_are_against_what_was_told_last_and_only_where_they_are_wanted() -> None:
    kind = Patched(PatchingKind(), publication(5))
    some = publication(99, 99)  # that there is one says that a patch is wanted
    assert [_tell(kind, 7, 1, some), _tell(kind, 8), _tell(kind, 9, 2, some)] == ["5>7", "8", "8>9"]


def test_who_was_told_nothing_is_told_the_whole() -> None:
    kind = Whole(PatchingKind())
    assert _tell(kind, 7, 1, publication(6)) == "7"
    assert kind.last == publication(7, 1)
