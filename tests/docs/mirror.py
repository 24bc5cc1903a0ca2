"""Which page a test file is about, and which pages need one. Pure but for the names of files."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import read_files


def page_of(test: Path, repository: Path) -> Path:
    """tests/docs/how_to/test_slow_readers.py -> docs/how-to/slow-readers.md."""
    name = test.stem.removeprefix("test_").replace("_", "-") + ".md"
    folders = [part.replace("_", "-") for part in test.parent.relative_to(repository / "tests" / "docs").parts]
    return repository.joinpath("docs", *folders, name)


def its_test(page: Path, repository: Path) -> Path:
    """The other way round."""
    name = f"test_{page.stem.replace('-', '_')}.py"
    folders = [part.replace("-", "_") for part in page.parent.relative_to(repository / "docs").parts]
    return repository.joinpath("tests", "docs", *folders, name)


def pages_without_a_test(repository: Path) -> list[str]:
    """Pages that show files, and no test runs them."""
    pages = [page for page in sorted(repository.glob("docs/**/*.md")) if read_files(page)]
    wanted = {page: its_test(page, repository) for page in pages}
    return [f"{page}: its test {test} is missing" for page, test in wanted.items() if not test.is_file()]
