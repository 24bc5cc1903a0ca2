"""The hub is what the API asks for."""

from __future__ import annotations

import inspect
from inspect import Parameter

import pytest

from hubbub import Hub
from hubbub.api.port import Server

CALLS = [name for name in vars(Server) if not name.startswith("_") and callable(getattr(Server, name))]


def test_the_hub_fits_the_port_by_its_types() -> None:
    hub: Server = Hub()  # the type checker's word
    assert not hub.is_running


@pytest.mark.parametrize("name", CALLS)
def test_each_call_of_the_port_is_one_of_the_hubs(name: str) -> None:
    asked, has = (inspect.signature(getattr(kind, name)).parameters for kind in (Server, Hub))
    assert [*asked] == [*has]
    for parameter in asked.values():
        assert (has[parameter.name].kind, parameter.default) == (parameter.kind, has[parameter.name].default)
        assert parameter.kind is not Parameter.VAR_KEYWORD
