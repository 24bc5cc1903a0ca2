"""What a hook returns is what it means, and what means nothing is a misuse that says what to return."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import Raw

from hubbub import Disconnect, Misuse, Refused, clock
from hubbub.hooks import answers
from hubbub.publication import NOTHING
from hubbub.session.hooks import Approval, Grant, Welcome

DATA = Raw(b'{"a":1}')


@pytest.mark.parametrize(
    ("answer", "user"), [("ann", "ann"), (7, "7"), (UUID(int=1), str(UUID(int=1))), (None, ""), (True, "")]
)
def test_on_connect_says_who_it_is(answer: Any, user: str) -> None:
    assert answers.welcome(answer) == Welcome(user=user)


def test_a_welcome_may_hold_plain_values() -> None:
    given = Welcome(user=7, info={"name": "Ann"}, data=[1], subs={"news": Grant(info="x"), "chat": True})  # type: ignore[arg-type, dict-item]
    made = answers.welcome(given)
    assert made.user == "7"
    assert (bytes(made.info), bytes(made.data), bytes(made.subs["news"].info)) == (b'{"name":"Ann"}', b"[1]", b'"x"')
    assert made.subs["chat"] == Grant()
    assert answers.welcome(Welcome()).info is NOTHING


def test_false_is_refused_with_the_right_code() -> None:
    for function, code in ((answers.welcome, 101), (answers.grant, 103)):
        with pytest.raises(Refused) as refused:
            function(False)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        answers.approval(False, DATA)
    assert refused.value.code == 103


@pytest.mark.parametrize("answer", [None, True])
def test_on_subscribe_allows(answer: Any) -> None:
    assert answers.grant(answer) == Grant()


def test_a_grant_may_hold_plain_values() -> None:
    made = answers.grant(Grant(info={"a": 1}, expire_at=5.0, allows=frozenset({"publish"})))
    assert (bytes(made.info), made.data is NOTHING, made.expire_at, made.allows) == (
        b'{"a":1}',
        True,
        5.0,
        frozenset({"publish"}),
    )


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        (Grant(overrides={"presense": True}), "overrides is 'presense': this is some of .*'force_recovery', "),
        (Grant(overrides={"history_size": True}), "overrides is 'history_size'"),
        (Grant(overrides={"presence": "no"}), "overrides is {'presence': 'no'}: this is options and whether"),  # type: ignore[dict-item]
        (Grant(overrides=["presence"]), r"overrides is \['presence'\]"),  # type: ignore[arg-type]
        (Grant(allows=frozenset({"pub"})), "allows is 'pub': this is some of .*'publish', "),
        (Grant(allows="publish"), "allows is 'publish': this is a set of texts"),  # type: ignore[arg-type]
        (Grant(allows=None), "allows is None: this is a set"),  # type: ignore[arg-type]
        (Grant(allows=[["publish"]]), r"allows is \[\['publish'\]\]: this is a set"),  # type: ignore[arg-type]
        (Grant(expire_at=timedelta(hours=1)), "expire_at is datetime.timedelta.*: this is seconds since 1970"),  # type: ignore[arg-type]
        (Grant(expire_at=True), "expire_at is True"),
        (Grant(expire_at=float("nan")), "expire_at is nan"),
        (Grant(expire_at=1.8e12), "expire_at is 1800000000000.0: this is seconds"),
        (Grant(info=object()), "info is <object .*>: object is not JSON"),
        (Grant(data=b"{"), "data is b'{': bytes that are no JSON"),
    ],
)
def test_what_a_grant_cannot_grant_is_told(grant: Grant, told: str) -> None:
    with pytest.raises(Misuse, match=f"on_subscribe returned a Grant whose .*{told}"):
        answers.grant(grant)
    with pytest.raises(Misuse, match=f"on_connect returned for 'news' in subs a Grant whose .*{told}"):
        answers.welcome(Welcome(subs={"news": grant}))


@pytest.mark.parametrize(
    ("welcome", "told"),
    [
        (Welcome(None), "user is None: this is an id: a text, a number or a UUID"),  # type: ignore[arg-type]
        (Welcome(True), "user is True"),  # type: ignore[arg-type]
        (Welcome(info={1, object()}), "info is {.*: object is not JSON"),
        (Welcome(data="\ud800"), "data is "),
        (Welcome(expire_at=datetime(2040, 1, 1)), r"expire_at is datetime.*: .* time\.time\(\) \+ 3600"),  # type: ignore[arg-type]
        (Welcome(expire_at="soon"), "expire_at is 'soon'"),  # type: ignore[arg-type]
        (Welcome(expire_at=None), "expire_at is None: this is .* 0 for never"),  # type: ignore[arg-type]
        (Welcome(subs=["news"]), r"subs is \['news'\]: this is channels and what is granted there"),  # type: ignore[arg-type]
        (Welcome(subs={1: Grant()}), "subs is {1: "),  # type: ignore[dict-item]
    ],
)
def test_what_a_welcome_cannot_say_is_told_by_its_field(welcome: Welcome, told: str) -> None:
    with pytest.raises(Misuse, match=f"on_connect returned a Welcome whose {told}"):
        answers.welcome(welcome)


def test_what_is_allowed_may_be_told_by_whatever_can_be_gone_through() -> None:
    for allows in (["publish", "history"], (each for each in ("publish", "history"))):
        assert answers.grant(Grant(allows=allows)).allows == {"publish", "history"}  # type: ignore[arg-type]


def test_what_the_server_grants_is_told_as_the_servers() -> None:
    with pytest.raises(Misuse, match=r"hub\.subscribe was given 7: this is True, False or a Grant"):
        answers.grant(7, said="hub.subscribe was given")


@pytest.mark.parametrize("answer", [object(), {1j: 1}, "\ud800"])
def test_what_is_no_json_is_told_by_its_hook(answer: Any) -> None:
    with pytest.raises(Misuse, match="on_publish returned "):
        answers.approval(answer, DATA)
    for as_bytes in (True, False):
        with pytest.raises(Misuse, match="on_publish returned "):
            answers.approval(Approval(answer), DATA, as_bytes=as_bytes)
    with pytest.raises(Misuse, match="add returned "):
        answers.result(answer, "add")


@pytest.mark.parametrize("answer", [None, True])
def test_on_publish_leaves_it_as_it_came(answer: Any) -> None:
    assert answers.approval(answer, DATA) is DATA


@pytest.mark.parametrize(
    ("answer", "data"), [({"b": 2}, b'{"b":2}'), ("x", b'"x"'), (0, b"0"), (b"[1]", b"[1]"), (DATA, b'{"a":1}')]
)
def test_on_publish_changes_it(answer: Any, data: bytes) -> None:
    assert answers.approval(answer, Raw(b"1")) == Raw(data)


def test_an_approval_says_more() -> None:
    made = answers.approval(Approval({"b": 2}, tags={"a": "b"}, to_others=True), DATA)
    assert isinstance(made, Approval)
    assert (bytes(made.data), made.tags, made.to_others) == (b'{"b":2}', {"a": "b"}, True)


def test_a_call_gives_whatever_json_can_say() -> None:
    assert answers.result(None, "add") is NOTHING
    assert bytes(answers.result(False, "add")) == b"false"


@pytest.mark.parametrize("hook", ["on_refresh", "on_sub_refresh"])
def test_a_refresh_says_until_when(hook: str) -> None:
    then = datetime(2040, 1, 1, tzinfo=UTC)
    assert answers.expiry(None, hook) == answers.expiry(True, hook) == 0
    assert answers.expiry(then, hook) == answers.expiry(then.timestamp(), hook) == then.timestamp()
    assert abs(answers.expiry(timedelta(seconds=60), hook) - clock.wall() - 60) < 5


def test_a_refresh_may_say_no() -> None:
    with pytest.raises(Disconnect) as gone:
        answers.expiry(False, "on_refresh")
    assert gone.value.code == 3005
    with pytest.raises(Refused):
        answers.expiry(False, "on_sub_refresh")


@pytest.mark.parametrize(
    "past", [1.0, 1_790_000_000.5, datetime(2020, 1, 1, tzinfo=UTC), timedelta(seconds=-1), timedelta()]
)
def test_a_time_that_is_over_is_a_no_else_it_would_be_asked_again_at_once_and_for_ever(past: object) -> None:
    with pytest.raises(Disconnect) as gone:
        answers.expiry(past, "on_refresh")
    assert gone.value.code == 3005
    with pytest.raises(Refused):
        answers.expiry(past, "on_sub_refresh")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda: answers.welcome({"user": "ann"}),
            "on_connect returned .* the user's id, a Welcome with one, or False",
        ),
        (lambda: answers.approval(Approval(1, tags={"a": 1}), DATA), "tags are .* each a text, .*, not {'a': 1}"),  # type: ignore[dict-item]
        (lambda: answers.approval(Approval(1, tags=["a"]), DATA), r"not \['a'\]"),  # type: ignore[arg-type]
        (lambda: answers.grant({"a": 1}), r"on_subscribe returned .* True, False or a Grant; .* Grant\(data=...\)"),
        (lambda: answers.grant(0), "on_subscribe returned 0"),
        (lambda: answers.expiry("soon", "on_refresh"), "on_refresh returned 'soon'"),
        (lambda: answers.expiry(float("nan"), "on_sub_refresh"), "on_sub_refresh returned nan: it returns seconds"),
        (lambda: answers.expiry(timedelta.max, "on_refresh"), "on_refresh returned .* None for ever"),
    ],
)
def test_what_means_nothing_says_what_to_return(call: Any, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        call()


WRONG = b'1},"forged":{"a":1'


@pytest.mark.parametrize(
    "call",
    [
        lambda: answers.welcome(Welcome(info=WRONG), as_bytes=True),
        lambda: answers.welcome(Welcome(data=WRONG)),
        lambda: answers.welcome(Welcome(subs={"a": Grant(info=WRONG)}), as_bytes=True),
        lambda: answers.grant(Grant(data=Raw(WRONG))),
        lambda: answers.approval(WRONG, DATA),
        lambda: answers.approval(Approval(Raw(WRONG)), DATA),
        lambda: answers.approval(b"", DATA),
        lambda: answers.result(WRONG, "add"),
    ],
)
def test_bytes_that_would_break_the_frames_of_others_are_a_misuse(call: Any) -> None:
    with pytest.raises(Misuse, match=r" (returned|is) .*: (bytes that are no JSON|nothing was given)"):
        call()


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_of_any_kind_are_published_as_they_are(kind: Any) -> None:
    assert answers.approval(kind(b'{"a":1}'), DATA) == Raw(b'{"a":1}')


def test_who_can_be_told_bytes_may_be_given_them() -> None:
    made = answers.welcome(Welcome(data=WRONG, subs={"a": Grant(data=WRONG)}), as_bytes=True)
    assert bytes(made.data) == bytes(made.subs["a"].data) == WRONG
    assert answers.approval(WRONG, DATA, as_bytes=True) == Raw(WRONG)
    assert bytes(answers.result(WRONG, "add", as_bytes=True)) == WRONG
