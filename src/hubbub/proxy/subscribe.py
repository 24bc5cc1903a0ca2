"""The question whether a client may subscribe, and the answer. Pure."""

from __future__ import annotations

from msgspec import Raw, Struct

from ..hooks.overrides import Override, overrides_of
from ..hooks.passes import actions
from ..hooks.signature import Call
from ..publication import NOTHING
from ..session.hooks import Grant
from .settings import Proxy
from .shapes import Event, Question, Time, given, head, meta_of, reader, said, speaks_bytes


class SubscribeQuestion(Question):
    """A client wants to subscribe."""

    user: str
    channel: str
    meta: Raw = NOTHING
    data: Raw = NOTHING
    b64data: str = ""


class Options(Struct, gc=False):
    """A subscription."""

    expire_at: Time = 0
    info: Raw = NOTHING
    b64info: str = ""
    data: Raw = NOTHING
    b64data: str = ""
    override: Override | None = None
    allow: list[str] | None = None


_read = reader(Options)


def ask(call: Call, proxy: Proxy) -> SubscribeQuestion:
    """What the backend is told."""
    return SubscribeQuestion(
        *head(call, proxy), call.client.user, call.channel, meta_of(call, proxy), *said(call.data, proxy)
    )


def read(body: bytes, call: Call, proxy: Proxy) -> Grant:
    """What it allows; an answer without a result allows.

    Raises:
        Failed: it is no answer.
        Refused, Disconnect: as it says.
    """
    return grant_of(_read(body) or Options(), call)


def grant_of(options: Options, call: Call) -> Grant:
    """A subscription in the hooks' words.

    Raises:
        Failed: a payload is none.
    """
    return Grant(
        info=given(options.info, options.b64info, may_be_bytes=False),
        data=given(options.data, options.b64data, may_be_bytes=speaks_bytes(call)),
        expire_at=options.expire_at,
        overrides=overrides_of(options.override),
        allows=actions(options.allow or ()),
    )


SUBSCRIBE = Event("subscribe", ask, read)
