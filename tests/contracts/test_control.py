"""What any control promises, over all engines: every node hears every order, and answers."""

from __future__ import annotations

import asyncio

from hubbub.channels.broker import Order
from tests.contracts.engines import Engine, Node
from tests.contracts.test_broker import engine, node, nodes

__all__ = ["engine", "node", "nodes"]

ORDER = Order("disconnect", user="ann", client="1", session="s", channel="a", code=3503, reason="so")


async def test_an_order_reaches_its_own_node(node: Node) -> None:
    await node.control.order(ORDER)
    await node.told.until(lambda: node.told.orders == [ORDER])


async def test_an_order_reaches_every_node(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, _ = nodes
    await first.control.order(ORDER)
    await first.told.until(lambda: first.told.orders == [ORDER])
    await second.told.until(lambda: second.told.orders == [ORDER])


async def test_its_own_node_answers(node: Node) -> None:
    answers = await node.control.survey("channels", {"pattern": "*"}, 1.0)
    assert list(answers) == [{"question": "channels", "pattern": "*"}]


async def test_every_node_answers(nodes: tuple[Node, Node, Engine]) -> None:
    answers = await nodes[0].control.survey("channels", {}, 1.0)
    assert list(answers) == [{"question": "channels"}] * 2


async def test_a_frame_reaches_the_one_node_that_it_is_for(node: Node) -> None:
    control, told = node.control, node.told
    assert await control.deliver(told.node, "s", "{}", 1.0)
    assert await control.deliver(told.node, "t", b"\x00", 1.0)
    assert not await control.deliver("another", "s", "{}", 1.0)
    assert told.frames == [("s", "{}"), ("t", b"\x00")]


async def test_from_whichever_node_it_comes_in(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, _ = nodes
    assert await first.control.deliver(second.told.node, "s", "{}", 1.0)
    assert (first.told.frames, second.told.frames) == ([], [("s", "{}")])


async def test_a_node_that_takes_nothing_is_waited_for_and_not_for_ever(node: Node) -> None:
    node.told.takes_frames.clear()
    assert not await node.control.deliver(node.told.node, "s", "{}", 0.01)
    waiting = asyncio.create_task(node.control.deliver(node.told.node, "s", "{}", 10.0))
    await asyncio.sleep(0)
    node.told.takes_frames.set()
    assert await waiting
    assert node.told.frames == [("s", "{}")]


async def test_after_its_stop_nothing_is_told(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, _ = nodes
    await second.control.stop()
    await first.control.order(ORDER)
    await first.told.until(lambda: first.told.orders)
    assert second.told.orders == []
    assert not await first.control.deliver(second.told.node, "s", "{}", 1.0)
    assert len(list(await first.control.survey("channels", {}, 1.0))) == 1
    await second.control.start(second.told)
