"""The Python that the README and the docs show compiles; what is marked `<!-- run -->` on the line before, runs."""

from __future__ import annotations

import ast
import asyncio
import builtins
import inspect
import types
from pathlib import Path

import pytest

from tests.docs.blocks import Block, read_blocks

ROOT = Path(__file__).parent.parent.parent
BLOCKS = [
    block
    for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
    if path.is_file()
    for block in read_blocks(path)
]


def run(block: Block) -> None:
    """Compile a block as if at the line where it stands, `await` allowed at its top; execute it where it is marked."""
    filename = str(block.path)
    source = "\n" * (block.line - 1) + block.code
    code = compile(source, filename, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    if not block.runs:
        return
    waiting = types.FunctionType(code, {"__name__": "block", "__builtins__": builtins})()
    if inspect.iscoroutine(waiting):
        asyncio.run(waiting)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"{block.path.relative_to(ROOT)}:{block.line}")
def test_a_block_is_right(block: Block) -> None:
    run(block)


def blocks_of(tmp_path: Path, text: str) -> list[Block]:
    path = tmp_path / "page.md"
    path.write_text(text, encoding="utf-8")
    return list(read_blocks(path))


PAGE = """# Page

```python
a = 1
```

```console
ls
```

<!-- run -->
```python
b = 2
```

- item

    ```python
    c = 3
    ```
"""


def test_blocks_are_found_with_their_lines_and_marks(tmp_path: Path) -> None:
    found = [(block.line, block.code, block.runs) for block in blocks_of(tmp_path, PAGE)]
    assert found == [(4, "a = 1\n", False), (13, "b = 2\n", True), (19, "c = 3\n", False)]


def test_a_block_that_does_not_compile_fails_at_its_line(tmp_path: Path) -> None:
    [block] = blocks_of(tmp_path, "text\n\n```python\na = = 1\n```\n")
    with pytest.raises(SyntaxError) as caught:
        run(block)
    assert caught.value.lineno == 4


@pytest.mark.parametrize("line", ["raise LookupError", "import asyncio\nawait asyncio.sleep(0)\nraise LookupError"])
def test_a_marked_block_runs(tmp_path: Path, line: str) -> None:
    [block] = blocks_of(tmp_path, f"<!-- run -->\n```python\n{line}\n```\n")
    with pytest.raises(LookupError):
        run(block)


def test_an_unmarked_block_does_not_run(tmp_path: Path) -> None:
    [block] = blocks_of(tmp_path, "```python\nraise LookupError\n```\n")
    run(block)
