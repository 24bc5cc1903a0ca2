"""Chromium offers permessage-deflate always: what it then sends and gets, small and large, with context and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.serving import Server, serve

CONVERSE = """
async ([path, count]) => {
  const socket = new WebSocket(`ws://${location.host}${path}`);
  const arrived = () => new Promise((resolve, reject) => {
    socket.onmessage = event => resolve(event.data);
    socket.onclose = event => reject(new Error(`closed with ${event.code} ${event.reason}`));
  });
  const agreed = await arrived();
  for (let number = 0; number < count; number++) {
    const said = `message ${number} grüße `.repeat(1 + number * number);
    socket.send(said);
    if (await arrived() !== said) throw new Error(`message ${number} came back otherwise`);
  }
  const bytes = new Uint8Array(500000).map((_, at) => at * 7919 % 251);
  socket.binaryType = "arraybuffer";
  socket.send(bytes);
  const back = new Uint8Array(await arrived());
  if (back.length !== bytes.length || back.some((byte, at) => byte !== bytes[at])) throw new Error("bytes came back otherwise");
  const extensions = socket.extensions;
  socket.onclose = null;
  socket.close();
  return [agreed, extensions];
}
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve("tests.server.apps.deflate:app", "--log-level", "warning") as running:
        yield running


@pytest.mark.parametrize(("path", "bits"), [("/afresh", 12), ("/context", 15)])
def test_a_page_converses(browser: Browser, server: Server, path: str, bits: int) -> None:
    page = browser.new_page()
    page.goto(server.url("/", "http"))
    agreed, extensions = told(page.evaluate(CONVERSE, [path, 40]))
    page.close()
    assert agreed == extensions == f"permessage-deflate; client_max_window_bits={bits}"


def told(result: Any) -> tuple[str, str]:
    agreed, extensions = result
    return agreed, extensions
