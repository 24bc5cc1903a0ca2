"""`refresh`, and what becomes of who does not: the connection ends, after a grace."""

from __future__ import annotations

from hubbub import Refused, clock, testing
from hubbub.protocol.commands import ConnectRequest
from hubbub.session.hooks import Visit, Welcome
from tests.session.standins import OpenHooks
from tests.session.talk import Talker, open_house


class _Mortal(OpenHooks):
    def __init__(self, *, refreshes_itself: bool = False, again: float = 100) -> None:
        super().__init__()
        self._refreshes_itself = refreshes_itself
        self._again = again
        self.refreshed: list[str] = []

    async def connect(self, client: Visit, request: ConnectRequest) -> Welcome:
        return Welcome("ann", expire_at=clock.wall() + 60, refreshes_itself=self._refreshes_itself)

    async def refresh(self, client: Visit, token: str) -> float:
        self.refreshed.append(token)
        if not self._again:
            raise Refused(103)
        return clock.wall() + self._again


def _answer_pings(talker: Talker) -> None:
    """So that nothing else ends it."""
    if talker.link.sent:
        talker.session.receive(["{}"])
        talker.link.sent.clear()


async def test_who_refreshes_lives_on_and_who_does_not_ends_after_the_grace() -> None:
    with testing.manual_clock() as time:
        async with open_house(_Mortal()) as shared:
            talker = Talker(shared)
            connected = (await talker.ask(connect={}))["connect"]
            assert (connected["expires"], connected["ttl"]) == (True, 60)
            await time.advance(10)
            refreshed = (await talker.ask(refresh={"token": "new"}))["refresh"]
            assert (refreshed["expires"], refreshed["ttl"]) == (True, 100)
            assert refreshed["client"] == talker.session.id
            assert refreshed["version"] == "Hubbub test"
            for _ in range(24):
                await time.advance(5)
                _answer_pings(talker)
            assert talker.link.closed is None
            await time.advance(6)
            assert talker.link.closed == (3005, "connection expired")


async def test_the_server_may_refresh_by_itself_and_then_no_client_may() -> None:
    with testing.manual_clock() as time:
        hooks = _Mortal(refreshes_itself=True)
        async with open_house(hooks) as shared:
            talker = Talker(shared)
            assert "expires" not in (await talker.ask(connect={}))["connect"]
            for _ in range(13):
                await time.advance(5)
                _answer_pings(talker)
            assert hooks.refreshed == [""]
            assert talker.link.closed is None
            talker.say(refresh={"token": "x"})
            assert talker.link.closed == (3501, "bad request")


async def test_when_the_app_says_no_it_ends() -> None:
    with testing.manual_clock() as time:
        async with open_house(_Mortal(refreshes_itself=True, again=0)) as shared:
            talker = Talker(shared)
            await talker.ask(connect={})
            for _ in range(13):
                await time.advance(5)
                _answer_pings(talker)
            assert talker.link.closed == (3005, "connection expired")
