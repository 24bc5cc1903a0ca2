"""How to say how a family of channels behaves, and who may do what there."""

from __future__ import annotations

import httpx2
import pytest

from hubbub import Misuse, Namespace
from tests.docs.wire import client
from tests.serving import Server

DENIED = (103, "permission denied")


def test_who_may_read_and_write_the_news(native: Server) -> None:
    with client(native, "news:x") as anyone, client(native, "news:x", data="ann") as ann:
        assert anyone.ask("publish", channel="news:x", data=1) == DENIED
        assert ann.ask("publish", channel="news:x", data=1) == {}
        assert anyone.data(1) == [1]
        assert anyone.ask("subscribe", channel="nowhere:x") == (102, "unknown channel")
        assert anyone.ask("subscribe", channel="plain") == DENIED
        assert ann.ask("presence", channel="news:x") == (108, "not available")


def test_subscribers_may_more(native: Server) -> None:
    with client(native) as anyone, client(native, data="bob") as bob:
        assert anyone.ask("subscribe", channel="chat:lobby") == DENIED
        assert bob.ask("publish", channel="chat:lobby", data={}) == DENIED
        assert bob.ask("subscribe", channel="chat:lobby") == {}
        assert bob.ask("publish", channel="chat:lobby", data={}) == {}
        assert bob.ask("presence", channel="chat:lobby")["presence"]


def test_names_and_data_are_judged(native: Server) -> None:
    with client(native, "chat:lobby", data="bob") as bob:
        assert bob.ask("subscribe", channel="chat:Lobby")[0] == 107
        assert bob.ask("subscribe", channel="chat:" + "x" * 251)[0] == 107
        assert bob.ask("publish", channel="chat:lobby", data=[])[0] == 107


def test_a_name_says_for_whom_it_is(native: Server) -> None:
    with client(native, data="ann") as ann, client(native, data="cy") as cy:
        assert ann.ask("subscribe", channel="dialog:1#ann,bob") == {}
        assert cy.ask("subscribe", channel="dialog:1#ann,bob") == DENIED
        assert cy.ask("subscribe", channel="chat:lobby#cy")[0] in (103, 107)
        assert ann.ask("subscribe", channel="$news:x") == DENIED


def test_options_change_while_it_runs(native: Server) -> None:
    with client(native, "chat:lobby", data="bob") as bob:
        assert bob.ask("subscribe", channel="garden:x") == (102, "unknown channel")
        httpx2.post(native.url("/projects/garden", "http")).raise_for_status()
        assert bob.ask("subscribe", channel="garden:x") == {}
        httpx2.post(native.url("/quiet", "http")).raise_for_status()
        assert bob.ask("publish", channel="chat:lobby", data={}) == DENIED


def test_what_makes_no_sense_is_a_misuse() -> None:
    with pytest.raises(Misuse, match="did you mean 'history_size'"):
        Namespace("chat", histroy_size=1)  # type: ignore[call-arg]
    with pytest.raises(Misuse, match="go together"):
        Namespace("chat", history_size=1)
