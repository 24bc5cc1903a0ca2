"""Who asks at the wrong port, and who comes too fast."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from starlette.responses import PlainTextResponse

from hubbub import testing
from hubbub.limits import Rate
from hubbub.sockets.admission import ConnectLimit
from hubbub.standalone.doors import Doors

INTERNAL, EXTERNAL = 9000, 8000


def doors(port: int = INTERNAL) -> Doors:
    return Doors(
        PlainTextResponse("in"), internal=frozenset({"/api"}), internal_port=port, connecting=frozenset({"/connection/sse"})
    )  # fmt: skip


async def ask(app: Any, port: int, path: str, method: str = "GET") -> int:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=f"http://server:{port}") as client:
        return (await client.request(method, path)).status_code


@pytest.mark.parametrize(
    ("port", "path", "status"),
    [
        (INTERNAL, "/api", 200),
        (INTERNAL, "/api/publish", 200),
        (INTERNAL, "/connection/sse", 404),
        (EXTERNAL, "/api", 404),
        (EXTERNAL, "/api/publish", 404),
        (EXTERNAL, "/apis", 200),
        (EXTERNAL, "/connection/sse", 200),
    ],
)
async def test_each_port_has_its_own(port: int, path: str, status: int) -> None:
    assert await ask(doors(), port, path) == status


async def test_one_port_has_all() -> None:
    assert [await ask(doors(0), EXTERNAL, path) for path in ("/api", "/connection/sse")] == [200, 200]


async def test_who_comes_too_fast_is_told_when_to_come_back() -> None:
    app = doors(0)
    app.limit = ConnectLimit(Rate(1))
    assert [await ask(app, EXTERNAL, "/connection/sse") for _ in range(2)] == [200, 429]
    assert await ask(app, EXTERNAL, "/api") == 200
    with pytest.raises(testing.Denied) as caught:
        async with testing.connect(app, "/connection/sse"):
            pass
    assert caught.value.status == 429


async def test_a_browser_that_asks_first_whether_it_may_come_has_not_come() -> None:
    app = doors(0)
    app.limit = ConnectLimit(Rate(1))
    said = [await ask(app, EXTERNAL, "/connection/sse", method) for method in ("OPTIONS", "POST", "POST", "OPTIONS")]
    assert said == [200, 200, 429, 200]
