"""Sockets by key: who gets what, what becomes of the slow, and that nothing is left of those who went."""

from __future__ import annotations

import asyncio
import gc
import random
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.websockets import WebSocket

from hubbub import Close, Group, KeepNewest, Limits, Misuse, Overflow, Ping, Socket, State, Text, WouldBlock, testing
from hubbub.sockets.endpoint import Endpoint
from hubbub.sockets.pair import PARCELS
from hubbub.testing import ClientSocket

FEW = Limits(outbox_messages=3)


async def settle() -> None:
    """Let all that is on the way arrive."""
    for _ in range(10):
        await asyncio.sleep(0)


async def got(client: ClientSocket) -> list[Any]:
    """All that has arrived."""
    await settle()
    messages = []
    try:
        while True:
            messages.append(client.receive_nowait())
    except WouldBlock:
        return messages


async def get_all(clients: Iterable[ClientSocket]) -> list[list[Any]]:
    """The same, of each."""
    return [await got(client) for client in clients]


def joined(group: Group[str], *keys: str, **options: Any) -> tuple[Socket, ClientSocket]:
    """A pair whose socket is under `keys`."""
    socket, client = testing.pair(**options)
    for key in keys:
        group.add(key, socket)
    return socket, client


# Who is in it


async def test_it_is_a_container_of_keys_and_counts_sockets() -> None:
    group: Group[str] = Group()
    assert (len(group), list(group), "ann" in group, group.count(), group.count("ann")) == (0, [], False, 0, 0)
    first, _ = joined(group, "ann")
    second, _ = joined(group, "ann", "bob")
    assert (len(group), list(group), "ann" in group, "eve" in group) == (2, ["ann", "bob"], True, False)
    assert (group.count(), group.count("ann"), group.count("bob"), group.count("eve")) == (2, 2, 1, 0)
    assert (group.sockets("ann"), group.sockets("eve")) == ([first, second], [])
    assert (group.keys(second), group.keys(first)) == (["ann", "bob"], ["ann"])
    assert group.keys(testing.pair()[0]) == []


async def test_a_key_goes_with_its_last_socket() -> None:
    group: Group[str] = Group()
    socket, _ = joined(group, "ann", "bob")
    group.remove("ann", socket)
    assert (list(group), group.keys(socket), group.count()) == (["bob"], ["bob"], 1)
    group.remove("bob", socket)
    assert (list(group), group.keys(socket), group.count()) == ([], [], 0)


async def test_what_is_not_there_is_removed_without_an_error() -> None:
    group: Group[str] = Group()
    socket, _ = joined(group, "ann")
    group.remove("bob", socket)
    group.remove("bob", testing.pair()[0])
    assert group.count() == 1


async def test_twice_under_one_key_is_once() -> None:
    group: Group[str] = Group()
    _, client = joined(group, "ann", "ann")
    assert (group.count("ann"), group.send("ann", "once")) == (1, 1)
    assert await got(client) == ["once"]


async def test_leaving_the_membership_takes_the_socket_out() -> None:
    group: Group[str] = Group()
    socket, _ = joined(group, "bob")
    with group.add("ann", socket) as membership:
        assert "ann" in group
    membership.leave()
    assert list(group) == ["bob"]


async def test_either_half_will_do() -> None:
    group: Group[str] = Group()
    socket, client = testing.pair()
    sender, _ = socket.split()
    group.add("ann", sender)
    assert group.sockets("ann") == [socket]
    assert (group.send("ann", "not to itself", skip=sender), group.send("ann", "to all")) == (0, 1)
    assert await got(client) == ["to all"]
    group.remove("ann", sender)
    assert group.count() == 0


# Ends


@pytest.mark.parametrize("how", ["the peer closes", "we close", "the connection is lost"])
async def test_a_sockets_end_takes_it_out_of_all_its_groups(how: str) -> None:
    group, other = Group[str](), Group[str]()
    socket, client = joined(group, "ann", "bob")
    stays, _ = joined(group, "bob")
    other.add("x", socket)
    if how == "the peer closes":
        await client.close()
    elif how == "we close":
        await socket.close(4000)
    else:
        client.abort()
    await settle()
    assert (list(group), group.sockets("bob"), group.count(), list(other)) == (["bob"], [stays], 1, [])


async def test_one_that_has_ended_is_not_taken_in() -> None:
    group: Group[str] = Group()
    socket, client = testing.pair()
    await client.close()
    with group.add("ann", socket):
        assert (list(group), group.count()) == ([], 0)


async def test_who_is_told_of_a_shutdown_is_still_sent_to() -> None:
    group: Group[str] = Group()
    socket, client = joined(group, "ann")
    socket.drain()
    assert group.send("ann", "we are going down") == 1
    assert await got(client) == ["we are going down"]


async def test_one_that_is_closing_is_not_sent_to_and_costs_nobody_anything() -> None:
    group: Group[str] = Group()
    closing, _ = joined(group, "ann")
    _, client = joined(group, "ann")
    closing.close_nowait()
    assert group.send("ann", "hello") == 1
    assert await got(client) == ["hello"]


