"""What any control promises, over all engines: every node hears every order, and answers."""

from __future__ import annotations

from hubbub.channels.broker import Order
from tests.contracts.engines import Engine, Node
from tests.contracts.test_broker import engine, node, nodes

__all__ = ["engine", "node", "nodes"]

ORDER = Order("disconnect", user="ann", client="1", session="s", channel="a", values={"code": 3503, "reason": "so"})


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


async def test_after_its_stop_nothing_is_told(nodes: tuple[Node, Node, Engine]) -> None:
    first, second, _ = nodes
    await second.control.stop()
    await first.control.order(ORDER)
    await first.told.until(lambda: first.told.orders)
    assert second.told.orders == []
    assert len(list(await first.control.survey("channels", {}, 1.0))) == 1
    await second.control.start(second.told)
