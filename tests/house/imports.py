"""The rules of who may import whom: down the floors only, twins never, no circles. The tables name the rooms."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from tests.house.source import Module, imports

Graph = dict[str, set[str]]


def import_graph(modules: dict[str, Module]) -> Graph:
    """Module by module, which of the others each imports."""
    return {name: imports(module, modules) for name, module in modules.items()}


def room_of(module: str) -> str:
    """The room a module lies in: the first name below the package, which is itself the room `__init__`."""
    return [*module.split("."), "__init__"][1]


def floor_faults(graph: Graph, floors: Sequence[Sequence[str]]) -> list[str]:
    """Imports that do not point to a lower floor, and rooms that stand on none."""
    level = {room: number for number, floor in enumerate(floors) for room in floor}
    faults = [f"{name}: its room {room_of(name)!r} has no floor" for name in graph if room_of(name) not in level]
    for name, targets in graph.items():
        for target in sorted(targets):
            ours, theirs = room_of(name), room_of(target)
            if ours != theirs and level.get(theirs, -1) >= level.get(ours, len(floors)):
                faults.append(f"{name} imports {target}, which is not below it")
    return faults


def twin_faults(graph: Graph, twins: Sequence[frozenset[str]]) -> list[str]:
    """Imports of one twin by another."""
    return [
        f"{name} imports its twin {target}"
        for name, targets in graph.items()
        for target in sorted(targets)
        for family in twins
        if (one := _member(name, family)) and (other := _member(target, family)) and one != other
    ]


def _member(name: str, family: frozenset[str]) -> str | None:
    """The twin that a module is, or is a part of."""
    return next((twin for twin in family if name == twin or name.startswith(twin + ".")), None)


def circle_faults(graph: Graph) -> list[str]:
    """The first circle of imports, if there is any."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["a circle of imports: " + " <- ".join(error.args[1])]
    return []
