"""Ids of sessions: UUIDs, each of them once, in a process that was forked too."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from hubbub.session.ids import new_id


def test_an_id_is_what_uuid4_makes() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == len(ids)
    for each in ids:
        found = uuid.UUID(each)
        assert (str(found), found.version, found.variant) == (each, 4, uuid.RFC_4122)


_FORK = """
import os
from hubbub.session.ids import new_id
new_id()
child = os.fork()
if child:
    os.waitpid(child, 0)
print(*[new_id() for _ in range(100)])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_process_that_was_forked_makes_ids_of_its_own() -> None:
    ids = subprocess.run([sys.executable, "-c", _FORK], capture_output=True, text=True, check=True).stdout.split()
    assert len(set(ids)) == len(ids) == 200
