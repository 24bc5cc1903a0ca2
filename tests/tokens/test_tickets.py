"""Tickets: good once, not for long, and not without end."""

from __future__ import annotations

import threading

import pytest

from hubbub import Claims, InvalidToken, Misuse, Tickets, WouldBlock, testing

ANN, BOB = Claims({"sub": "ann"}), Claims({"sub": "bob"})


def refused(tickets: Tickets, ticket: str) -> str:
    with pytest.raises(InvalidToken) as error:
        tickets.use(ticket)
    assert error.value.told == "invalid ticket"
    return str(error.value)


def test_a_ticket_is_good_once() -> None:
    tickets = Tickets()
    ticket = tickets.issue(ANN)
    assert tickets.use(ticket) is ANN
    assert refused(tickets, ticket) == "the ticket is unknown, or was used"
    assert len(tickets) == 0


@pytest.mark.parametrize("ticket", ["", "x", "\ud800", "é" * 9, "A" * 43])
def test_what_is_no_ticket(ticket: str) -> None:
    assert "unknown" in refused(Tickets(), ticket)


async def test_a_ticket_is_not_good_for_long() -> None:
    with testing.manual_clock() as clock:
        tickets = Tickets(lifetime=10)
        early, late = tickets.issue(ANN), tickets.issue(ANN)
        await clock.advance(9.9)
        assert tickets.use(early)
        await clock.advance(0.2)
        assert refused(tickets, late) == "the ticket is too old"


async def test_what_was_never_used_is_swept_out() -> None:
    with testing.manual_clock() as clock:
        tickets = Tickets(lifetime=10, per_user=5)
        for _ in range(3):
            tickets.issue(ANN)
        await clock.advance(11)
        tickets.issue(BOB)
        assert len(tickets) == 1


def test_of_one_user_so_many_and_the_oldest_goes() -> None:
    tickets = Tickets(per_user=2)
    first, *others = [tickets.issue(ANN) for _ in range(3)]
    assert "unknown" in refused(tickets, first)
    assert [tickets.use(ticket) for ticket in others] == [ANN, ANN]


async def test_when_it_is_full_it_says_so_and_later_there_is_room() -> None:
    with testing.manual_clock() as clock:
        tickets = Tickets(lifetime=10, capacity=2)
        kept = tickets.issue(ANN)
        tickets.issue(BOB)
        with pytest.raises(WouldBlock, match="2 tickets are out: try again in 10 s"):
            tickets.issue(Claims({"sub": "eve"}))
        assert tickets.use(kept)
        await clock.advance(11)
        assert tickets.issue(Claims({"sub": "eve"}))


def test_threads_may_issue() -> None:
    tickets = Tickets(per_user=5000)
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.extend(tickets.issue(ANN) for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == len(tickets) == 2000


def test_it_keeps_and_shows_no_ticket() -> None:
    tickets = Tickets()
    ticket = tickets.issue(ANN)
    assert ticket not in repr(tickets)
    assert ticket not in repr(vars(tickets))


@pytest.mark.parametrize("options", [{"lifetime": 0}, {"capacity": 0}, {"per_user": -1}])
def test_wrong_use_fails_early(options: dict[str, int]) -> None:
    with pytest.raises(Misuse):
        Tickets(**options)
