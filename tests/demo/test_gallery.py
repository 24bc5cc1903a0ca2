"""The examples are found, in a checkout and in an installed package, and loaded from wherever they lie."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hubbub import Misuse
from hubbub.demo import gallery

KINDS = ("py", "html", "js", "css", "svg")


@pytest.mark.parametrize("example", gallery.EXAMPLES, ids=lambda example: example.name)
def test_an_example_is_loaded_once(example: gallery.Example) -> None:
    module = gallery.load(example.module)
    assert callable(module.app)
    assert gallery.load(example.module) is module


def test_every_name_and_title_is_one() -> None:
    for kind in ("name", "title"):
        values = [getattr(example, kind) for example in gallery.EXAMPLES]
        assert len(set(values)) == len(values)


def test_every_page_has_the_sheet_and_takes_no_focus(repository: Path) -> None:
    pages = [repository / "examples" / "pages" / example.name / "index.html" for example in gallery.EXAMPLES]
    for html in (page.read_text() for page in pages if page.is_file()):
        assert 'href="shared/page.css"' in html
        assert "autofocus" not in html  # it would scroll the gallery


LONGER = {"messenger": 240}
"""Lines of an example that is a whole app."""


def test_an_example_is_short(repository: Path) -> None:
    lengths = {source.stem: len(source.read_text().splitlines()) for source in (repository / "examples").glob("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGER.get(name, 120)} == {}


def test_the_files_shown_are_the_modules_and_what_makes_the_page() -> None:
    [example] = [example for example in gallery.EXAMPLES if example.name == "websockets"]
    assert gallery.files(example) == [
        "websockets_server.py",
        "websockets_client.py",
        "pages/websockets/websockets.js",
        "pages/websockets/index.html",
    ]


def test_a_checkout_shows_its_own_examples(repository: Path) -> None:
    assert gallery.directory() == repository / "examples"
    assert gallery.source("echo.py") == (repository / "examples" / "echo.py").read_text(encoding="utf-8")


def test_an_installed_package_shows_those_that_came_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gallery, "CHECKOUT", tmp_path / "examples")
    (tmp_path / "examples").mkdir()  # somebody else's
    assert gallery.directory() == gallery.INSTALLED


def test_what_an_example_needs_and_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "needy.py").write_text("import a_package_that_nobody_has")
    monkeypatch.setattr(gallery, "directory", lambda: tmp_path)
    with pytest.raises(Misuse, match=r"needs a_package_that_nobody_has.*pip install 'hubbub\[demo\]'"):
        gallery.load("needy")


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as it is given to users."""
    folder = tmp_path_factory.mktemp("wheel")
    build = "from hatchling.build import build_wheel; import sys; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, folder], cwd=repository, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def test_a_wheel_has_all_that_the_gallery_shows(wheel: Path, repository: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in (repository / "examples", repository / "src" / "hubbub" / "demo" / "static"):
        shown = {path.relative_to(folder.parent) for kind in KINDS for path in folder.rglob(f"*.{kind}")}
        assert shown
        assert {f"hubbub/demo/{path}" for path in shown} - names == set()


def test_a_wheel_has_nothing_that_was_made_here(wheel: Path) -> None:
    assert [name for name in zipfile.ZipFile(wheel).namelist() if "cache" in name] == []


def test_the_gallery_is_served_from_a_wheel(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    show = "from hubbub.demo import app, gallery; print(gallery.directory()); assert 'src=\"chat/\"' in app.page()"
    command = [sys.executable, "-c", show]
    env = {"PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "site" / "hubbub" / "demo" / "examples")
