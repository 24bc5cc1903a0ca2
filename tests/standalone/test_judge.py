"""Keys that are exchanged while tokens are judged; the previous secret, until it ends."""

from __future__ import annotations

import pytest

from hubbub import Hub, Verifier, testing
from hubbub.clock import wall
from hubbub.errors import InvalidToken
from hubbub.settings.client import Token
from hubbub.settings.values import Secret
from hubbub.standalone.judge import Judge
from tests.standalone.conftest import SECRET, token

OLD = "an-older-secret-of-the-tests-that-is-long-enough"


async def test_takes_no_token_without_a_key() -> None:
    judge = Judge(Token())
    with pytest.raises(InvalidToken, match=r"client.token"):
        await judge.verify(token())
    assert await judge.is_ready()


def test_is_itself_what_takes_lasting_tokens() -> None:
    judge = Judge(Token())
    assert judge.lasting() is judge
    assert not isinstance(judge, Verifier)
    Hub(tokens=judge)


async def test_takes_over_what_another_judges_by() -> None:
    judge = Judge(Token(hmac_secret_key=Secret(OLD)))
    assert (await judge.verify(token("ann", OLD))).user == "ann"
    judge.take_over(Judge(Token(hmac_secret_key=Secret(SECRET)), takes_anonymous=False))
    assert (await judge.verify(token("ann"))).user == "ann"
    with pytest.raises(InvalidToken):
        await judge.verify(token("ann", OLD))
    with pytest.raises(InvalidToken, match="nobody"):
        await judge.verify(token(""))


async def test_takes_the_previous_secret_until_its_end() -> None:
    with testing.manual_clock() as clock:
        until = int(wall()) + 60
        judge = Judge(
            Token(
                hmac_secret_key=Secret(SECRET),
                hmac_previous_secret_key=Secret(OLD),
                hmac_previous_secret_key_valid_until=until,
            )
        )
        assert (await judge.verify(token("ann", OLD))).user == "ann"
        await clock.advance(61)
        assert (await judge.verify(token("ann"))).user == "ann"
        with pytest.raises(InvalidToken):
            await judge.verify(token("ann", OLD))


async def test_is_not_ready_before_its_keys_have_come(caplog: pytest.LogCaptureFixture) -> None:
    judge = Judge(Token(jwks_public_endpoint="http://127.0.0.1:9/keys", audience="chat"))
    assert not await judge.is_ready()
    assert "keys could not be fetched" in caplog.text


def test_shows_no_key() -> None:
    assert SECRET not in repr(Judge(Token(hmac_secret_key=Secret(SECRET))))
