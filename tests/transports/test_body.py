"""Bodies: whole, too long, too late, broken off; what is beyond a bound is not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Receive

from hubbub.transports.body import Gone, TooLong, must_close, read


def saying(*pieces: bytes | None, is_whole: bool = True) -> tuple[Receive, list[Any]]:
    """What a server hands on, `None` for a client that goes; behind it nothing comes. And what has not been asked for."""
    left = list(pieces)

    async def receive() -> Any:
        if not left:
            await asyncio.Event().wait()
        piece = left.pop(0)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": bool(left) or not is_whole}

    return receive, left


@pytest.mark.parametrize("pieces", [(b"",), (b"abcde",), (b"ab", b"", b"cde")])
@pytest.mark.parametrize("announced", [b"", b"5"])
async def test_it_comes_in_any_number_of_pieces(pieces: tuple[bytes, ...], announced: bytes) -> None:
    assert await read(saying(*pieces)[0], announced, 5, 5.0) == b"".join(pieces)


@pytest.mark.parametrize("announced", [b"6", b"-1", b"x", b"1" * 30, b"1" * 5000, "²".encode("latin-1")])
async def test_what_says_that_it_is_too_long_or_nonsense_is_not_read(announced: bytes) -> None:
    receive, left = saying(b"a")
    with pytest.raises(TooLong):
        await read(receive, announced, 5, 5.0)
    assert left == [b"a"]


async def test_what_is_too_long_is_not_read_to_its_end() -> None:
    receive, left = saying(b"abc", b"def", b"ghi")
    with pytest.raises(TooLong):
        await read(receive, b"3", 5, 5.0)
    assert left == [b"ghi"]


@pytest.mark.parametrize("make", [lambda: saying(None), lambda: saying(b"a", None)])
async def test_who_goes_has_said_nothing(make: Callable[[], tuple[Receive, list[Any]]]) -> None:
    with pytest.raises(Gone):
        await read(make()[0], b"", 5, 5.0)


async def test_what_does_not_come_is_not_waited_for() -> None:
    for receive, _ in (saying(), saying(b"a", is_whole=False)):
        with pytest.raises(TimeoutError):
            await read(receive, b"", 5, 0.0)


def test_over_http_1_the_rest_would_be_the_next_request() -> None:
    assert [must_close({"http_version": version}) for version in ("1.0", "1.1", "2")] == [True, True, False]
    assert must_close({})
