"""A page in a real browser, without a window: opened, asked for values. Knows the DevTools protocol, and no pages."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from websockets.sync.client import ClientConnection, connect

from tests.chromium import find_chromium
from tests.serving import wait_until

OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")


class Page:
    """A page that is open.

    Args:
        connection: to its DevTools.
    """

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._number = 0

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript."""
        return self.command("Runtime.evaluate", expression=expression)["result"].get("value")

    def wait_for(self, expression: str) -> None:
        """Wait until an expression is true."""
        wait_until(lambda: bool(self.evaluate(expression)), what=expression)

    def command(self, method: str, **params: Any) -> Any:
        """Do something; gives the result."""
        self._number += 1
        self._connection.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while (answer := json.loads(self._connection.recv(10))).get("id") != self._number:
            pass
        return answer["result"]


@contextmanager
def browse(url: str, profile: Path) -> Iterator[Page]:
    """Open a page, in a browser of its own."""
    process = subprocess.Popen(
        [find_chromium(), *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        root = next(found[1] for line in process.stderr if (found := re.search(r"(ws://\S+)/devtools/", line)))
        with connect(f"{root}/devtools/page/{_first_page(root)}", max_size=None) as connection:
            page = Page(connection)
            page.command("Page.navigate", url=url)
            page.wait_for(
                f"location.href.startsWith({json.dumps(url.split('?')[0])}) && document.readyState == 'complete'"
            )
            yield page
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the group was made for it: its children hold its stderr open
        process.communicate()


def _first_page(root: str) -> str:
    targets = httpx2.get(f"{root.replace('ws', 'http')}/json").raise_for_status().json()
    return str(next(target["id"] for target in targets if target["type"] == "page"))
