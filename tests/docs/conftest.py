"""A page's files, laid out and served as its reader would: docs/how-to/refuse.md for tests/docs/how_to/test_refuse.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import read_files
from tests.docs.mirror import page_of
from tests.serving import HUBBUB, ROOT, UVICORN, Server, pytest_runtest_makereport, serve

__all__ = ["pytest_runtest_makereport"]


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of the page that the test file is named after."""
    page = page_of(request.path, repository)
    folder = tmp_path_factory.mktemp(page.stem)
    for name, text in read_files(page).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def native(folder: Path) -> Iterator[Server]:
    """The page's app under `hubbub run`."""
    with serve("app:app", command=HUBBUB, cwd=folder) as running:
        yield running


@pytest.fixture(scope="module")
def asgi(folder: Path) -> Iterator[Server]:
    """The page's app under uvicorn alone."""
    with serve("app:app", command=UVICORN, cwd=folder) as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`server` is both, one after the other, for a page that speaks of uvicorn; for others the native one will do."""
    if "server" in metafunc.fixturenames:
        speaks = "uvicorn" in page_of(Path(metafunc.module.__file__), ROOT).read_text(encoding="utf-8")
        servers = ["native", "asgi"] if speaks else ["native"]
        metafunc.parametrize("server", servers, indirect=True, scope="module")


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Server:
    """The page's app under one of them, or under both in turn."""
    running = request.getfixturevalue(request.param)
    assert isinstance(running, Server)
    return running
