"""How to treat a client that does not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from tests.server.clients import RawClient
from tests.serving import Server, wait_until

ALL = 2000
CLOSE = 8


@contextmanager
def sleeper(server: Server, policy: str) -> Iterator[RawClient]:
    """A client that reads nothing for now."""
    with RawClient(server) as client:
        client.upgrade(f"/prices?policy={policy}")
        client.read_response(has_body=False)
        yield client


def counts(server: Server, what: str, policy: str) -> int:
    found: Any = httpx2.get(server.url("/counts", "http")).raise_for_status().json()
    return int(found[what].get(policy, 0))


def wait_until_sent(server: Server, policy: str) -> None:
    wait_until(lambda: counts(server, "sent", policy) == ALL)


def read_numbers(client: RawClient, until: int) -> list[int]:
    """The numbers of the prices, the one awaited included."""
    numbers: list[int] = []
    while not numbers or numbers[-1] != until:
        numbers.append(int(client.read_frame()[1][3:9]))
    return numbers


def gap(numbers: list[int]) -> tuple[list[int], list[int]]:
    """What came before the first number that is missing, and what came behind it."""
    at = next(index for index, number in enumerate(numbers) if index != number)
    return numbers[:at], numbers[at:]


def test_wait(server: Server) -> None:
    with sleeper(server, "wait") as client:
        assert read_numbers(client, 0) == [0]
        stands = stands_still(server)
        assert 100 < stands < ALL
        assert read_numbers(client, ALL - 1) == list(range(1, ALL))


def stands_still(server: Server) -> int:
    """The number at which the endpoint stands."""
    seen: list[int] = []

    def has_stood() -> bool:
        seen.append(counts(server, "sent", "wait"))
        return len(seen) > 50 and len(set(seen[-50:])) == 1

    wait_until(has_stood)
    return seen[-1]


def test_drop_oldest(server: Server) -> None:
    with sleeper(server, "drop_oldest") as client:
        wait_until_sent(server, "drop_oldest")
        first, last = gap(read_numbers(client, ALL - 1))
    assert len(first) > 100
    assert last == list(range(ALL - 100, ALL))
    assert counts(server, "dropped", "drop_oldest") == ALL - len(first) - len(last)


def test_drop_newest(server: Server) -> None:
    with sleeper(server, "drop_newest") as client:
        wait_until_sent(server, "drop_newest")
        left = ALL - counts(server, "dropped", "drop_newest")
        assert 100 < left < ALL
        assert read_numbers(client, left - 1) == list(range(left))


def test_keep_newest(server: Server) -> None:
    with sleeper(server, "keep_newest") as client:
        wait_until_sent(server, "keep_newest")
        first, last = gap(read_numbers(client, ALL - 1))
        if len(last) == 1:
            last += read_numbers(client, ALL - 2)
    assert len(first) > 100
    assert sorted(last) == [ALL - 2, ALL - 1]
    assert "keep newest" not in server.log()


def test_close(native: Server) -> None:
    with sleeper(native, "close") as client:
        native.wait_for_log("does not read what it is sent: close")
        while (frame := client.read_frame())[0] != CLOSE:
            pass
    assert (int.from_bytes(frame[1][:2], "big"), frame[1][2:]) == (3008, b"slow")
    native.wait_for_log("closed with 3008 (slow)")


def test_the_log_tells_once_of_each(native: Server) -> None:
    line = "does not read what it is sent: drop oldest"
    before = native.log().count(line)
    with sleeper(native, "drop_oldest") as client:
        wait_until_sent(native, "drop_oldest")
        read_numbers(client, ALL - 1)
    wait_until(lambda: f"{counts(native, 'dropped', 'drop_oldest')} dropped" in native.log())
    assert native.log().count(line) == before + 1
