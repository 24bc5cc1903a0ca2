"""The engines between nodes, as the suite drives them, and what a node would be told. Knows no tests."""

from __future__ import annotations

from collections.abc import Mapping

from hubbub.channels.broker import Order, PublishOptions
from hubbub.publication import ClientInfo, Publication


class Told:
    """Takes down what a broker and a control tell, in order."""

    def __init__(self) -> None:
        self.publications: list[tuple[str, Publication, str, PublishOptions, Publication | None]] = []
        self.joins: list[tuple[str, ClientInfo]] = []
        self.leaves: list[tuple[str, ClientInfo]] = []
        self.orders: list[Order] = []
        self.interruptions = 0

    def of(self, channel: str) -> list[Publication]:
        """The publications of a channel."""
        return [publication for name, publication, *_ in self.publications if name == channel]

    def on_publication(
        self, channel: str, publication: Publication, epoch: str, options: PublishOptions, before: Publication | None
    ) -> None:
        """As a node's."""
        self.publications.append((channel, publication, epoch, options, before))

    def on_join(self, channel: str, info: ClientInfo) -> None:
        """As a node's."""
        self.joins.append((channel, info))

    def on_leave(self, channel: str, info: ClientInfo) -> None:
        """As a node's."""
        self.leaves.append((channel, info))

    def on_interrupted(self) -> None:
        """As a node's."""
        self.interruptions += 1

    def on_order(self, order: Order) -> None:
        """As a node's."""
        self.orders.append(order)

    def on_survey(self, question: str, values: Mapping[str, object]) -> Mapping[str, object]:
        """As a node's: gives back what it is asked."""
        return {"question": question, **values}
