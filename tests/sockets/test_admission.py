"""Who is let in: connects by key and time, places that come back, refusals that say when to come back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection
from starlette.testclient import TestClient

from hubbub import (
    Caps,
    ConnectLimit,
    Misuse,
    Peer,
    Place,
    Quota,
    Rate,
    Refused,
    Upgrade,
    Watcher,
    testing,
    unwatch,
    watch,
)
from hubbub.sockets import workers
from hubbub.testing.clock import ManualClock


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    with testing.manual_clock() as clock:
        yield clock


class Ears(Watcher):
    """Hears of limits."""

    def __init__(self) -> None:
        self.told: list[tuple[Peer, str]] = []

    def limited(self, peer: Peer, what: str) -> None:
        self.told.append((peer, what))


@pytest.fixture
def ears() -> Iterator[Ears]:
    ears = Ears()
    watch(ears)
    yield ears
    unwatch(ears)


def connection(host: str | None = "192.0.2.1") -> HTTPConnection:
    return HTTPConnection(
        {"type": "websocket", "path": "/ws", "headers": [], "client": None if host is None else (host, 7)}
    )


def is_let_in(call: Callable[[], Any]) -> bool:
    try:
        call()
    except Refused:
        return False
    return True


# Connects


async def test_connects_are_counted_by_key_and_time(clock: ManualClock) -> None:
    limit = ConnectLimit(Rate(2, per=10))
    assert [is_let_in(lambda: limit.check("ann")) for _ in range(4)] == [True, True, False, False]
    assert is_let_in(lambda: limit.check("bob"))
    await clock.advance(5)
    assert [is_let_in(lambda: limit.check("ann")) for _ in range(2)] == [True, False]


async def test_a_refusal_says_when_to_come_back(clock: ManualClock) -> None:
    limit = ConnectLimit(Rate(1, per=60), close_code=4429)
    limit.check("ann")
    await clock.advance(17.2)
    with pytest.raises(Refused) as caught:
        limit.check("ann")
    refused = caught.value
    assert (refused.status, refused.headers, refused.close_code) == (429, {"retry-after": "43"}, 4429)
    assert refused.detail == "more connects than 1 in 60 s: retry after 43 s"


async def test_who_comes_back_as_told_is_let_in(clock: ManualClock) -> None:
    limit = ConnectLimit(Rate(3, per=7))
    for _ in range(20):
        while is_let_in(lambda: limit.check("ann")):
            pass
        with pytest.raises(Refused) as caught:
            limit.check("ann")
        await clock.advance(int(caught.value.headers["retry-after"]))  # type: ignore[index]
        limit.check("ann")


async def test_as_a_dependency_it_counts_by_address(clock: ManualClock) -> None:
    limit = ConnectLimit(Rate(1, per=60))
    for host, refuses in (("2001:db8::1", False), ("2001:db8::2", True), ("192.0.2.1", False), (None, False)):
        try:
            await limit(connection(host))
        except Refused:
            assert refuses
        else:
            assert not refuses


async def test_who_is_counted_by_a_key_alone_is_somebody_to_the_watchers(ears: Ears) -> None:
    limit = ConnectLimit(Rate(1, per=60))
    assert [is_let_in(lambda: limit.check("a secret key")) for _ in range(2)] == [True, False]
    assert [(str(peer), what) for peer, what in ears.told] == [("somebody", "more connects than 1 in 60 s: refused")]


async def test_a_flood_of_addresses_is_told_once_and_remembered_in_bounds(clock: ManualClock, ears: Ears) -> None:
    limit = ConnectLimit(Rate(1, per=3600), max_keys=100)
    for number in range(3000):
        for _ in range(2):
            try:
                await limit(connection(f"10.0.{number >> 8}.{number & 255}"))
            except Refused:
                pass
    assert limit.key_count == 100
    [(peer, what)] = ears.told
    assert (peer.path, what) == ("/ws", "more connects than 1 in 3600 s: refused")


def test_requests_are_counted_too() -> None:
    app = FastAPI()

    @app.get("/page", dependencies=[Depends(ConnectLimit(Rate(1, per=3600)))])
    async def page() -> str:
        return "a page"

    with TestClient(app) as client:
        assert client.get("/page").status_code == 200
        response = client.get("/page")
        assert (response.status_code, response.headers["retry-after"]) == (429, "3600")


# Caps


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["u", "v", None]), st.booleans()), max_size=60))
def test_no_more_than_the_caps_are_ever_open_and_every_place_comes_back(
    steps: list[tuple[str, str | None, bool]],
) -> None:
    caps = Caps(total=5, per_address=3, per_user=2)
    held: list[tuple[str, str | None, Callable[[], None]]] = []
    statuses: set[tuple[int, bool]] = set()
    for address, user, goes in steps:
        if goes and held:
            held.pop(0)[2]()
            continue
        try:
            held.append((address, user, caps.take(connection(address), user)))
        except Refused as refused:
            statuses.add((refused.status, len(held) == 5))
            assert (
                len(held) == 5 or sum(a == address for a, _, _ in held) == 3 or sum(u == user for _, u, _ in held) == 2
            )
        assert caps.open_count == len(held)
        assert all(sum(a == one for a, _, _ in held) <= 3 for one in "abc")
        assert all(sum(u == one for _, u, _ in held) <= 2 for one in "uv")
    assert statuses <= {(503, True), (429, False)}
    for _, _, give_back in held * 2:
        give_back()
    assert caps.open_count == 0
    assert not caps._by_address
    assert not caps._by_user


def test_a_users_place_is_taken_as_theirs() -> None:
    caps = Caps(per_user=1)
    assert caps.of("ann") == Place(caps, "ann")
    give_back = caps.of("ann").take(connection("a"))
    with pytest.raises(Refused, match="more than 1 sockets of one user"):
        Place(caps, "ann").take(connection("b"))
    caps.of("bob").take(connection("a"))
    give_back()
    caps.of("ann").take(connection("b"))
    assert caps.open_count == 2


def test_how_many_in_all_may_change() -> None:
    caps = Caps(total=2)
    give_back = caps.take(connection())
    caps.total = 1
    assert not is_let_in(lambda: caps.take(connection()))
    caps.total = None
    assert is_let_in(lambda: caps.take(connection()))
    give_back()
    assert caps.open_count == 1


def test_what_is_not_capped_is_not() -> None:
    caps = Caps()
    for _ in range(1000):
        caps.take(connection(), "ann")
    assert caps.open_count == 1000


@pytest.mark.parametrize("wrong", [{"total": 0}, {"per_address": -1}, {"per_user": 0}])
def test_a_cap_that_makes_no_sense_is_a_misuse(wrong: dict[str, int]) -> None:
    with pytest.raises(Misuse, match="at least 1"):
        Caps(**wrong)


@pytest.mark.parametrize("make", [partial(ConnectLimit, Rate(1)), partial(Caps, 1)])
def test_a_close_code_that_is_none_of_the_app_is_found_at_once(make: Callable[..., object]) -> None:
    with pytest.raises(Misuse, match="close_code must be from 4000 to 4999"):
        make(close_code=1013)


def test_a_number_is_no_rate() -> None:
    with pytest.raises(Misuse, match=r"rate takes a Rate, .* not 5"):
        ConnectLimit(5)  # type: ignore[arg-type]  # that is what it is about


@pytest.mark.parametrize("native", [True, False])
async def test_in_all_is_a_503_with_the_time_to_come_back(native: bool) -> None:
    caps = Caps(total=2, retry_after=9.1)

    async def endpoint(upgrade: Upgrade) -> None:
        async with upgrade.accept(caps=caps) as socket:
            await socket.receive()

    app = Upgrade.app(endpoint)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            client = await stack.enter_async_context(testing.connect(app, native=native))
        with pytest.raises(testing.Denied) as caught:
            async with testing.connect(app, native=native):
                pass
        denied = caught.value
        assert denied.status == 503
        assert denied.headers["retry-after"] == "10"
        await client.close()
        async with testing.connect(app, native=native):
            pass
    assert caps.open_count == 0


async def test_a_place_comes_back_where_the_acceptance_fails() -> None:
    caps = Caps(total=1)

    async def endpoint(upgrade: Upgrade) -> None:
        async def fail(*args: object) -> None:
            raise OSError("the client has gone")

        upgrade.websocket.accept = fail  # type: ignore[assignment]
        with pytest.raises(OSError, match="gone"):
            await upgrade.accept(caps=caps).__aenter__()
        raise Refused(400)

    with pytest.raises(testing.Denied):
        async with testing.connect(Upgrade.app(endpoint)):
            pass
    assert caps.open_count == 0


# Several workers


async def test_what_holds_in_one_process_only_says_so_once(monkeypatch: pytest.MonkeyPatch, advice: list[str]) -> None:
    monkeypatch.setenv(workers.WORKERS, "4")
    quota, caps, limit = Quota(Rate(1)), Caps(total=100), ConnectLimit(Rate(100))

    async def endpoint(upgrade: Annotated[Upgrade, Depends()]) -> None:
        limit.check("ann")
        async with upgrade.accept(caps=caps, quota=quota.of("ann")):
            pass

    for _ in range(2):
        async with testing.connect(Upgrade.app(endpoint)) as client:
            await client.wait_closed()
    assert [text for text in advice if "4 workers" in text] == [
        f"{what} reaches this process only, and 4 workers serve the app"
        for what in ("a ConnectLimit", "a Quota", "Caps")
    ]
