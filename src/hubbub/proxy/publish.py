"""The question whether a client may publish, and the answer. Pure."""

from __future__ import annotations

from msgspec import Raw, Struct

from ..hooks.signature import Call
from ..publication import NOTHING
from ..session.hooks import Approval
from .settings import Proxy
from .shapes import Event, Question, given, head, meta_of, reader, said


class PublishQuestion(Question):
    """A client wants to publish."""

    user: str
    channel: str
    data: Raw = NOTHING
    b64data: str = ""
    meta: Raw = NOTHING


class PublishResult(Struct, gc=False):
    """How it is published."""

    data: Raw = NOTHING
    b64data: str = ""
    skip_history: bool = False


_read = reader(PublishResult)


def ask(call: Call, proxy: Proxy) -> PublishQuestion:
    """What the backend is told."""
    payload = said(call.data, proxy)
    return PublishQuestion(*head(call, proxy), call.client.user, call.channel, *payload, meta_of(call, proxy))


def read(body: bytes, call: Call, proxy: Proxy) -> Approval:
    """How it is published; an answer without a result lets it through as it came. JSON counts before base64, as in Centrifugo.

    Whether the channel may carry what is no JSON is not known here.

    Raises:
        Failed: it is no answer.
        Refused, Disconnect: as it says.
    """
    result = _read(body) or PublishResult()
    plain = given(result.data, "", may_be_bytes=False)
    data = plain if len(plain) else given(NOTHING, result.b64data, may_be_bytes=True)
    return Approval(data if len(data) else call.data, skip_history=result.skip_history)


PUBLISH = Event("publish", ask, read, repeats=False)
