"""What tests put in a link's place fits the port."""

from __future__ import annotations

from hubbub.session.link import Link
from tests.session.talk import MemoryLink


def test_the_stand_in_is_a_link() -> None:
    link: Link = MemoryLink()
    assert link.kind(joins=True) is link.kind(joins=True)
    assert link.kind(joins=True) != link.kind(joins=False)
    assert link.kind(joins=True, patches=True) != link.kind(joins=True)
