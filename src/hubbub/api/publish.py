"""The slices of `publish` and `broadcast`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Raw

from ..backstage import Backstage
from ..codes import ErrorCode
from ..errors import Refused
from ..many import AT_ONCE, do_all
from .fields import Base64, Channel, Data, Flag, Request, Result, bad_request, check_given, nothing_given, payload
from .keys import ApiKey
from .outcome import Error, error_of

MAX_CHANNELS = 10_000
"""Of one broadcast."""


class Said(Request, frozen=True, kw_only=True):
    """What is said, and how."""

    data: Data = nothing_given()
    b64data: Base64 = None
    skip_history: Annotated[Flag, Meta(description="Do not keep it in the channel's stream.")] = None
    tags: Annotated[dict[str, str] | None, Meta(description="Names and values by which subscribers may filter.")] = None
    idempotency_key: Annotated[
        str | None, Meta(description="The same again within five minutes, with the same key, is not made twice.")
    ] = None
    delta: Annotated[Flag, Meta(description="Subscribers who ask for patches may be sent one.")] = None
    version: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)] | None,
        Meta(description="One that is not above the last one's is not made; needs a history."),
    ] = None
    version_epoch: Annotated[str | None, Meta(description="A version of another epoch is above all others.")] = None
    exclude: Annotated[str | None, Meta(description="The id of a connection that is not told.")] = None


class PublishRequest(Said, frozen=True, kw_only=True):
    """Say something in a channel."""

    channel: Channel = ""


class BroadcastRequest(Said, frozen=True, kw_only=True):
    """Say the same in several channels."""

    channels: Annotated[tuple[str, ...], Meta(description="Their names.")] = ()


class PublishResult(Result, frozen=True):
    """Its place in the stream; nothing where the channel keeps none."""

    offset: int = 0
    epoch: str = ""


class PublishResponse(Result, frozen=True):
    """What became of it in one channel."""

    error: Error | None = None
    result: PublishResult | None = None


class BroadcastResult(Result, frozen=True):
    """What became of it in each channel, in the order in which they were named."""

    responses: list[PublishResponse]


async def publish(hub: Backstage, key: ApiKey, request: PublishRequest) -> PublishResult:
    """Say something in a channel."""
    check_given(request.channel, "channel")
    return await _publish(hub, key, request.channel, payload(request.data, request.b64data), _options(request))


async def broadcast(hub: Backstage, key: ApiKey, request: BroadcastRequest) -> BroadcastResult:
    """Say the same in several channels: what goes wrong in one does not keep it from the others."""
    check_given(request.channels, "channels")
    if len(request.channels) > MAX_CHANNELS:
        raise Refused(ErrorCode.LIMIT_EXCEEDED, f"limit exceeded: `channels` has more than {MAX_CHANNELS} names")
    data, options = payload(request.data, request.b64data), _options(request)

    async def say(channel: str) -> PublishResponse:
        try:
            if not channel:
                raise bad_request("a name in `channels` is empty")
            return PublishResponse(result=await _publish(hub, key, channel, data, options))
        except Exception as error:
            return PublishResponse(error=error_of(error))

    return BroadcastResult(await do_all(request.channels, say, AT_ONCE))


async def _publish(hub: Backstage, key: ApiKey, channel: str, data: Raw, options: Mapping[str, Any]) -> PublishResult:
    key.check_channel(channel)
    position = await hub.publish(channel, data, **options)
    return PublishResult(position.offset, position.epoch)


def _options(said: Said) -> dict[str, Any]:
    return {
        "tags": said.tags,
        "skip_history": said.skip_history or False,
        "idempotency_key": said.idempotency_key or "",
        "version": said.version or 0,
        "version_epoch": said.version_epoch or "",
        "delta": said.delta or None,  # `false` is what libraries send who say nothing: then the namespace says it
        "exclude": said.exclude or "",
    }
