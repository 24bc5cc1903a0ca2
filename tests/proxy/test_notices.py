"""What a backend is only told."""

from __future__ import annotations

import pytest

from hubbub.codes import UnsubscribeCode
from hubbub.proxy.notices import DISCONNECT, UNSUBSCRIBE
from hubbub.proxy.shapes import Event
from tests.proxy.calls import HEAD, answered, asked, call


def test_what_is_told() -> None:
    end = call(code=UnsubscribeCode.EXPIRED, reason="subscription expired")
    told = {**HEAD, "user": "ann", "code": 2501, "reason": "subscription expired"}
    assert asked(UNSUBSCRIBE, end) == {**told, "channel": "chat:1"}
    assert asked(DISCONNECT, end) == told


@pytest.mark.parametrize("event", [UNSUBSCRIBE, DISCONNECT], ids=lambda event: event.name)
@pytest.mark.parametrize("answer", [b"", b"thank you", {"error": {"code": 1}}])
def test_the_answer_is_not_looked_at(event: Event, answer: object) -> None:
    assert answered(event, answer) is None
    assert event.is_notice
