"""Whatever comes when: a client hears a channel's stream without a gap, in order and once, or is told that it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from msgspec import Raw

from hubbub.channels.broker import HistoryQuery, Order, PublishOptions
from hubbub.channels.namespaces import Namespaces
from hubbub.channels.node import Node
from hubbub.clock import replace_timers
from hubbub.eager import Eager
from hubbub.errors import BrokerError
from hubbub.protocol.commands import ConnectRequest
from hubbub.session.combine import combine
from hubbub.session.dispatch import do
from hubbub.session.hooks import Grant, Visit, Welcome
from hubbub.session.limits import ClientLimits
from hubbub.session.orders import Orders
from hubbub.session.shared import Shared
from hubbub.testing.clock import ManualClock
from hubbub.watch import Peer, Watcher, unwatch, watch, watchers
from tests.contracts.faulty import FaultyPresence
from tests.session.at_will import BrokerAtWill, RecordingServer, Will
from tests.session.clients import ModelClient
from tests.session.standins import OpenHooks
from tests.session.talk import CHAT

T = TypeVar("T")

CHANNELS = ("chat:a", "chat:b")
KEPT = PublishOptions(CHAT.history_size, CHAT.history_ttl)
ACTS = st.lists(st.sampled_from(("on", "on", "other", "publish", "tell", "tell", "lose", "cut")), max_size=6)
SCRIPTS = st.builds(lambda first, acts: ["on"] * first + acts, st.integers(0, 8), ACTS)
"""What goes on meanwhile: one step of who waits for longest, or of another; something published, or told at once, or lost."""

LONG = 200.0
"""Seconds in which every check of positions has come, and every lease has been renewed or has ended."""


class _Hooks(OpenHooks):
    """Whose token says so is subscribed to all channels."""

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        return Welcome(subs={channel: Grant() for channel in CHANNELS} if request.token else {})


class _Faults(Watcher):
    """Failures that are not the broker's."""

    def __init__(self) -> None:
        self.found: list[BaseException] = []

    def failed(self, peer: Peer, error: BaseException) -> None:
        """Keep it."""
        if not isinstance(error, BrokerError):
            self.found.append(error)