async def test_an_end_leaves_the_keys_of_others_alone_and_leaving_leaves_no_callback() -> None:
    group: Group[int] = Group()
    socket, _ = testing.pair()
    for number in range(1000):
        group.add(number, socket).leave()
    assert socket._on_end == []
    assert group.count() == 0


# Sending


async def test_to_a_key_to_all_to_all_but_one() -> None:
    group: Group[str] = Group()
    tab, tab_client = joined(group, "ann", "staff")
    _, other_tab = joined(group, "ann")
    _, bob = joined(group, "bob")
    clients = (tab_client, other_tab, bob)
    assert group.send("ann", "ann") == 2
    assert await get_all(clients) == [["ann"], ["ann"], []]
    assert group.send("ann", b"her other tabs", skip=tab) == 1
    assert await get_all(clients) == [[], [b"her other tabs"], []]
    assert group.send_all(Text("all, once")) == 3
    assert await get_all(clients) == 3 * [["all, once"]]
    assert group.send_all("all but a tab", skip=tab) == 2
    assert await get_all(clients) == [[], ["all but a tab"], ["all but a tab"]]
    assert group.send_all("all but ann", skip_key="ann") == 1
    assert await get_all(clients) == [[], [], ["all but ann"]]
    assert group.send_all("all but nobody", skip_key="eve") == 3
    assert await get_all(clients) == 3 * [["all but nobody"]]
    assert group.send("eve", "nobody") == 0
    assert tab.counts.sent == 3


async def test_a_message_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    group: Group[str] = Group()
    clients = [joined(group, "ann")[1] for _ in range(10)]
    encoded: list[Any] = []
    encode = PARCELS.encode

    def count(values: list[Any]) -> Any:
        encoded.extend(values)
        return encode(values)

    monkeypatch.setattr(type(PARCELS), "encode", staticmethod(count))
    group.send("ann", "once")
    assert encoded == ["once"]
    assert await get_all(clients) == 10 * [["once"]]


async def test_order_is_kept_among_all_that_is_sent() -> None:
    group: Group[str] = Group()
    socket, client = joined(group, "ann")
    group.send("ann", "1")
    socket.send_nowait("2")
    group.send_all("3")
    await socket.send("4")
    assert await got(client) == ["1", "2", "3", "4"]


async def test_a_ping_is_no_message_that_is_counted() -> None:
    group: Group[str] = Group()
    socket, _ = joined(group, "ann")
    assert group.send("ann", Ping(b"x")) == 1
    assert socket.counts.sent == 0


@pytest.mark.parametrize("message", [{"a": 1}, None, 7, Close(1000)])
async def test_what_is_no_message_is_a_misuse(message: Any) -> None:
    group: Group[str] = Group()
    joined(group, "ann")
    with pytest.raises(Misuse, match="encode it"):
        group.send("ann", message)


async def test_from_a_thread_it_is_a_misuse_that_says_what_to_do() -> None:
    group: Group[str] = Group()
    joined(group, "ann")

    async def send() -> None:
        group.send("ann", "hello")

    with pytest.raises(Misuse, match="call_soon_threadsafe"):
        await asyncio.to_thread(group.send, "ann", "hello")
    with pytest.raises(Misuse, match=r"call_soon_threadsafe\(group\.close, key\)"):
        await asyncio.to_thread(group.close_all)
    with pytest.raises(Misuse, match="call_soon_threadsafe"):
        await asyncio.to_thread(asyncio.run, send())  # a loop, and not the socket's
    assert group.close("ann") == 1  # nothing was done by halves


@pytest.mark.parametrize(
    "use", [Group.keys, lambda group, it: group.add("ann", it), lambda group, it: group.remove("ann", it)]
)
async def test_what_is_no_socket_is_a_misuse(use: Callable[[Group[str], Any], object]) -> None:
    with pytest.raises(Misuse, match=r"a Group takes a Socket, as `upgrade\.accept` gives it, .* not WebSocket"):
        use(Group(), WebSocket({"type": "websocket"}, None, None))  # type: ignore[arg-type]  # it is not asked


# Slow readers


async def blocked(group: Group[str], policy: Any, limits: Limits = FEW) -> tuple[Socket, ClientSocket]:
    """A pair under "ann" whose client does not read, and which has been told so."""
    socket, client = joined(group, "ann", slow_reader=policy, limits=limits)
    client.pause_reading()
    socket.send_nowait("0")
    await settle()
    assert socket.outbox.is_blocked
    return socket, client


@pytest.mark.parametrize(
    ("policy", "heard", "taken", "dropped"),
    [
        (Overflow.WAIT, "0123", 3, 3),
        (Overflow.DROP_OLDEST, "0456", 6, 3),
        (Overflow.DROP_NEWEST, "0123", 6, 3),
        (KeepNewest(lambda message: int(str(message)) % 2), "065", 6, 4),
    ],
    ids=["wait", "drop oldest", "drop newest", "keep newest"],
)
async def test_the_policy_of_a_slow_socket_decides_and_the_others_get_everything(
    policy: Any, heard: str, taken: int, dropped: int
) -> None:
    group: Group[str] = Group()
    socket, slow = await blocked(group, policy)
    _, quick = joined(group, "ann")
    counts = []
    for number in range(1, 7):
        counts.append(group.send("ann", str(number)) - 1)
        await settle()
    assert await got(quick) == list("123456")
    slow.resume_reading()
    assert sorted(await got(slow)) == sorted(heard)
    assert (sum(counts), socket.counts.dropped) == (taken, dropped)


