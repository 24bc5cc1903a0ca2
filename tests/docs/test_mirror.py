"""Every page that shows a file has a test that runs it."""

from __future__ import annotations

from pathlib import Path

from tests.docs.blocks import read_files
from tests.docs.mirror import its_test, page_of, pages_without_a_test

PAGE = """# Page

```python title="app.py"
a = 1
```

Text.

```python title="app.py"
b = 2
```

- In a list:

    ```html title="index.html" hl_lines="2"
    <p>
    ```

```python
c = 3
```
"""


def test_every_page_with_a_file_has_its_test(repository: Path) -> None:
    assert pages_without_a_test(repository) == []


def test_a_page_and_its_test_name_each_other(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "how-to" / "slow-readers.md"
    test = tmp_path / "tests" / "docs" / "how_to" / "test_slow_readers.py"
    assert its_test(page, tmp_path) == test
    assert page_of(test, tmp_path) == page


def test_a_page_without_its_test_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "docs" / "page.md"
    page.parent.mkdir()
    page.write_text(PAGE)
    [fault] = pages_without_a_test(tmp_path)
    assert "test_page.py is missing" in fault


def test_blocks_of_one_title_are_one_file(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert read_files(page) == {"app.py": "a = 1\nb = 2\n", "index.html": "<p>\n"}
