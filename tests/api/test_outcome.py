"""How a command fails: what the caller hears, what the watchers hear, and the status of it."""

from __future__ import annotations

import pytest

from hubbub import BrokerError, Peer, Refused, Watcher, unwatch, watch
from hubbub.api.outcome import Error, Fault, error_of, status_of


class _Ears(Watcher):
    def __init__(self) -> None:
        self.heard: list[tuple[str, BaseException]] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        self.heard.append((peer.path, error))


def test_a_refusal_is_told_and_a_fault_of_ours_is_not() -> None:
    ears = _Ears()
    watch(ears)
    try:
        assert error_of(Refused(102)) == Error(102, "unknown channel")
        assert error_of(Refused(1234, "my own")) == Error(1234, "my own")
        assert error_of(Refused(1234, {"why": "so"})).message == "{'why': 'so'}"
        assert ears.heard == []
        secret = ValueError("the password is swordfish")
        assert error_of(secret) == Error(100, "internal server error")
        assert error_of(BrokerError("gone")).code == 100
        assert [(path, str(error)) for path, error in ears.heard] == [("/api", str(secret)), ("/api", "gone")]
    finally:
        unwatch(ears)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (100, 500),
        (102, 404),
        (103, 403),
        (104, 404),
        (107, 400),
        (108, 400),
        (112, 416),
        (113, 409),
        (404, 404),
        (1000, 400),
    ],
)
def test_statuses_are_centrifugos(code: int, status: int) -> None:
    assert status_of(Error(code, "")) == status


def test_a_fault_has_a_status_and_an_error() -> None:
    fault = Fault(413, 106, "too long")
    assert (fault.status, fault.error, str(fault)) == (413, Error(106, "too long"), "too long")
