"""The table of namespaces: what a channel finds in it, and how it changes while it runs."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.channels.names import Names
from hubbub.channels.namespace import Namespace
from hubbub.channels.namespaces import Namespaces, Reading
from hubbub.errors import Misuse


def test_a_channel_has_the_options_of_its_namespace() -> None:
    chat, plain = Namespace("chat"), Namespace(presence=True)
    namespaces = Namespaces([chat, plain])
    assert (namespaces.of("chat:a"), namespaces.of("$chat:a"), namespaces.of("a")) == (chat, chat, plain)
    assert namespaces.of("other:a") is None
    assert list(namespaces) == [plain, chat]


def test_without_a_namespace_nothing_is_switched_on() -> None:
    assert Namespaces().of("a") == Namespace()


def test_one_is_no_list_of_them() -> None:
    with pytest.raises(Misuse, match=r"\[Namespace\('chat', \.\.\.\)\]"):
        Namespaces(Namespace("chat"))  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", ["chat", 5, None])
def test_what_is_no_namespace_is_told_so(wrong: Any) -> None:
    with pytest.raises(Misuse, match=r"Namespace\('chat', \.\.\.\)"):
        Namespaces(wrong)
    with pytest.raises(Misuse, match=r"is written Namespace\('chat', \.\.\.\): .* is none"):
        Namespaces().put(wrong)


def test_two_of_one_name_are_a_mistake() -> None:
    with pytest.raises(Misuse, match="two namespaces are called 'chat'"):
        Namespaces([Namespace("chat"), Namespace("chat")])


def test_options_change_while_it_runs() -> None:
    namespaces = Namespaces([Namespace("chat")])
    assert namespaces.of("chat:a") == Namespace("chat")
    changed = namespaces.change("chat", presence=True)
    assert changed.presence
    assert namespaces.of("chat:a") is namespaces["chat"] is changed
    assert namespaces.change("", presence=True) is namespaces.of("a")


def test_a_change_that_is_wrong_changes_nothing() -> None:
    namespaces = Namespaces([Namespace("chat")])
    before = namespaces["chat"]
    for name, options, says in [
        ("chat", {"force_recovery": True}, "does nothing"),
        ("chat", {"presense": True}, "did you mean 'presence'"),
        ("chta", {"presence": True}, "no namespace 'chta'; did you mean 'chat'"),
    ]:
        with pytest.raises(Misuse, match=says):
            namespaces.change(name, **options)
    with pytest.raises(Misuse):
        namespaces.replace_all([Namespace("team"), Namespace("team")])
    assert namespaces["chat"] is before


def test_whether_it_carries_bytes_is_settled_when_it_is_first_named() -> None:
    namespaces = Namespaces([Namespace("chat"), Namespace("raw", publication_data_format="binary")])
    namespaces.change("chat", publication_data_format="json_object")
    raw, chat = namespaces["raw"], namespaces["chat"]
    for wrong in (
        lambda: namespaces.change("chat", publication_data_format="binary"),
        lambda: namespaces.change("raw", publication_data_format=""),
        lambda: namespaces.put(Namespace("raw")),
        lambda: namespaces.replace_all([Namespace("team"), Namespace("raw")]),
        lambda: namespaces.put(Namespace(publication_data_format="binary")),
    ):
        with pytest.raises(Misuse, match="publication_data_format"):
            wrong()
    assert list(namespaces) == [Namespace(), chat, raw]
    namespaces.remove("raw")
    with pytest.raises(Misuse, match="'raw' carries any bytes, and so it stays"):
        namespaces.put(Namespace("raw"))
    namespaces.put(raw)
    namespaces.put(Namespace("new", publication_data_format="binary"))
    assert Namespaces([Namespace(publication_data_format="binary")])[""].carries_bytes


def test_namespaces_come_and_go_while_it_runs() -> None:
    namespaces = Namespaces()
    assert namespaces.of("chat:a") is None
    namespaces.put(Namespace("chat"))
    assert namespaces.of("chat:a") is not None
    namespaces.remove("chat")
    assert namespaces.of("chat:a") is None
    with pytest.raises(Misuse, match="no namespace 'chat'"):
        namespaces.remove("chat")
    namespaces.put(Namespace(presence=True))
    namespaces.remove("")
    assert namespaces.of("a") == Namespace()


def test_what_is_remembered_of_names_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.channels.namespaces.MAX_FOUND", 10)
    namespaces = Namespaces([Namespace("chat")])
    assert all(namespaces.of(f"chat:{number}") is namespaces["chat"] for number in range(100))
    assert len(namespaces._found) <= 10


def test_a_name_that_is_too_long_is_not_remembered() -> None:
    namespaces = Namespaces([Namespace("chat")], Names(max_length=10))
    assert namespaces.of("chat:23456789") is namespaces["chat"]
    assert namespaces.of("chat:2345") is namespaces["chat"]
    assert list(namespaces._found) == ["chat:2345"]


def test_names_may_be_read_otherwise() -> None:
    namespaces = Namespaces([Namespace("chat")], Names(namespace_boundary="/"))
    assert namespaces.of("chat/a") is namespaces["chat"]
    assert namespaces.of("chat:a") is namespaces[""]


def test_names_are_ascii_or_of_the_form_asked_for() -> None:
    namespaces = Namespaces([Namespace("chat"), Namespace("team", channel_regex=r"^\w+$")])
    assert namespaces.fault_of("chat:a") == ""
    assert "not ASCII" in namespaces.fault_of("chat:\N{SNOWMAN}")
    assert namespaces.fault_of("team:\N{LATIN SMALL LETTER E WITH ACUTE}") == ""
    assert "form" in namespaces.fault_of("team:a b")
    assert "form" in namespaces.fault_of("team:a\n")
    assert "255" in namespaces.fault_of("chat:" + "a" * 255)
    assert namespaces.fault_of("unknown:a") == ""


def test_what_a_name_says_is_read_once_for_as_long_as_the_options_stay() -> None:
    namespaces = Namespaces([Namespace("chat")], Names(max_length=20))
    assert namespaces.read("chat:a") is namespaces.read("chat:a")
    assert namespaces.read("chat:a") == Reading(namespaces["chat"], "", False, None)
    assert namespaces.read("$chat:#ann,bob") == Reading(namespaces["chat"], "", True, ("ann", "bob"))
    assert namespaces.read("other:a").options is None
    assert "20" in namespaces.read("chat:" + "a" * 20).fault
    changed = namespaces.change("chat", channel_regex="^b$")
    assert namespaces.read("chat:a").options is changed
    assert "form" in namespaces.read("chat:a").fault


def test_what_is_remembered_of_what_names_say_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.channels.namespaces.MAX_FOUND", 10)
    namespaces = Namespaces([Namespace("chat")], Names(max_length=10))
    assert all(namespaces.read(f"chat:{number}").fault == "" for number in range(100))
    assert len(namespaces._readings) <= 10
    assert namespaces.read("chat:23456789") is not namespaces.read("chat:23456789")
