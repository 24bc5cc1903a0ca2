"""How a command fails, as exceptions."""

from __future__ import annotations

from hubbub.session.outcome import CommandError, Ended


def test_they_carry_what_the_client_is_told() -> None:
    assert (CommandError(103).code, CommandError(400, "no").message) == (103, "no")


def test_a_reason_fits_into_a_close_frame() -> None:
    assert len(Ended(4000, "ä" * 200).reason.encode()) <= 123
