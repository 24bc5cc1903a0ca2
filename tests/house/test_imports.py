"""Imports point down, twins never meet, nothing goes in a circle; and each of these rules can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house.conftest import Plant
from tests.house.imports import Graph, circle_faults, floor_faults, import_graph, twin_faults
from tests.house.source import Module, read_modules
from tests.house.tables import FLOORS, TWINS

LOW_AND_HIGH = (("ring",), ("sockets", "channels"), ("server",))
PORT_AND_TWINS = (frozenset({"hubbub.sockets.native", "hubbub.sockets.asgi"}),)


@pytest.fixture(scope="module")
def graph(modules: dict[str, Module]) -> Graph:
    return import_graph(modules)


def graph_of(root: Path) -> Graph:
    return import_graph(read_modules(root / "hubbub"))


def test_imports_point_down(graph: Graph) -> None:
    assert floor_faults(graph, FLOORS) == []


def test_twins_never_meet(graph: Graph) -> None:
    assert twin_faults(graph, TWINS) == []


def test_there_are_no_circles(graph: Graph) -> None:
    assert circle_faults(graph) == []


def test_a_room_stands_on_one_floor() -> None:
    rooms = [room for floor in FLOORS for room in floor]
    assert len(rooms) == len(set(rooms))


def test_an_import_that_points_down_is_right(plant: Plant) -> None:
    root = plant({"hubbub/ring.py": "", "hubbub/sockets/socket.py": "from hubbub.ring import Ring"})
    assert floor_faults(graph_of(root), LOW_AND_HIGH) == []


def test_an_import_that_points_up_is_a_fault(plant: Plant) -> None:
    root = plant({"hubbub/ring.py": "from hubbub.sockets.socket import Socket", "hubbub/sockets/socket.py": ""})
    assert floor_faults(graph_of(root), LOW_AND_HIGH) == [
        "hubbub.ring imports hubbub.sockets.socket, which is not below it"
    ]


def test_an_import_for_types_alone_is_no_excuse(plant: Plant) -> None:
    upward = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from hubbub.server import run"
    root = plant({"hubbub/sockets/socket.py": upward, "hubbub/server/run.py": ""})
    assert len(floor_faults(graph_of(root), (("sockets",), ("server",)))) == 1


def test_neighbours_on_a_floor_never_meet(plant: Plant) -> None:
    root = plant({"hubbub/sockets/socket.py": "import hubbub.channels.node", "hubbub/channels/node.py": ""})
    assert len(floor_faults(graph_of(root), LOW_AND_HIGH)) == 1


def test_the_face_is_above_what_it_gathers(plant: Plant) -> None:
    root = plant({"hubbub/__init__.py": "", "hubbub/ring.py": "from hubbub import Lagged"})
    assert len(floor_faults(graph_of(root), (("ring",), ("__init__",)))) == 1


def test_a_room_without_a_floor_is_a_fault(plant: Plant) -> None:
    root = plant({"hubbub/utils.py": ""})
    assert floor_faults(graph_of(root), LOW_AND_HIGH) == ["hubbub.utils: its room 'utils' has no floor"]


def test_a_twin_that_imports_its_sibling_is_a_fault(plant: Plant) -> None:
    root = plant({"hubbub/sockets/native.py": "from hubbub.sockets.asgi import parse", "hubbub/sockets/asgi.py": ""})
    assert twin_faults(graph_of(root), PORT_AND_TWINS) == ["hubbub.sockets.native imports its twin hubbub.sockets.asgi"]


def test_a_part_of_a_twin_is_that_twin(plant: Plant) -> None:
    root = plant({"hubbub/sockets/native.py": "import hubbub.sockets.asgi.parse", "hubbub/sockets/asgi/parse.py": ""})
    assert len(twin_faults(graph_of(root), PORT_AND_TWINS)) == 1


def test_a_twin_may_import_the_port(plant: Plant) -> None:
    root = plant({"hubbub/sockets/native.py": "import hubbub.sockets.socket", "hubbub/sockets/socket.py": ""})
    assert twin_faults(graph_of(root), PORT_AND_TWINS) == []


def test_a_circle_is_a_fault_in_one_room_too(plant: Plant) -> None:
    root = plant({"hubbub/sockets/a.py": "from . import b", "hubbub/sockets/b.py": "from . import a"})
    assert len(circle_faults(graph_of(root))) == 1
