"""Many commands in one request, in order or several at a time. Each is answered by itself: one that fails stops no other."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, defstruct

from ..backstage import Backstage
from ..codes import ErrorCode
from ..errors import Refused
from ..many import AT_ONCE, do_all
from .commands import COMMANDS, do
from .fields import Flag, Request, Result
from .keys import ApiKey
from .outcome import Error, Fault, error_of

MAX_COMMANDS = 10_000
"""Of one batch."""

Command: type[Struct] = defstruct(
    "Command",
    [(name, method.request | None, None) for name, method in COMMANDS.items()],
    namespace={"__doc__": "One of these."},
    module=__name__,
    frozen=True,
    gc=False,
)
"""A command under its name."""

Reply: type[Struct] = defstruct(
    "Reply",
    [("error", Error | None, None), *((name, method.result | None, None) for name, method in COMMANDS.items())],
    namespace={"__doc__": "The result under the command's name, or an error."},
    module=__name__,
    omit_defaults=True,
)
"""What became of a command, as documents show it."""


class BatchRequest(Request, frozen=True, kw_only=True):
    """Many commands at once."""

    commands: Annotated[tuple[Command, ...], Meta(description="Each an object with one command.")] = ()  # type: ignore[valid-type]
    parallel: Annotated[Flag, Meta(description="Several may be done at the same time, and in any order.")] = None


class BatchResult(Result, frozen=True):
    """What became of each, in the order of the commands."""

    replies: list[Reply]  # type: ignore[valid-type]


async def batch(hub: Backstage, key: ApiKey, request: BatchRequest) -> BatchResult:
    """Do all commands.

    Raises:
        Fault: there are too many; none is done.
    """
    if len(request.commands) > MAX_COMMANDS:
        raise Fault(413, ErrorCode.LIMIT_EXCEEDED, f"limit exceeded: a batch has at most {MAX_COMMANDS} commands")

    async def reply(command: Any) -> dict[str, Any]:
        try:
            name = _name_of(command)
            return {name: await do(hub, key, name, getattr(command, name))}
        except Exception as error:
            return {"error": error_of(error)}

    return BatchResult(await do_all(request.commands, reply, AT_ONCE if request.parallel else 1))


def _name_of(command: Any) -> str:
    for name in COMMANDS:
        if getattr(command, name) is not None:
            return name
    raise Refused(ErrorCode.METHOD_NOT_FOUND, "not found: the command names no method that there is")
