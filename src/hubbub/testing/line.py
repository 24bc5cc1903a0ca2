"""The wire in memory with faults on it: as `pair.py`'s, which it is where nothing is wrong. Goes by the kit's clock."""

from __future__ import annotations

from collections import deque

from ..clock import Timer, timers
from ..sockets.options import Limits
from ..sockets.pair import Item, PairWire
from .faults import Course, Line, Schedule


class FaultyWire(PairWire):
    """One end; its course is what comes to it.

    Args:
        limits: bounds of what comes in.
    """

    __slots__ = ("_held", "_schedule_of", "_timer", "course")

    def __init__(self, limits: Limits) -> None:
        super().__init__(limits)
        self.course = Course()
        self._held: deque[tuple[Item, int, float]] = deque()
        self._schedule_of = Schedule()
        self._timer: Timer | None = None
        self.course.listen(self._release_by_new_rules, self.abort)

    def _arrive(self, item: Item, size: int = 0) -> None:
        course, schedule = self.course, self._schedule_of
        if self._is_lost or course.is_dropping:
            return
        schedule.passed += size
        if course.cut_at is not None and schedule.passed > course.cut_at:
            self.abort()
        elif course.is_clear and not self._held:
            super()._arrive(item, size)
        else:
            self._held.append((item, size, schedule.due(course, timers().now(), size)))
            self._arriving_bytes += size  # what is held fills the line, too
            self._release()

    def _release_by_new_rules(self) -> None:
        """The faults have changed: so does when what is held arrives."""
        self._schedule_of.forget()
        now = timers().now()
        if self.course.is_dropping:
            self._forget_held()
        self._held = deque((item, size, self._schedule_of.due(self.course, now, size)) for item, size, _ in self._held)
        self._release()

    def _release(self) -> None:
        """Let arrive what is due, and come back for the rest."""
        if self.course.is_frozen:
            return
        now = timers().now()
        while self._held and self._held[0][2] <= now:
            item, size, _ = self._held.popleft()
            self._arriving.append((item, size))
        self._schedule()
        if self._held and self._timer is None:
            self._timer = timers().after(self._held[0][2] - now, self._come_back)

    def _come_back(self) -> None:
        self._timer = None
        self._release()

    def _forget_held(self) -> None:
        self._arriving_bytes -= sum(size for _, size, _ in self._held)
        self._held.clear()

    def _lose(self) -> None:
        if not self._is_lost:
            self._forget_held()
            self.course.unlisten(self._release_by_new_rules, self.abort)
            if self._timer is not None:
                self._timer.cancel()
        super()._lose()


def join(server: Limits, client: Limits) -> tuple[FaultyWire, FaultyWire]:
    """Two wires, each the other's peer: the server's and the client's.

    Args:
        server: bounds of what comes in at the server's.
        client: at the client's.
    """
    wires = FaultyWire(server), FaultyWire(client)
    wires[0].peer, wires[1].peer = wires[1], wires[0]
    return wires


def line_of(client: PairWire) -> Line:
    """The line that a client's wire is an end of."""
    server = client.peer
    assert isinstance(client, FaultyWire)
    assert isinstance(server, FaultyWire)
    return Line(to_server=server.course, to_client=client.course)
