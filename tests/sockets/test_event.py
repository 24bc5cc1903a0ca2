"""Events and their bytes, against a reader written from the HTML standard."""

from __future__ import annotations

import re

import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Broadcast, Event, Misuse
from tests.events.parser import Dispatched, Parser

TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text("\r\n\0 :ab\u2028\x0b\x85\ufeff")
NAME = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0")) | st.text(" :a\x85\u2028")
EVENTS = st.builds(
    Event,
    st.none() | TEXT,
    event=st.none() | NAME,
    id=st.none() | NAME,
    retry=st.none() | st.integers(0, 100_000).map(lambda ms: ms / 1000),
    comment=st.none() | TEXT,
)


def lines_joined(text: str) -> str:
    """What is left of line ends: the standard knows only LF behind a `data` field."""
    return re.sub("\r\n|\r", "\n", text)


@given(st.lists(EVENTS), st.integers(1, 50))
def test_whatever_is_written_is_read_in_any_pieces(events: list[Event], size: int) -> None:
    written = b"retry: 1\n\n" + b"".join(event.encode() for event in events)
    parser = Parser()
    for start in range(0, len(written), size):
        parser.feed(written[start : start + size])
    last_id, expected = "", []
    for event in events:
        last_id = event.id if event.id is not None else last_id
        if event.data is not None:
            expected.append(Dispatched(event.event or "message", lines_joined(event.data), last_id))
    assert parser.events == expected
    assert parser.last_id == last_id
    retries = [event.retry for event in events if event.retry is not None]
    assert parser.retry == (round(retries[-1] * 1000) if retries else 1)
    comments = [
        line for event in events if event.comment is not None for line in lines_joined(event.comment).split("\n")
    ]
    assert parser.comments == [f" {line}" if line else "" for line in comments]


@pytest.mark.parametrize("name", ["event", "id"])
@pytest.mark.parametrize("splitter", "\r\n\0")
def test_what_would_begin_another_field_is_refused(name: str, splitter: str) -> None:
    with pytest.raises(Misuse, match=rf"{name} must not contain CR, LF or NUL.*take them out"):
        Event("", **{name: f"a{splitter}data: forged"})  # type: ignore[arg-type]


def test_line_ends_in_data_and_comments_begin_the_same_field_again() -> None:
    assert (
        Event("a\rb\nc\r\nd\n", comment="x\ny").encode() == b": x\n: y\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
    )


def test_other_separators_are_no_line_ends() -> None:
    assert Event("a\u2028b\x0bc\x85d").encode() == "data: a\u2028b\x0bc\x85d\n\n".encode()


def test_all_fields_stand_in_one_order() -> None:
    event = Event("d", event="e", id="i", retry=1.5, comment="c")
    assert event.encode() == b": c\nevent: e\ndata: d\nid: i\nretry: 1500\n\n"


def test_an_empty_text_is_an_event_and_none_is_no_event() -> None:
    assert Event("").encode() == b"data: \n\n"
    assert Event(comment="").encode() == b":\n\n"


def test_a_given_id_comes_before_one_by_default() -> None:
    assert Event("d").encode("7") == b"data: d\nid: 7\n\n"
    assert Event("d", id="own").encode("7") == b"data: d\nid: own\n\n"
    assert Event("d", id="").encode("7") == b"data: d\nid: \n\n"  # the client forgets its last


class Point(msgspec.Struct):
    x: int


class Model(pydantic.BaseModel):
    x: int


@pytest.mark.parametrize("value", [{"x": 1}, Point(1), Model(x=1)])
def test_any_value_as_json(value: object) -> None:
    assert Event.json(value, event="point", id="1", retry=2, comment="c") == Event(
        '{"x":1}', event="point", id="1", retry=2, comment="c"
    )


def test_wrong_types_are_refused_where_they_are_written() -> None:
    with pytest.raises(Misuse, match=r"data is str, not dict: Event\.json"):
        Event({"x": 1})  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="id is str, not int"):
        Event("", id=1)  # type: ignore[arg-type]
    with pytest.raises(Misuse, match="in seconds"):
        Event(retry=-1)
    with pytest.raises(Misuse, match="in seconds"):
        Event(retry=float("nan"))


def test_a_broadcast_bounds_events_by_their_length() -> None:
    events: Broadcast[Event] = Broadcast(100, max_bytes=1000)
    for _ in range(10):
        events.send(Event("x" * 400))
    assert len(events._ring) == 2
    assert len(Event(comment="c")) > 0
