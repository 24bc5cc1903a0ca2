"""Whether the server is well: two endpoints, one for who restarts it and one for who sends it clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..errors import HubbubError
from ..settings.options import Health

TIMEOUT = 2.0
"""Seconds in which all that is asked must answer."""

Question = Callable[[], Awaitable[object]]
"""Raises, or gives `False`, where something is not well."""


def routes(options: Health, alive: dict[str, Question], ready: dict[str, Question]) -> list[Route]:
    """The endpoints.

    Args:
        options: their paths.
        alive: what the server depends on, by name.
        ready: what it needs besides before clients may come.
    """
    return [
        Route(options.handler_prefix, _Endpoint(alive), methods=["GET"]),
        Route(options.ready_prefix, _Endpoint(alive | ready), methods=["GET"]),
    ]


class _Endpoint:
    """Asks all, and tells by name what is not well."""

    def __init__(self, questions: dict[str, Question]) -> None:
        self._questions = questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self.answer()
        await response(scope, receive, send)

    async def answer(self) -> Response:
        """200, or 503 with the names."""
        answers = await asyncio.gather(*(_is_well(question) for question in self._questions.values()))
        ill = [name for name, is_well in zip(self._questions, answers, strict=True) if not is_well]
        headers = {"cache-control": "no-store"}
        return JSONResponse({"failing": ill} if ill else {}, 503 if ill else 200, headers)


async def _is_well(question: Question) -> bool:
    try:
        async with asyncio.timeout(TIMEOUT):
            return await question() is not False
    except (HubbubError, TimeoutError, OSError):
        return False
