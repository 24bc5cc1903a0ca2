"""What goes wrong between two ends: delay, trickle, freeze, loss, cut. Pure: decides when and whether, carries nothing itself.

In memory `line.py` obeys it, over TCP `proxy.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import Misuse


class Course:
    """One direction of a line. What is set holds for all that comes later, until `heal`."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.rate: float | None = None
        self.is_frozen = False
        self.is_dropping = False
        self.cut_at: int | None = None
        self._on_change: list[Callable[[], None]] = []
        self._on_cut: list[Callable[[], object]] = []

    @property
    def is_clear(self) -> bool:
        """Whether all passes at once."""
        return not (self.latency or self.rate or self.is_frozen or self.is_dropping or self.cut_at is not None)

    def delay(self, seconds: float) -> None:
        """Let everything arrive so much later, in its order."""
        _check(seconds >= 0, f"a delay is 0 or more seconds, not {seconds}")
        self.latency = seconds
        self._tell(self._on_change)

    def limit(self, bytes_per_second: float) -> None:
        """Let no more through than that: a slow line, or with few bytes a trickle."""
        _check(bytes_per_second > 0, f"a limit is more than 0 bytes a second, not {bytes_per_second}; freeze() is none")
        self.rate = bytes_per_second
        self._tell(self._on_change)

    def freeze(self) -> None:
        """Let nothing through, and keep it: the sender is soon blocked. `heal` lets it arrive."""
        self.is_frozen = True
        self._tell(self._on_change)

    def drop(self) -> None:
        """Half-open: let everything vanish, ends too, and tell nobody. What vanished does not come back."""
        self.is_dropping = True
        self._tell(self._on_change)

    def cut(self, after: int = 0) -> None:
        """End connections, without a closing handshake.

        Args:
            after: bytes of a connection that still pass, counted from its beginning; 0 cuts all that are open, now, and
                lets later ones through.
        """
        _check(after >= 0, f"a line is cut after 0 or more bytes, not {after}")
        if after:
            self.cut_at = after
            self._tell(self._on_change)
        else:
            self._tell(self._on_cut)

    def heal(self) -> None:
        """As if nothing had been: what was kept goes on its way."""
        self.latency, self.rate, self.cut_at = 0.0, None, None
        self.is_frozen = self.is_dropping = False
        self._tell(self._on_change)

    def listen(self, on_change: Callable[[], None], on_cut: Callable[[], object]) -> None:
        """Be told of changes, and of a cut: whoever carries."""
        self._on_change.append(on_change)
        self._on_cut.append(on_cut)

    def unlisten(self, on_change: Callable[[], None], on_cut: Callable[[], object]) -> None:
        """No more."""
        self._on_change.remove(on_change)
        self._on_cut.remove(on_cut)

    def _tell(self, callbacks: Sequence[Callable[[], object]]) -> None:
        for callback in tuple(callbacks):
            callback()


class Line:
    """Both directions: `to_server` and `to_client`, each with the same faults; here they befall both.

    Args:
        to_server: what the client sends.
        to_client: what the server sends.
    """

    def __init__(self, to_server: Course, to_client: Course) -> None:
        self.to_server = to_server
        self.to_client = to_client

    def delay(self, seconds: float) -> None:
        """As `Course.delay`, each way: a round trip takes twice that."""
        for course in self._courses:
            course.delay(seconds)

    def limit(self, bytes_per_second: float) -> None:
        """As `Course.limit`, each way."""
        for course in self._courses:
            course.limit(bytes_per_second)

    def freeze(self) -> None:
        """As `Course.freeze`."""
        for course in self._courses:
            course.freeze()

    def drop(self) -> None:
        """As `Course.drop`: both ends think that the other is there."""
        for course in self._courses:
            course.drop()

    def cut(self, after: int = 0) -> None:
        """As `Course.cut`."""
        for course in self._courses:
            course.cut(after)

    def heal(self) -> None:
        """As `Course.heal`."""
        for course in self._courses:
            course.heal()

    @property
    def _courses(self) -> tuple[Course, Course]:
        return self.to_server, self.to_client


class Schedule:
    """When what travels arrives: of one connection, one direction."""

    def __init__(self) -> None:
        self.passed = 0
        self._free_at = 0.0
        self._last = 0.0

    def due(self, course: Course, now: float, size: int) -> float:
        """The time at which so many bytes, sent now, have arrived: never before those sent earlier."""
        self._free_at = max(now, self._free_at) + (size / course.rate if course.rate else 0.0)
        self._last = max(self._last, self._free_at + course.latency)
        return self._last

    def forget(self) -> None:
        """What is under way goes by new rules."""
        self._free_at = self._last = 0.0


def _check(is_right: bool, otherwise: str) -> None:
    if not is_right:
        raise Misuse(otherwise)
