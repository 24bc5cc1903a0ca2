"""Times to live, and the timer that ends what is not renewed."""

from __future__ import annotations

from hubbub import clock, testing
from hubbub.session.expiry import arm, ttl_of


async def test_a_time_to_live_is_whole_seconds_and_never_0_for_what_ends() -> None:
    with testing.manual_clock() as time:
        assert ttl_of(0) == 0
        assert ttl_of(clock.wall() + 1.2) == 2
        assert ttl_of(clock.wall() - 5) == 1
        await time.advance(0)


async def test_a_renewal_takes_the_place_of_what_was() -> None:
    with testing.manual_clock() as time:
        ended: list[str] = []
        first = arm(None, clock.wall() + 5, 1, lambda: ended.append("first"))
        second = arm(first, clock.wall() + 10, 1, lambda: ended.append("second"))
        await time.advance(10.9)
        assert ended == []
        await time.advance(0.3)
        assert ended == ["second"]
        assert arm(second, 0, 1, lambda: None) is None
