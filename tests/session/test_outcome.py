"""How a command fails, as the client is told."""

from __future__ import annotations

import pytest

from hubbub import Disconnect, Refused
from hubbub.codes import DisconnectCode, ErrorCode, UnsubscribeCode
from hubbub.session.outcome import ending_of, error_of, explain, words_of
from hubbub.watch import Peer


def test_the_protocols_codes_have_words_of_their_own_and_the_apps_have_what_it_says() -> None:
    assert error_of(Refused(103)).message == "permission denied"
    assert error_of(Refused(103, "not here")).message == "not here"
    assert error_of(Refused(1000)).message == ""
    assert error_of(Refused(1000, {"a": 1})).message == "{'a': 1}"


def test_an_internal_error_may_be_tried_again_and_a_denial_may_not() -> None:
    assert error_of(Refused(100)).temporary
    assert not error_of(Refused(103)).temporary
    assert error_of(Refused(103, temporary=True)).temporary
    assert not error_of(Refused(100, temporary=False)).temporary


def test_where_no_error_can_be_told_the_end_says_as_much() -> None:
    codes = {101: 3004, 103: 3507, 109: 3005, 110: 3005, 111: 3013, 1000: 3004}
    assert {code: ending_of(Refused(code)) for code in codes} == codes


def test_the_watchers_are_told_more_than_the_client(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "hubbub.denied")
    explain(Peer(), "subscribe a", Refused(103, why="not paid"), "permission denied")
    explain(Peer(), "connect", Disconnect(3500, "invalid token"), "invalid token")
    assert [record.getMessage().split(" denied with ")[1] for record in caplog.records] == [
        "103: not paid",
        "3500: invalid token",
    ]


def test_each_table_has_its_words() -> None:
    assert words_of(ErrorCode, 112) == "unrecoverable position"
    assert words_of(DisconnectCode, 3001) == "shutdown"
    assert words_of(UnsubscribeCode, 2500) == "insufficient state"
    assert words_of(UnsubscribeCode, 2100) == ""
