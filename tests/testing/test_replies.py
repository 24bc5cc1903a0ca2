"""What a client hears, read: by the lines of the protocol."""

from __future__ import annotations

from hubbub.testing.replies import Heard, Info, Unsubscribed, read_answer


def test_a_push_is_read_with_its_payload() -> None:
    line = '{"push":{"channel":"a","pub":{"data":{"x":1},"offset":3,"info":{"user":"ann","client":"c"}}}}'
    push = read_answer(line).push
    assert push is not None
    assert push.pub == Heard({"x": 1}, Info("ann", "c"), 3)


def test_a_ping_is_told_from_an_answer() -> None:
    assert read_answer("{}").is_ping
    answer = read_answer('{"id":1,"rpc":{"data":[1]}}')
    assert not answer.is_ping
    assert bytes(answer.rpc) == b'{"data":[1]}'
    assert not len(answer.connect)


def test_an_end_says_how() -> None:
    assert str(Unsubscribed(2000, "server unsubscribe")) == "unsubscribed with 2000: server unsubscribe"
    assert str(Unsubscribed(0)) == "unsubscribed with 0"