async def test_a_slow_one_that_its_policy_closes_leaves_while_it_is_sent_to() -> None:
    group: Group[str] = Group()
    first, _ = await blocked(group, Overflow.CLOSE)
    second, quick = joined(group, "ann")
    for number in range(4):
        group.send("ann", str(number))
    assert (first.state, first.close_code, group.sockets("ann")) == (State.CLOSED, 3008, [second])
    assert await got(quick) == list("0123")


async def test_a_burst_within_one_turn_is_bounded_and_loses_nothing() -> None:
    group: Group[str] = Group()
    socket, client = joined(group, "ann", limits=FEW)
    for number in range(50):
        group.send("ann", str(number))
        assert len(socket.outbox) <= 3
    assert await got(client) == [str(number) for number in range(50)]


# Closing


async def test_a_keys_sockets_are_closed() -> None:
    group: Group[str] = Group()
    clients = [joined(group, "ann")[1], joined(group, "ann", "bob")[1]]
    _, stays = joined(group, "bob")
    assert group.close("ann", 4001, "signed out") == 2
    assert [(ended.code, ended.reason) for ended in [await client.wait_closed() for client in clients]] == 2 * [
        (4001, "signed out")
    ]
    await settle()
    assert (list(group), group.count()) == (["bob"], 1)
    assert group.close_all() == 1
    assert (await stays.wait_closed()).code == 1000
    await settle()
    assert (len(group), group.close("ann")) == (0, 0)


# Nothing is left


async def test_nothing_is_left_after_ten_thousand_joins_and_ends() -> None:
    dice = random.Random(7)
    groups = [Group[int](), Group[int]()]
    alive: list[tuple[Socket, ClientSocket]] = []
    dead: list[weakref.ref[Socket]] = []
    for _ in range(10_000):
        if not alive or dice.random() < 0.1:
            alive.append(testing.pair(heartbeat=None))
            dead.append(weakref.ref(alive[-1][0]))
        at = dice.randrange(len(alive))
        socket, client = alive[at]
        group, key = dice.choice(groups), dice.randrange(50)
        match dice.choices(["add", "remove", "end", "abort"], [60, 30, 5, 5])[0]:
            case "add":
                group.add(key, socket)
            case "remove":
                group.remove(key, socket)
            case "end":
                del alive[at]
                client.close_nowait()
            case "abort":
                del alive[at]
                client.abort()
        if dice.random() < 0.05:
            await settle()
    await settle()
    check([socket for socket, _ in alive], groups)
    for client in [client for _, client in alive]:
        client.abort()
    await settle()
    alive.clear()
    del socket, client
    check([], groups)
    gc.collect()
    assert [ref for ref in dead if ref() is not None] == []


def check(sockets: list[Socket], groups: list[Group[int]]) -> None:
    """The groups hold these sockets, at most, each way round, and the sockets hold one callback for each group."""
    for group in groups:
        by_key = {(key, socket) for key in group for socket in group.sockets(key)}
        by_socket = {(key, socket) for socket in sockets for key in group.keys(socket)}
        assert by_key == by_socket
        assert group.count() == len({socket for _, socket in by_key})
        assert all(group.count(key) for key in group)
    for socket in sockets:
        assert len(socket._on_end) == sum(bool(group.keys(socket)) for group in groups)


ACTIONS = st.lists(
    st.tuples(st.sampled_from(["add", "remove", "end", "send", "send_all"]), st.integers(0, 3), st.sampled_from("abc")),
    max_size=40,
)


@given(ACTIONS)
def test_it_is_what_a_table_of_pairs_would_be(actions: list[tuple[str, int, str]]) -> None:
    async def act() -> None:
        group: Group[str] = Group()
        pairs = [testing.pair(heartbeat=None) for _ in range(4)]
        model: set[tuple[str, Endpoint]] = set()
        expected: dict[Endpoint, Counter[str]] = defaultdict(Counter)
        for number, (action, which, key) in enumerate(actions):
            socket, client = pairs[which]
            match action:
                case "add":
                    group.add(key, socket)
                    model |= {(key, socket)} if socket.ended is None else set()
                case "remove":
                    group.remove(key, socket)
                    model.discard((key, socket))
                case "end":
                    client.abort()
                    await settle()
                    model -= {(other, socket) for other in "abc"}
                case "send" | "send_all":
                    receivers = {member for name, member in model if action == "send_all" or name == key}
                    sent = group.send(key, str(number)) if action == "send" else group.send_all(str(number))
                    assert sent == len(receivers)
                    for member in receivers:
                        expected[member][str(number)] += 1
                    await settle()
            assert {(name, member) for name in group for member in group.sockets(name)} == model
        for socket, client in pairs:
            if socket.ended is None:
                assert Counter(await got(client)) == expected[socket]

    asyncio.run(act())
