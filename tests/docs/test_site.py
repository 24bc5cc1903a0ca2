"""The site builds without a warning, holds every page, and fetches nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


def lay_out(repository: Path, folder: Path) -> None:
    """Copy what a build reads, so that it writes elsewhere than into the repository."""
    shutil.copy(repository / "zensical.toml", folder)
    shutil.copytree(repository / "docs", folder / "docs")
    (folder / "src").symlink_to(repository / "src")


def build(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=110)


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    lay_out(repository, folder)
    built = build(folder)
    assert built.returncode == 0, built.stdout + built.stderr
    assert built.stderr == "No issues found\n"  # the docstrings' reader warns there, too, and does not fail
    return folder / "site"


def test_every_page_is_in_the_navigation(repository: Path) -> None:
    nav = tomllib.loads((repository / "zensical.toml").read_text())["project"]["nav"]
    pages = {str(path.relative_to(repository / "docs")) for path in repository.glob("docs/**/*.md")}
    assert set(leaves(nav)) == pages


def leaves(entry: object) -> list[str]:
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else []
    return [leaf for item in inner for leaf in leaves(item)]


def test_the_reference_comes_from_the_docstrings(site: Path) -> None:
    import hubbub

    assert hubbub.__doc__ is not None
    opening = hubbub.__doc__.splitlines()[0].split(":")[0]
    assert opening in (site / "reference" / "index.html").read_text()


def test_a_dead_link_ends_the_build(repository: Path, tmp_path: Path) -> None:
    words = (repository / "zensical.toml").read_text()
    nav = words[words.index("\nnav = [") : words.index("\n]\n") + 3]
    (tmp_path / "zensical.toml").write_text(words.replace(nav, ""))  # of one page, which takes a second
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Hubbub\n\n[gone](gone.md)\n")
    built = build(tmp_path)
    assert built.returncode != 0
    assert "page does not exist" in built.stdout + built.stderr


class Fetches(HTMLParser):
    """Collects what a page makes the browser fetch from another host."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get(FETCHED.get(tag, "")) or ""
        if address.startswith(("http:", "https:", "//")):
            self.found.append(address)


def fetches(html: str) -> list[str]:
    parser = Fetches()
    for tag in re.findall(rf"<(?:{'|'.join(FETCHED)})\b[^>]*>", html):  # the rest fetches nothing, and is long
        parser.reset()
        parser.feed(tag)
    return parser.found


def test_no_page_fetches_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert pages
    assert [address for page in pages for address in fetches(page.read_text())] == []


def test_no_style_fetches_from_elsewhere(site: Path) -> None:
    assert [
        path for path in site.rglob("*.css") if "url(http" in path.read_text() or "@import" in path.read_text()
    ] == []


def test_what_would_be_fetched_is_seen() -> None:
    html = '<a href="https://a.example">a</a><script src="https://b.example/x.js"></script><link href=//c.example>'
    assert fetches(html) == ["https://b.example/x.js", "//c.example"]
