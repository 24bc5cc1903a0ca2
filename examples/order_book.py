"""A live order book: the newest state for whoever comes, patches from then on.

Run it, and open http://127.0.0.1:8000:

    hubbub run examples.order_book:app

The whole book is published ten times a second, as a plain value. Who asks for
patches (`delta`) is sent what has changed; who comes late, or back, gets the
newest book at once and nothing older (`force_recovery_mode="cache"`).
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from hubbub import Hub, Namespace

PAGES = Path(__file__).parent / "pages"
LEVELS = 12
PAUSE = 0.1

Level = tuple[int, int]


class Book:
    """Who would buy and sell how many at which price, in cents."""

    def __init__(self) -> None:
        self.price = 10_000
        self.trades = 0
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}

    def trade(self) -> None:
        """Something changes at one price, now and then the price itself."""
        self.trades += 1
        self.price += random.choice((0, 0, 0, 0, -1, 1))
        distance = 1 + random.randrange(LEVELS)
        side, price = random.choice(
            (
                (self.bids, self.price - distance),
                (self.asks, self.price + distance),
            )
        )
        side[price] = random.randrange(1, 500)
        for level in range(1, LEVELS + 1):
            self.bids.setdefault(self.price - level, 100)
            self.asks.setdefault(self.price + level, 100)

    def __call__(self) -> dict[str, Any]:
        """The best of both sides."""
        prices = range(1, LEVELS + 1)
        return {
            "bids": [
                (p, self.bids[p]) for n in prices for p in [self.price - n]
            ],
            "asks": [
                (p, self.asks[p]) for n in prices for p in [self.price + n]
            ],
            "trades": self.trades,
        }


@asynccontextmanager
async def market(app: FastAPI) -> AsyncIterator[None]:
    """Trade for as long as the app runs."""
    trading = asyncio.create_task(trade())
    yield
    trading.cancel()
    with suppress(asyncio.CancelledError):
        await trading


async def trade() -> None:
    """Publish the whole book; what is sent of it is the hub's affair."""
    book = Book()
    while True:
        book.trade()
        await hub.publish("book:HUB", book())
        await asyncio.sleep(PAUSE)


hub = Hub(
    [
        Namespace(
            "book",
            history_size=2,
            history_ttl=60,
            force_recovery=True,
            force_recovery_mode="cache",
            auto_cache_recover=True,
            allowed_delta_types=["fossil"],
            delta_publish=True,
            allow_subscribe_for_client=True,
            allow_subscribe_for_anonymous=True,
        )
    ],
    anonymous=True,
    lifespan=market,
)
app = FastAPI(lifespan=hub.lifespan)
hub.install(app)

app.mount("/shared", StaticFiles(directory=PAGES / "shared"))
app.mount("/", StaticFiles(directory=PAGES / "order_book", html=True))
