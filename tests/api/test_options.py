"""An API has keys, which may be others at any time; or it says that it has none."""

from __future__ import annotations

import pytest

from hubbub import Api, ApiKey, Misuse


def test_it_has_keys_or_says_that_it_is_insecure() -> None:
    assert [repr(key) for key in Api(["a"]).keys] == [repr(ApiKey("a"))]
    assert Api(insecure=True).keys == ()
    with pytest.raises(Misuse, match="would be everybody's"):
        Api()
    with pytest.raises(Misuse, match="asks for no keys"):
        Api(["a"], insecure=True)
    with pytest.raises(Misuse, match="give a list"):
        Api("a")


def test_keys_are_rotated_while_it_runs() -> None:
    api = Api([ApiKey("old")])
    api.keys = [ApiKey("new", name="new"), "other"]
    found = api.find(b"new")
    assert found is not None
    assert found.name == "new"
    assert api.find(b"old") is None
    assert api.find(b"") is None
    for wrong in ([], "k", [""]):
        with pytest.raises(Misuse):
            api.keys = wrong
    assert api.find(b"new") is found


def test_wrong_options_are_told_at_once() -> None:
    for path in ("api", "/api/", ""):
        with pytest.raises(Misuse, match="begins with a slash"):
            Api(["a"], path=path)
    with pytest.raises(Misuse, match="at least one byte"):
        Api(["a"], max_body=0)
