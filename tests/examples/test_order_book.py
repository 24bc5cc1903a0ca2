"""The order book, by the published Python SDK: the newest at once, patches from then on."""

from __future__ import annotations

from hubbub import testing
from tests.sdk.python import PythonSdk
from tests.serving import Server

PATH = "/connection/websocket"


async def test_who_comes_has_the_newest_book_at_once_and_patches_from_then_on(
    order_book: Server, people: PythonSdk
) -> None:
    client = await people.connect(order_book.url(PATH))
    ears = await client.subscribe("book:HUB", delta="fossil")
    assert (await ears.until("subscribed"))["recovered"]
    books = await ears.data(5)
    first = books[0]["trades"]
    assert [book["trades"] for book in books] == list(range(first, first + 5))
    assert await client.patches("book:HUB") >= 3  # what is recovered is whole, and the first that comes then may be
    for book in books:
        bids, asks = ([price for price, _ in book[side]] for side in ("bids", "asks"))
        assert bids == sorted(bids, reverse=True)
        assert asks == sorted(asks)
        assert bids[0] < asks[0]


async def test_who_comes_back_gets_the_newest_and_nothing_older(order_book: Server, people: PythonSdk) -> None:
    async with testing.proxy(order_book.port) as line:
        client = await people.connect(line.url(PATH))
        watching = await people.connect(order_book.url(PATH))
        ears, others = await client.subscribe("book:HUB"), await watching.subscribe("book:HUB")
        await ears.data(2)
        line.refuse()
        line.cut()
        await ears.until("subscribing")
        ears.rest()
        others.rest()
        missed = [book["trades"] for book in await others.data(5)]
        line.heal()
        back = [book["trades"] for book in await ears.data(3)]
        assert back[0] >= missed[-1]
        assert back == list(range(back[0], back[0] + 3))
