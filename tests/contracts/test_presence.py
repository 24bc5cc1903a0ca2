"""What any presence promises, over all engines: who is in, until its lease ends."""

from __future__ import annotations

from hubbub.publication import ClientInfo
from tests.contracts.engines import Engine, Node
from tests.contracts.test_broker import engine, node, nodes

__all__ = ["engine", "node", "nodes"]

ANN, ANNS_PHONE, BOB = ClientInfo("ann", "1"), ClientInfo("ann", "2"), ClientInfo("bob", "3")
NOBODY, NOBODY_ELSE = ClientInfo("", "4"), ClientInfo("", "5")


async def enter(node: Node, channel: str, *infos: ClientInfo, ttl: float = 60) -> None:
    """All of them."""
    for info in infos:
        await node.presence.add(channel, info.client, info, ttl)


async def test_nobody_is_in_a_channel_that_nobody_entered(node: Node) -> None:
    assert (await node.presence.members("a"), await node.presence.count("a")) == ({}, (0, 0))
    await node.presence.remove("a", "1")


async def test_who_has_entered_is_in(node: Node) -> None:
    await enter(node, "a", ANN, ANNS_PHONE, BOB)
    await enter(node, "b", BOB)
    assert await node.presence.members("a") == {"1": ANN, "2": ANNS_PHONE, "3": BOB}
    assert (await node.presence.count("a"), await node.presence.count("b")) == ((3, 2), (1, 1))


async def test_those_without_a_name_are_one_user(node: Node) -> None:
    await enter(node, "a", NOBODY, NOBODY_ELSE, ANN)
    assert await node.presence.count("a") == (3, 2)


async def test_who_has_left_is_not_in(node: Node) -> None:
    await enter(node, "a", ANN, ANNS_PHONE)
    await node.presence.remove("a", "1")
    await node.presence.remove("a", "unknown")
    assert (await node.presence.members("a"), await node.presence.count("a")) == ({"2": ANNS_PHONE}, (1, 1))
    await node.presence.remove("a", "2")
    assert await node.presence.count("a") == (0, 0)


async def test_to_enter_again_changes_what_is_known(node: Node) -> None:
    await enter(node, "a", ANN, BOB, ClientInfo("bob", "1"))
    assert await node.presence.members("a") == {"1": ClientInfo("bob", "1"), "3": BOB}
    assert await node.presence.count("a") == (2, 1)


async def test_a_lease_ends_by_itself_and_can_be_renewed(node: Node, engine: Engine) -> None:
    await enter(node, "a", ANN, BOB, ttl=3)
    await engine.pass_time(2)
    await enter(node, "a", BOB, ttl=3)
    assert await node.presence.count("a") == (2, 2)
    await engine.pass_time(2)
    assert (await node.presence.members("a"), await node.presence.count("a")) == ({"3": BOB}, (1, 1))
    await engine.pass_time(2)
    assert (await node.presence.members("a"), await node.presence.count("a")) == ({}, (0, 0))


async def test_what_was_given_stays_as_it_is(node: Node) -> None:
    await enter(node, "a", ANN)
    members = await node.presence.members("a")
    await enter(node, "a", BOB)
    assert members == {"1": ANN}


async def test_all_nodes_see_who_is_in(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, _ = nodes
    await enter(first, "a", ANN)
    await enter(second, "a", BOB)
    assert await first.presence.members("a") == await second.presence.members("a") == {"1": ANN, "3": BOB}
    await second.presence.remove("a", "1")
    assert await first.presence.count("a") == (1, 1)
