"""A file and the environment, read and judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from hubbub.errors import Misuse
from hubbub.settings.formats import MAX_BYTES
from hubbub.standalone.loading import CANDIDATES, find, load
from tests.standalone.conftest import FILES, write


def test_a_file_and_the_environment() -> None:
    loaded = load(FILES / "config.toml", {"HUBBUB_CLIENT_CHANNEL_LIMIT": "5", "CENTRIFUGO_NONSENSE": "1"})
    assert loaded.settings.client.channel_limit == 5
    assert [fault.path for fault in loaded.faults if fault.path.isupper()] == ["CENTRIFUGO_NONSENSE"]
    assert not any(fault.is_fatal for fault in loaded.faults)


def test_the_environment_alone() -> None:
    loaded = load(
        None, {"CENTRIFUGO_CLIENT_ALLOW_ANONYMOUS_CONNECT_WITHOUT_TOKEN": "true", "HUBBUB_HTTP_API_KEY": "k" * 20}
    )
    assert loaded.faults == []


def test_what_is_half_read_is_not_judged_further(tmp_path: Path) -> None:
    loaded = load(write(tmp_path / "a.json", {"client": {"x": 1, "ping_interval": "1s"}}), {})
    assert [fault.path for fault in loaded.faults] == ["client.x"]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="No such file"):
        load(tmp_path / "config.json", {})
    with pytest.raises(Misuse, match="directory"):
        load(tmp_path, {})


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b" " * (MAX_BYTES * 2))
    with pytest.raises(Misuse, match=f"{MAX_BYTES + 1} bytes"):
        load(file, {})


def test_the_first_that_is_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find() is None
    write(tmp_path / "config.json", {})
    assert find() == Path("config.json")
    write(tmp_path / "hubbub.toml", {})
    assert find() == Path("hubbub.toml")
    assert CANDIDATES[0] == "hubbub.json"
