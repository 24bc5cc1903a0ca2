"""Where a host or an origin is allowed that is refused; what is, and is not, is tested with upgrades and doors."""

from __future__ import annotations

import pytest

from hubbub import Upgrade, testing
from hubbub.sockets import sites
from tests.sockets.test_upgrade import denied, welcome


async def test_the_environment_may_allow_origins_and_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_ORIGINS", "https://a.example, https://b.example")
    monkeypatch.setenv("HUBBUB_HOSTS", "testserver")
    sites.from_environment.cache_clear()
    try:
        refused = await denied(lambda upgrade: upgrade.accept(), origin="https://c.example")
        assert (refused.status, "allow it in HUBBUB_ORIGINS" in refused.json()["detail"]) == (403, True)
        refused = await denied(lambda upgrade: upgrade.accept(), url="ws://other/")
        assert (refused.status, "allow it in HUBBUB_HOSTS" in refused.json()["detail"]) == (421, True)
        refused = await denied(lambda upgrade: upgrade.accept(origins=[]), origin="https://b.example")
        assert (refused.status, "accept(origins=[" in refused.json()["detail"]) == (403, True)
        async with testing.connect(Upgrade.app(welcome), origin="https://b.example") as client:
            assert await client.receive() == "welcome"
    finally:
        monkeypatch.undo()
        sites.from_environment.cache_clear()
