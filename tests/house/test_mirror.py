"""Every source file has its test file; and the rule can fail."""

from __future__ import annotations

from pathlib import Path

from tests.house.conftest import Plant
from tests.house.mirror import mirror_faults


def test_every_source_file_has_its_test_file(package: Path, repository: Path) -> None:
    assert mirror_faults(package, repository / "tests") == []


def test_a_source_file_without_a_test_is_a_fault(plant: Plant) -> None:
    root = plant({"src/ring.py": "", "src/sockets/outbox.py": "", "tests/test_ring.py": "", "tests/test_outbox.py": ""})
    missing = root / "tests" / "sockets" / "test_outbox.py"
    assert mirror_faults(root / "src", root / "tests") == [
        f"{root / 'src' / 'sockets' / 'outbox.py'}: its test file {missing} is missing"
    ]


def test_the_mirror_drops_an_underscore_and_excuses_the_faces(plant: Plant) -> None:
    root = plant({"src/__init__.py": "", "src/__main__.py": "", "src/_ring.py": "", "tests/test_ring.py": ""})
    assert mirror_faults(root / "src", root / "tests") == []
