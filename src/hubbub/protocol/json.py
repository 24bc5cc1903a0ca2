"""The JSON encoding: one object a message, a line feed between messages, payloads embedded as they are. Pure.

Nothing here looks into a payload, but for the line feeds between its tokens: clients split a frame at them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from re import Match

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder

from ..publication import Publication
from .codec import MAX_COMMANDS, BadFrame
from .commands import Command, Push, Reply
from .delta import make_patch


class _AnyPush(Struct, gc=False):
    push: Push


_encode = Encoder().encode
_encode_lines = Encoder().encode_lines
_decode = Decoder(Command).decode
_decode_raw = Decoder(Raw).decode


class JsonCodec:
    """The JSON encoding: see `Codec`. It has no state: `JSON` is the one that there is."""

    name = "json"
    ping = "{}"

    def decode(self, frame: str | bytes) -> list[Command]:
        """The commands of a frame; bytes are UTF-8."""
        if isinstance(frame, bytes):
            frame = _decode_utf8(frame)
        try:
            return [_decode(frame)] if "\n" not in frame else _decode_lines(frame)
        except BadFrame:
            raise
        except (ValueError, RecursionError) as error:
            return _decode_mended(frame, error)

    def decode_all(self, frames: Sequence[str | bytes]) -> list[Command]:
        """The commands of all frames, in order. Mostly each line has one: then no step of Python's is taken for it."""
        try:
            text = "".join(frames)  # type: ignore[arg-type]  # bytes raise
            if "\n" not in text:
                return list(map(_decode, frames))
            lines = "\n".join(frames).split("\n")  # type: ignore[arg-type]
            if all(lines) and len(lines) <= MAX_COMMANDS:
                return list(map(_decode, lines))
        except (TypeError, ValueError, RecursionError):
            pass
        return [command for frame in frames for command in self.decode(frame)]

    def check(self, data: Raw) -> bool:
        """Whether `data` is JSON: one value, in UTF-8 (RFC 8259 section 8.1)."""
        try:
            _decode_raw(str(data, "utf-8"))
        except (ValueError, RecursionError):
            return False
        return True

    def reply(self, reply: Reply) -> str:
        """`{"id":1,"subscribe":{}}`"""
        return _line(reply)

    def published(self, ids: Sequence[int]) -> str:
        """`{"id":1,"publish":{}}`, a line for each."""
        between = ',"publish":{}}\n{"id":'.join(map(str, ids))
        return f'{{"id":{between},"publish":{{}}}}'

    def push(self, push: Push) -> str:
        """`{"push":{"channel":"news","leave":{}}}`"""
        return _line(_AnyPush(push))

    def bare_push(self, push: Push) -> str:
        """`{"channel":"news","leave":{}}`"""
        return _line(push)

    def publications(self, channel: str, publications: Sequence[Publication]) -> list[str]:
        """`{"push":{"channel":"news","pub":{"data":"hi"}}}`. Where none has a line feed, as mostly, all are made at once."""
        opening, text = _opening(channel), _encode_lines(publications).decode()
        if text.count("\n") > len(publications) or "\r" in text:
            return [f"{opening}{_line(publication)}}}}}" for publication in publications]
        lines = text[:-1].replace("\n", f"}}}}\n{opening}")
        return f"{opening}{lines}}}}}".split("\n")

    def delta(self, publication: Publication, before: Raw | None) -> Publication:
        """The data of either is a JSON string: the patch, or the text of the whole."""
        whole = bytes(publication.data)
        patch = None if before is None else make_patch(bytes(before), whole, is_text=True)
        string = Raw(_encode((whole if patch is None else patch).decode()))
        return Publication(string, publication.info, publication.offset, publication.tags, patch is not None)

    def join(self, messages: Sequence[str]) -> str:
        """Messages, a line feed between them."""
        return "\n".join(messages)


JSON = JsonCodec()


@lru_cache(maxsize=4096)
def _opening(channel: str) -> str:
    """What stands before a publication: the same for all of a channel."""
    return f'{{"push":{{"channel":{_encode(channel).decode()},"pub":'


def _line(message: Struct) -> str:
    """A message on one line: inside JSON strings these are escaped, so what is taken out stood between tokens.

    Carriage returns go too: in an event stream they end a line.
    """
    text = _encode(message).decode()
    if "\n" in text or "\r" in text:
        return text.replace("\n", "").replace("\r", "")
    return text


def _decode_utf8(frame: bytes) -> str:
    try:
        return frame.decode()
    except UnicodeDecodeError as error:
        raise BadFrame(str(error)) from None


def _decode_lines(text: str) -> list[Command]:
    if text.count("\n") >= MAX_COMMANDS:
        raise BadFrame(f"more than {MAX_COMMANDS} commands in a frame")
    commands = [_decode(line) for line in text.split("\n") if line and not line.isspace()]
    if not commands:
        raise BadFrame("an empty frame")
    return commands


_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(rf"\\(?:u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}|(u[dD][89a-fA-F]{_HEX}{{2}})|.)")


def _decode_mended(frame: str, error: Exception) -> list[Command]:
    """Once more, without half characters: JavaScript's `slice` makes them, and its `JSON.stringify` writes them escaped.

    A client would be sent away for good for an emoji that was cut; as U+FFFD it harms nobody (RFC 8259 section 8.2).
    """
    mended = _ESCAPE.sub(_whole, frame)
    if mended == frame:
        raise BadFrame(str(error)) from None
    return JSON.decode(mended)


def _whole(escape: Match[str]) -> str:
    return "\\ufffd" if escape[1] else escape[0]
