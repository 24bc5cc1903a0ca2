"""The history's file: private, bounded, and never in the way."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.cli.terminal.history import KEPT, LONGEST, append, history_path, load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "hubbub" / "history"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_lies_in_the_state_folder(tmp_path: Path) -> None:
    assert history_path({"XDG_STATE_HOME": "/state"}, tmp_path) == Path("/state/hubbub/history")
    assert history_path({"XDG_STATE_HOME": "relative"}, tmp_path) == tmp_path / ".local/state/hubbub/history"
    assert history_path({}, tmp_path) == tmp_path / ".local/state/hubbub/history"


def test_what_is_kept_is_loaded_and_its_owners_alone(path: Path) -> None:
    before = os.umask(0)
    try:
        assert append(path, "first")
        assert append(path, "two\nlines é")
    finally:
        os.umask(before)
    assert load(path) == ["first", "two\nlines é"]
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_file_that_others_could_read_becomes_private(path: Path) -> None:
    append(path, "a")
    path.chmod(0o644)
    load(path)
    assert mode(path) == 0o600


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1).filter(lambda line: not line.startswith(" ")))
def test_any_line_comes_back(path: Path, line: str) -> None:
    append(path, line)
    assert load(path)[-1] == line.encode("utf-8", "replace").decode()


def test_what_begins_with_a_space_or_is_too_long_is_not_kept(path: Path) -> None:
    assert append(path, " secret")
    assert append(path, "x" * (LONGEST + 1))
    assert load(path) == []


def test_it_does_not_grow_without_end(path: Path) -> None:
    for number in range(2 * KEPT + 1):
        append(path, str(number))
    lines = load(path)
    assert lines == [str(number) for number in range(KEPT + 1, 2 * KEPT + 1)]
    assert len(path.read_text().splitlines()) == KEPT
    assert mode(path) == 0o600
    assert [other.name for other in path.parent.iterdir()] == ["history"]


def test_what_is_no_history_is_passed_over(path: Path) -> None:
    append(path, "a")
    with path.open("ab") as file:
        file.write(b"nonsense\n\xff\n12\n")
    append(path, "b")
    assert load(path) == ["a", "b"]


def test_a_link_is_not_followed_and_a_pipe_not_waited_for(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    other = tmp_path / "other"
    other.write_text("")
    path.symlink_to(other)
    assert not append(path, "a")
    assert load(path) == []
    assert other.read_text() == ""
    path.unlink()
    os.mkfifo(path)
    assert not append(path, "a")
    assert load(path) == []


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not append(tmp_path / "file" / "history", "a")
    assert load(tmp_path / "file" / "history") == []