class Recovery(RuleBasedStateMachine):
    """One node, three people, two channels, and a broker of which every step comes when it will."""

    nodes_wanted = 1

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.faults = _Faults()
        self.other_watchers = watchers()
        for watcher in self.other_watchers:
            unwatch(watcher)
        watch(self.faults)
        self.count = 0
        self.run(self._start())

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it, and what follows."""
        result = self.loop.run_until_complete(_with_what_follows(coroutine))
        assert not self.faults.found, self.faults.found
        return result

    async def _start(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._on_fault)
        self.clock = ManualClock()
        replace_timers(self.clock)
        self.will = Will()
        self.server = RecordingServer()
        self.brokers = [BrokerAtWill(self.server.broker(), self.will) for _ in range(self.nodes_wanted)]
        self.houses = [await self._house(broker) for broker in self.brokers]
        self.people = [ModelClient(self.server.said, CHANNELS) for _ in range(3)]

    async def _house(self, broker: BrokerAtWill) -> Shared:
        node = Node(broker, FaultyPresence(self.server.presence, self.will))
        limits = ClientLimits(ping_interval=1e9, stale_timeout=1e9, commands=4)
        shared = Shared(node, _Hooks(), Namespaces([CHAT]), limits, "model", do, combine, lambda session: session)
        shared.eager = Eager()
        await node.start()
        return shared

    def _on_fault(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.found.append(context.get("exception") or AssertionError(context["message"]))

    # What may happen

    @initialize(is_free=st.booleans(), are_here=st.lists(st.booleans(), min_size=3, max_size=3))
    def begin(self, is_free: bool, are_here: list[bool]) -> None:
        """Some begin in a channel, others connected."""
        self.will.is_free = True
        for number, is_here in enumerate(are_here):
            self.come(number, is_served=False, house=number, script=[], afresh=False)
            if is_here:
                self.subscribe(number, CHANNELS[0], is_positioned=True, recover=False, script=[], afresh=False)
        self.will.is_free = is_free

    def clear(self, is_wanted: bool) -> None:
        """Let all go on that waits, so that a script finds nothing before it; what it plays with waits."""
        if is_wanted:
            self._let_all_go_on()
            self.will.is_free = False

    def follow(self, script: list[str], channel: str, who: int = 0) -> None:
        """Play a script, and let all who are here read what came of it."""
        for act in script:
            if act in ("publish", "tell"):
                self.run(self._publish(channel))
                while act == "tell" and self.will.lines:
                    self.run(_do(self.will.go_on, -1))
            elif act == "lose":
                self.will.lose(0)
            elif act == "cut":
                self.run(_do(self.people[who].cut, 0))
            else:
                self.run(_do(self.will.go_on, 0 if act == "on" else -1))
        for person in self.people:
            self.run(_do(person.read))

    async def _publish(self, channel: str) -> None:
        """As somebody elsewhere does."""
        self.count += 1
        await self.server.streams.publish(channel, Raw(b"%d" % self.count), KEPT)

    @rule(channel=st.sampled_from(CHANNELS), script=SCRIPTS)
    def go_by(self, channel: str, script: list[str]) -> None:
        """Much goes on, and nobody comes."""
        self.follow(script, channel)

    @rule(who=st.integers(0, 2), is_served=st.booleans(), house=st.integers(0, 1), script=SCRIPTS, afresh=st.booleans())
    def come(self, who: int, is_served: bool, house: int, script: list[str], afresh: bool) -> None:
        """A client connects, or loses its network and comes back."""
        if afresh:
            self.run(_do(self.people[who].cut))
        self.clear(afresh)
        person = self.people[who]
        person.read()
        if person.session is None:
            shared = self.houses[house % len(self.houses)]
            self.run(_do(person.come, shared, is_served))
            self.follow(script, CHANNELS[0], who)
            if afresh:
                self.calm()

    @rule(
        who=st.integers(0, 2),
        channel=st.sampled_from(CHANNELS),
        is_positioned=st.sampled_from((True, True, True, False)),
        recover=st.sampled_from((True, True, True, False)),
        script=SCRIPTS,
        afresh=st.booleans(),
    )
    def subscribe(
        self, who: int, channel: str, is_positioned: bool, recover: bool, script: list[str], afresh: bool
    ) -> None:
        """A client takes its place, from where it was; perhaps it has just left."""
        if afresh:
            self.unsubscribe(who, channel, [])
        self.clear(afresh)
        person = self.people[who]
        person.read()
        place = person.places[channel]
        if person.may_say and not place.is_in and not place.is_asking:
            kept = self.run(self._kept(channel)) if self.will.is_free and not self.will.steps else None
            before, recovered = place.last, person.recovered
            self.run(_do_kw(person.subscribe, channel, is_positioned=is_positioned, recover=recover))
            if kept is not None and is_positioned and recover and before is not None and place.is_in is False:
                person.read()
                if place.is_in:
                    assert (person.recovered > recovered) == (before in kept), (before, kept)
            self.follow(script, channel, who)
            if afresh:
                self.calm()

    async def _kept(self, channel: str) -> list[Any]:
        """The positions that one can come back to."""
        history = await self.server.streams.history(channel, HistoryQuery())
        top = history.top
        first = history.publications[0].offset - 1 if history.publications else top.offset
        return [type(top)(offset, top.epoch) for offset in range(first, top.offset + 1)]

    @rule(who=st.integers(0, 2), channel=st.sampled_from(CHANNELS), script=SCRIPTS)
    def unsubscribe(self, who: int, channel: str, script: list[str]) -> None:
        """A client leaves a channel, perhaps before it has come."""
        person = self.people[who]
        person.read()
        place = person.places[channel]
        if person.may_say and (place.is_in or place.is_asking):
            self.run(_do_kw(person.say, "unsubscribe", channel))
            self.follow(script, channel, who)

    @rule(who=st.integers(0, 2), channel=st.sampled_from(CHANNELS))
    def publish(self, who: int, channel: str) -> None:
        """A client publishes."""
        person = self.people[who]
        if person.may_say:
            self.count += 1
            self.run(_do_kw(person.say, "publish", channel, data=self.count))

    @rule(house=st.integers(0, 1), channel=st.sampled_from(CHANNELS), times=st.sampled_from((1, 1, 2, 3, 12)))
    def publish_from_the_server(self, house: int, channel: str, times: int) -> None:
        """The app publishes."""
        shared = self.houses[house % len(self.houses)]
        for _ in range(times):
            self.count += 1
            data = Raw(b"%d" % self.count)
            self.loop.create_task(_whatever_comes(shared.node.publish(channel, data, KEPT)))
        self.run(asyncio.sleep(0))

    @rule(who=st.integers(0, 2), channel=st.sampled_from(("", *CHANNELS)))
    def order(self, who: int, channel: str) -> None:
        """The app ends a subscription, or the connection."""
        person = self.people[who]
        if person.is_connected:
            verb, code = ("unsubscribe", 2000) if channel else ("disconnect", 3503)
            for shared in self.houses:
                self.run(_do(Orders(shared).on_order, Order(verb, client=person.id, channel=channel, code=code)))

    @rule(who=st.integers(0, 2), unread=st.integers(0, 5))
    def cut(self, who: int, unread: int) -> None:
        """A client's network is gone, with the last of what it was told."""
        self.run(_do(self.people[who].cut, unread))

    @rule(who=st.integers(0, 2))
    def read(self, who: int) -> None:
        """A client takes in what it was told."""
        self.run(_do(self.people[who].read))

    @rule(numbers=st.lists(st.integers(0, 20), min_size=1, max_size=10))
    def go_on(self, numbers: list[int]) -> None:
        """Some of what waits goes on."""
        for number in numbers:
            self.run(_do(self.will.go_on, number))

    @rule(is_free=st.booleans())
    def free(self, is_free: bool) -> None:
        """From now on nothing waits; or everything does."""
        self.will.is_free = is_free

    @rule(number=st.integers(0, 20))
    def fail(self, number: int) -> None:
        """A call fails."""
        self.run(_do(self.will.fail, number))
        self._know_of_failures()

    @rule(number=st.integers(0, 20))
    def lose(self, number: int) -> None:
        """A publication does not arrive."""
        self.will.lose(number)

    @rule(house=st.integers(0, 1), is_cut=st.booleans())
    def cut_a_node(self, house: int, is_cut: bool) -> None:
        """A node loses its broker, or has it again."""
        broker = self.brokers[house % len(self.brokers)]
        if broker.is_cut != is_cut:
            self.run(_do(broker.cut if is_cut else broker.mend))
            self._know_of_failures()

    @rule(channel=st.sampled_from(CHANNELS))
    def forget(self, channel: str) -> None:
        """A stream is lost; its next life has another epoch."""
        self.server.streams.forget(channel)

    @rule(seconds=st.sampled_from((1.0, 30.0, 45.0, CHAT.history_ttl + 1)))
    def wait(self, seconds: float) -> None:
        """Time goes by."""
        self.run(self.clock.advance(seconds))

    @rule()
    def calm(self) -> None:
        """All comes through, and there is time for every check: then everybody knows where he is."""
        was_free = self.will.is_free
        self._calm_down()
        for shared in self.houses:
            self._check_house(shared)
        for channel in CHANNELS:
            self._check_channel(channel)
        self.will.is_free = was_free

    # What must be so

    def _know_of_failures(self) -> None:
        if self.will.has_failed:
            for person in self.people:
                person.is_strict, person.expects_errors = False, True

    def _calm_down(self) -> None:
        for broker in self.brokers:
            if broker.is_cut:
                self.run(_do(broker.mend))
        self.will.is_free = True
        self._let_all_go_on()
        self.run(self.clock.advance(LONG))
        self._let_all_go_on()

    def _let_all_go_on(self) -> None:
        while self.run(_do(self.will.go_on, 0)):
            pass
        for person in self.people:
            self.run(_do(person.read))

    def _check_house(self, shared: Shared) -> None:
        here = [person for person in self.people if person.session is not None and person.session.shared is shared]
        assert set(shared.sessions) == {person.id for person in here}
        assert all(person.is_connected and not person.pending for person in here)
        users = {channel: sum(person.places[channel].is_in for person in here) for channel in CHANNELS}
        rooms = {channel: room.users for channel, room in shared.node.rooms.items()}
        assert rooms == {channel: count for channel, count in users.items() if count}
        for channel, room in shared.node.rooms.items():
            assert len(room.audience) == users[channel]

    def _check_channel(self, channel: str) -> None:
        top = self.run(self.server.streams.history(channel, HistoryQuery(limit=0))).top
        inside = [person for person in self.people if person.places[channel].is_in]
        for person in inside:
            place = person.places[channel]
            assert not place.is_positioned or place.last == top, (channel, place.last, top)
        members = self.run(self.server.presence.members(channel))
        assert set(members) == {person.id for person in inside}

    def teardown(self) -> None:
        """All go; nothing is left of them."""
        try:
            self.calm()
            for person in self.people:
                self.run(_do(person.cut))
            self._calm_down()
            for shared in self.houses:
                self._check_house(shared)
            self.run(self._stop())
        finally:
            self.loop.close()
            unwatch(self.faults)
            for watcher in self.other_watchers:
                watch(watcher)

    async def _stop(self) -> None:
        subscribers = +self.server.subscribers()
        assert not subscribers, subscribers
        for shared in self.houses:
            await shared.eager.close()
            await shared.node.stop()
        assert not len(self.clock), "a timer is left"
        assert asyncio.all_tasks() == {asyncio.current_task()}


class RecoveryOnTwoNodes(Recovery):
    """The same, over one server."""

    nodes_wanted = 2


async def _with_what_follows(coroutine: Coroutine[Any, Any, T]) -> T:
    result = await coroutine
    for _ in range(8):
        await asyncio.sleep(0)
    return result


async def _do(function: Any, *args: Any) -> Any:
    return function(*args)


async def _do_kw(function: Any, *args: Any, **kwargs: Any) -> Any:
    return function(*args, **kwargs)


async def _whatever_comes(call: Awaitable[Any]) -> None:
    try:
        await call
    except BrokerError:
        pass


_SETTINGS = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestOneNode = Recovery.TestCase
TestOneNode.settings = _SETTINGS
TestTwoNodes = RecoveryOnTwoNodes.TestCase
TestTwoNodes.settings = _SETTINGS
