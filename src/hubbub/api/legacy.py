"""The older form: commands as `{"method": ..., "params": ...}` behind each other in one body, and their answers likewise.

Centrifugo 6 takes it still, and older libraries send nothing else.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.json import Decoder, Encoder

from ..backstage import Backstage
from ..codes import ErrorCode
from ..errors import Refused
from ..many import do_all
from .batch import MAX_COMMANDS
from .commands import COMMANDS, do
from .fields import Data, bad_request, nothing_given, says_nothing
from .keys import ApiKey
from .outcome import Error, Fault, error_of
from .reading import REQUESTS, decode

NUMBERS = (
    "publish", "broadcast", "unsubscribe", "disconnect", "presence", "presence_stats", "history", "history_remove",
    "channels", "info", "rpc", "subscribe", "refresh",
)  # fmt: skip
"""Methods by the numbers that they once had."""


class LegacyCommand(Struct, frozen=True, gc=False):
    """A command in the older form."""

    method: Annotated[str | int | None, Meta(description="Its name, in any case.")] = None
    params: Data = nothing_given()
    id: int | None = None


class LegacyReply(Struct, frozen=True, omit_defaults=True, gc=False):
    """An answer to it."""

    id: int | None = None
    error: Error | None = None
    result: Any = None


async def answer(hub: Backstage, key: ApiKey, body: bytes) -> bytes:
    """Do the commands of a body, in order; the answers, a line each.

    Raises:
        Fault: it is no JSON, or there are too many; none is done.
    """
    commands = _split(body)
    if len(commands) > MAX_COMMANDS:
        raise Fault(413, ErrorCode.LIMIT_EXCEEDED, f"limit exceeded: a request has at most {MAX_COMMANDS} commands")
    return b"\n".join(await do_all(commands, partial(_reply, hub, key)))


async def _reply(hub: Backstage, key: ApiKey, command: LegacyCommand) -> bytes:
    try:
        name = _name_of(command.method)
        params = b"{}" if says_nothing(command.params) else command.params
        return _encode(LegacyReply(command.id, result=await do(hub, key, name, REQUESTS[name](params))))
    except Fault as fault:
        return _encode(LegacyReply(command.id, error=fault.error))
    except Exception as error:
        return _encode(LegacyReply(command.id, error=error_of(error)))


def _name_of(method: str | int | None) -> str:
    if method is None:
        raise bad_request("`method` is missing")
    if isinstance(method, int):
        return NUMBERS[method] if 0 <= method < len(NUMBERS) else _unknown()
    return method.lower() if method.lower() in COMMANDS else _unknown()


def _unknown() -> str:
    raise Refused(ErrorCode.METHOD_NOT_FOUND, "not found: there is no such method")


def _split(body: bytes) -> list[LegacyCommand]:
    """One command in as many lines as it likes, or several with a line each."""
    try:
        return [decode(_command, body)]
    except Fault as fault:
        if b"\n" not in body.strip():
            raise
        try:
            return decode(_command_lines, body)
        except Fault:
            raise fault from None


_command = Decoder(LegacyCommand).decode
_command_lines = Decoder(LegacyCommand).decode_lines
_encode = Encoder().encode
