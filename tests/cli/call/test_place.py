"""Where the API is and which key is taken: options over the file, the file over the environment; no key is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubbub.cli.call.place import URL, Place, checked, of_settings, place
from hubbub.errors import Misuse
from tests.standalone.conftest import KEY, settings_of


def file_with(tmp_path: Path, **data: Any) -> Path:
    path = tmp_path / "hubbub.json"
    path.write_text(json.dumps({"client": {"allow_anonymous_connect_without_token": True}, **data}))
    return path


def test_nothing_said() -> None:
    assert place(None, "", None, None) == Place(URL)
    assert place(None, " k\n", None, None).key == "k"


def test_no_key_is_shown() -> None:
    assert "hunter2" not in repr(Place(URL, "hunter2"))


def test_what_counts_more(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text("from-the-key-file\n")
    config = file_with(tmp_path, http_server={"port": 9}, http_api={"key": KEY})
    assert place(None, "env", None, config) == Place("http://127.0.0.1:9/api", KEY)
    assert place(":8/x", "env", None, config) == Place("http://localhost:8/x", KEY)
    assert place(None, "env", key_file, config).key == "from-the-key-file"
    assert place(None, "env", key_file, None).key == "from-the-key-file"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"http_server": {"address": "0.0.0.0", "internal_port": 9}}, Place("http://127.0.0.1:9/api", KEY)),
        ({"http_server": {"address": "::", "port": 9}}, Place("http://[::1]:9/api", KEY)),
        ({"http_server": {"unix_socket": "/x"}}, Place("http://127.0.0.1:8000/api", KEY, "/x")),
        ({"http_server": {"tls": {"enabled": True}}}, Place("https://127.0.0.1:8000/api", KEY)),
        (
            {"http_server": {"internal_port": 9, "internal_address": "10.0.0.1"}, "http_api": {"handler_prefix": "/a"}},
            Place("http://10.0.0.1:9/a", KEY),
        ),
        ({"http_server": {"internal_port": 9}, "http_api": {"external": True}}, Place(URL, KEY)),
        ({"http_api": {"key": "", "keys": [{"key": "n", "methods": ["info"]}, {"key": "all"}]}}, Place(URL, "all")),
        ({"http_api": {"key": "", "insecure": True}}, Place(URL)),
    ],
)
def test_where_a_stand_alone_server_has_it(settings: dict[str, Any], expected: Place) -> None:
    told = {**settings, "http_api": {"key": KEY, **settings.get("http_api", {})}}
    assert of_settings(settings_of(told)) == expected


@pytest.mark.parametrize("api", [{}, {"key": KEY, "disabled": True}])
def test_a_server_without_one(api: dict[str, Any]) -> None:
    with pytest.raises(Misuse, match="no API"):
        of_settings(settings_of({"http_api": api}))


def test_a_file_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="did you mean http_api"):
        place(None, "", None, file_with(tmp_path, http_apis={}))


def test_keys_that_are_none(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(b"\xff")
    with pytest.raises(Misuse, match="no UTF-8"):
        place(None, "", file, None)
    with pytest.raises(Misuse, match="cannot be read: Is a directory"):
        place(None, "", tmp_path, None)
    for key in ("hunter\n2", "hünter2"):
        with pytest.raises(Misuse, match="only printable ASCII") as caught:
            place(None, key, None, None)
        assert "nter" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://a:b@host/api", "http://host/api?api_key=1", "ftp://host", "http://"])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(Misuse):
        checked(url)


def test_options_of_tls_without_it() -> None:
    with pytest.raises(Misuse, match="https://"):
        place(URL, "", None, None, insecure=True)
    assert place("https://host/api/", "", None, None, insecure=True).url == "https://host/api"
