"""Bytes of no meaning, and good bytes with one of them wrong: a seed a row, so that what fails can be repeated."""

from __future__ import annotations

from random import Random

import pytest

from tests.faults.conftest import Victim
from tests.faults.wire import BINARY, CLOSE, CONTINUATION, PING, TEXT, close_payload, frame, upgrade

SEEDS = range(40)
EACH = 5

GOOD_FRAMES = b"".join(
    [
        frame(TEXT, b"hello"),
        frame(PING, b"now"),
        frame(BINARY, 300 * b"a"),
        frame(TEXT, b"a", fin=False),
        frame(CONTINUATION, b"b"),
        frame(CLOSE, close_payload(1000)),
    ]
)


def noise(random: Random) -> bytes:
    """Up to 2,000 bytes."""
    return random.randbytes(random.randrange(1, 2000))


def spoiled(random: Random, good: bytes) -> bytes:
    """Good bytes, with one changed, left out, doubled, or with the rest missing."""
    at = random.randrange(len(good))
    return random.choice(
        [
            good[:at] + random.randbytes(1) + good[at + 1 :],
            good[:at] + good[at + 1 :],
            good[:at] + good[at : at + 1] + good[at:],
            good[:at],
        ]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_for_a_request_is_no_upgrade(victim: Victim, seed: int) -> None:
    random = Random(seed)
    for _ in range(EACH):
        with victim.connect() as wire:
            assert b"101" not in wire.send(noise(random)).end().rest()[:20]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_spoiled_request_is_answered_or_ended(victim: Victim, seed: int) -> None:
    random = Random(seed)
    for _ in range(EACH):
        with victim.connect() as wire:
            answer = wire.send(spoiled(random, upgrade())).end().rest()
            assert answer == b"" or answer.startswith(b"HTTP/1.1 ")


@pytest.mark.parametrize("seed", SEEDS)
def test_noise_for_frames_ends_the_connection(victim: Victim, seed: int) -> None:
    random = Random(seed)
    for _ in range(EACH):
        with victim.open() as wire:
            wire.send(noise(random)).end().rest()


@pytest.mark.parametrize("seed", SEEDS)
def test_spoiled_frames_are_echoed_or_end_the_connection(victim: Victim, seed: int) -> None:
    random = Random(seed)
    for _ in range(EACH):
        with victim.open(random.choice(["/echo", "/forward", "/talk"])) as wire:
            wire.send_in(random.choice([1, 7, 1000]), spoiled(random, GOOD_FRAMES))
            wire.end().frames()
