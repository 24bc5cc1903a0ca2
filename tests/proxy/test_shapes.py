"""Whatever a backend says, it is an answer that a hook could give, or one failure with a word why."""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from hubbub import Approval, Disconnect, Grant, Refused, Welcome
from hubbub.protocol.json import JSON
from hubbub.proxy.connect import CONNECT
from hubbub.proxy.notices import DISCONNECT, UNSUBSCRIBE
from hubbub.proxy.publish import PUBLISH
from hubbub.proxy.refresh import REFRESH, SUB_REFRESH
from hubbub.proxy.rpc import RPC
from hubbub.proxy.shapes import Event, Failed, reader, said
from hubbub.proxy.shapes import given as payload
from hubbub.proxy.subscribe import SUBSCRIBE, Options
from tests.proxy.calls import BINARY, HEAD, PROXY, WITH_META, Visitor, answered, asked, call

EVENTS: dict[Event, tuple[type, ...]] = {
    CONNECT: (Welcome,),
    SUBSCRIBE: (Grant,),
    PUBLISH: (Approval,),
    RPC: (Raw,),
    REFRESH: (float, int),
    SUB_REFRESH: (float, int),
}
"""What a hook for each may return."""

QUESTIONS = [event for event in EVENTS if not event.is_expiry]

NAMES = (
    *(
        "user",
        "expire_at",
        "info",
        "b64info",
        "data",
        "b64data",
        "channels",
        "subs",
        "meta",
        "caps",
        "expired",
        "override",
    ),
    *("allow", "skip_history", "value", "presence", "match", "code", "message", "temporary", "reason", "new"),
)
plain = (
    st.none()
    | st.booleans()
    | st.integers(-1, 5000)
    | st.just(1.5)
    | st.sampled_from(["", "aGk=", "/w==", "regex", "(", "sub"])
)
near: Any = st.recursive(
    plain,
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=8,
)
answers = near | st.dictionaries(st.sampled_from(["result", "error", "disconnect"]), near, max_size=3)
"""JSON that resembles answers."""


def check(body: bytes) -> None:
    """What comes of an answer is what a hook may give, and fits the client."""
    for event, proxy, protocol in product(EVENTS, (PROXY, BINARY), ("json", "protobuf")):
        try:
            found = event.read(body, call(Visitor(protocol), data=b"0"), proxy)
        except (Failed, Refused, Disconnect):
            continue
        assert isinstance(found, EVENTS[event])
        if protocol == "json" and proxy is PROXY and event is not PUBLISH:
            payloads = [found] if isinstance(found, Raw) else [getattr(found, name, Raw()) for name in ("data", "info")]
            assert all(JSON.check(each) for each in payloads if len(each))


@given(answer=answers)
@settings(max_examples=200, deadline=None)
def test_any_json_is_a_hooks_answer_or_a_failure(answer: Any) -> None:
    check(json.dumps(answer).encode())


@given(body=st.binary(max_size=40) | st.binary(max_size=8).map(lambda some: b'{"result":{"info":"' + some + b'"}}'))
@settings(max_examples=60, deadline=None)
def test_any_bytes_too(body: bytes) -> None:
    check(body)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"\xff",
        b"[" * 100_000,
        b'{"result":{"info":' + b"[" * 100_000 + b"}}",
        b'{"result":[]}',
        b'{"result":{"expire_at":1e999,"data":1e999,"b64data":7}}',
        b'{"error":{"code":5}}',
        b'{"error":{}}',
        b'{"disconnect":{"code":1000}}',
        b'{"disconnect":"go"}',
    ],
    ids=range(11),
)
def test_nonsense_is_a_failure(event: Event, body: bytes) -> None:
    with pytest.raises(Failed) as caught:
        answered(event, body)
    assert len(str(caught.value)) < 300


def test_a_failure_says_where_and_quotes_nothing() -> None:
    with pytest.raises(Failed, match=r"Expected `str`, got `array` - at `\$.result.b64info`") as caught:
        answered(SUBSCRIBE, {"result": {"b64info": ["s3cret"]}})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("event", QUESTIONS, ids=lambda event: event.name)
def test_an_error_is_a_refusal(event: Event) -> None:
    with pytest.raises(Refused) as caught:
        answered(event, {"error": {"code": 1000, "message": "come later", "temporary": True}, "result": {}})
    assert (caught.value.code, caught.value.detail, caught.value.temporary) == (1000, "come later", True)


@pytest.mark.parametrize("event", QUESTIONS, ids=lambda event: event.name)
def test_a_disconnect_is_the_end_before_all_else(event: Event) -> None:
    with pytest.raises(Disconnect) as caught:
        answered(event, {"disconnect": {"code": 4501, "reason": "go"}, "error": {"code": 1000}, "result": {}})
    assert (caught.value.code, caught.value.reason) == (4501, "go")


def test_fields_that_nobody_knows_are_let_pass() -> None:
    assert answered(SUBSCRIBE, {"result": {"new": 1}, "newer": 2}) == Grant()
    assert reader(Options)(b"null") is None


def test_what_is_sent_as_json_is_json() -> None:
    assert said(Raw(b'{"a":1}'), PROXY) == (Raw(b'{"a":1}'), "")
    assert said(Raw(b"\xff"), BINARY) == (Raw(b""), "/w==")
    for broken in (b"\xff", b'"', b'{}{"user":"eve"}'):
        with pytest.raises(Refused, match="107"):
            said(Raw(broken), PROXY)


def test_base64_goes_before_json_and_null_is_nothing() -> None:
    encoded = b64encode(b'"b"').decode()
    assert payload(Raw(b'"a"'), encoded, may_be_bytes=False) == Raw(b'"b"')
    assert payload(Raw(b"null"), "", may_be_bytes=False) == payload(Raw(b""), "", may_be_bytes=False) == Raw(b"")
    assert payload(Raw(b""), "/w==", may_be_bytes=True) == Raw(b"\xff")
    for wrong, why in (("/w==", "no JSON"), ("%", "no base64"), ("ü", "no base64"), ("YQ", "no base64")):
        with pytest.raises(Failed, match=why):
            payload(Raw(b""), wrong, may_be_bytes=False)


def test_a_payload_does_not_keep_the_answer() -> None:
    body = b'{"result":{"info":"x","rest":"' + b"x" * 1000 + b'"}}'
    before = sys.getrefcount(body)
    grant = answered(SUBSCRIBE, body)
    assert (grant.info, sys.getrefcount(body)) == (Raw(b'"x"'), before)


@pytest.mark.parametrize("event", [*EVENTS, UNSUBSCRIBE, DISCONNECT], ids=lambda event: event.name)
def test_what_each_question_begins_with(event: Event) -> None:
    meta = {"meta": {"team": 7}}
    assert asked(event, call(Visitor(meta={"team": 7}))).items() >= HEAD.items()
    assert (
        asked(event, call(Visitor("protobuf")), BINARY).items()
        >= {"protocol": "protobuf", "encoding": "binary"}.items()
    )
    assert ("meta" in asked(event, call(Visitor(meta={"team": 7})))) is False
    if event is not CONNECT:
        assert asked(event, call(Visitor(meta={"team": 7})), WITH_META).items() >= meta.items()
        assert "meta" not in asked(event, call(), WITH_META)
