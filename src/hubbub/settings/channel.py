"""Options of channels: how their names are read, and how each family behaves. Only data."""

from __future__ import annotations

from typing import Literal

from .proxies import ChannelProxies
from .section import Section
from .values import Duration

DAY = 24 * 3600.0


class ChannelOptions(Section, frozen=True, kw_only=True):
    """How a family of channels behaves: the options of a [namespace](namespace.md), and who is asked over HTTP.

    Args:
        presence: keep who is in a channel.
        join_leave: tell who comes and goes, to those who ask for it and may see the presence.
        force_push_join_leave: tell it to all subscribers.
        leave_delay: Hubbub's own: in which a user who has left may come back unnoticed.
        join_leave_per_user: Hubbub's own: tell of a user's first connection and its last, and of none between.
        history_size: publications that a channel keeps; with `history_ttl`.
        history_ttl: for which each is kept; with `history_size`.
        history_meta_ttl: for which an unused channel remembers its position; 0 for `channel.history_meta_ttl`.
        force_positioning: watch every subscriber's position, and tell one who has missed something.
        allow_positioning: do it for those who ask.
        force_recovery: give every subscriber that comes back what it has missed.
        allow_recovery: do it for those who ask.
        force_recovery_mode: `stream`, all that was missed; `cache`, the newest publication alone.
        auto_cache_recover: in cache mode, give the newest publication to those who do not ask, too.
        allowed_delta_types: patches that subscribers may ask for: `["fossil"]`.
        delta_publish: publish every publication so that those who asked may get a patch.
        allow_tags_filter: subscribers may ask for some publications only, by their tags.
        allow_subscribe_for_client: whoever has a user may subscribe.
        allow_subscribe_for_anonymous: so may those without, where those with a user may.
        allow_publish_for_client: whoever has a user may publish.
        allow_publish_for_subscriber: whoever has a user and is subscribed may publish.
        allow_publish_for_anonymous: so may those without, where those with a user may.
        allow_presence_for_client: whoever has a user may see who is in.
        allow_presence_for_subscriber: whoever has a user and is subscribed may.
        allow_presence_for_anonymous: so may those without, where those with a user may.
        allow_history_for_client: whoever has a user may read the history.
        allow_history_for_subscriber: whoever has a user and is subscribed may.
        allow_history_for_anonymous: so may those without, where those with a user may.
        allow_user_limited_channels: those whom the name lists (`dialog#ann,bob`) may subscribe.
        channel_regex: what the name behind the namespace must match.
        publication_data_format: what clients may publish: `json`, `json_object`, `binary`; empty for
            `channel.publication_data_format`.
        subscription_type: `stream`.
        subscribe_proxy_enabled: ask a backend who may subscribe.
        subscribe_proxy_name: which; `default` is `channel.proxy.subscribe`.
        publish_proxy_enabled: ask a backend who may publish.
        publish_proxy_name: which; `default` is `channel.proxy.publish`.
        sub_refresh_proxy_enabled: ask a backend who may stay subscribed.
        sub_refresh_proxy_name: which; `default` is `channel.proxy.sub_refresh`.
        unsubscribe_proxy_enabled: Hubbub's own: tell a backend who has left.
        unsubscribe_proxy_name: Hubbub's own: which; `default` is `channel.proxy.unsubscribe`.
    """

    presence: bool = False
    join_leave: bool = False
    force_push_join_leave: bool = False
    leave_delay: Duration = Duration(0.0)
    join_leave_per_user: bool = False
    history_size: int = 0
    history_ttl: Duration = Duration(0.0)
    history_meta_ttl: Duration = Duration(0.0)
    force_positioning: bool = False
    allow_positioning: bool = False
    force_recovery: bool = False
    allow_recovery: bool = False
    force_recovery_mode: Literal["", "stream", "cache"] = "stream"
    auto_cache_recover: bool = False
    allowed_delta_types: tuple[Literal["fossil"], ...] = ()
    delta_publish: bool = False
    allow_tags_filter: bool = False
    allow_subscribe_for_client: bool = False
    allow_subscribe_for_anonymous: bool = False
    allow_publish_for_client: bool = False
    allow_publish_for_subscriber: bool = False
    allow_publish_for_anonymous: bool = False
    allow_presence_for_client: bool = False
    allow_presence_for_subscriber: bool = False
    allow_presence_for_anonymous: bool = False
    allow_history_for_client: bool = False
    allow_history_for_subscriber: bool = False
    allow_history_for_anonymous: bool = False
    allow_user_limited_channels: bool = False
    channel_regex: str = ""
    publication_data_format: Literal["", "json", "json_object", "binary"] = ""
    subscription_type: Literal["", "stream"] = "stream"
    subscribe_proxy_enabled: bool = False
    subscribe_proxy_name: str = "default"
    publish_proxy_enabled: bool = False
    publish_proxy_name: str = "default"
    sub_refresh_proxy_enabled: bool = False
    sub_refresh_proxy_name: str = "default"
    unsubscribe_proxy_enabled: bool = False
    unsubscribe_proxy_name: str = "default"


class ChannelNamespace(ChannelOptions, frozen=True, kw_only=True):
    """A family of channels, `name:...`.

    Args:
        name: letters, digits, `-`, `_` and `.`, at least two.
    """

    name: str = ""


class Channel(Section, frozen=True, kw_only=True):
    """Channels: their names, and the options of each family.

    Args:
        without_namespace: the options of channels without a namespace.
        namespaces: the options of the others.
        history_meta_ttl: for which an unused channel remembers its position.
        publication_data_format: what clients may publish where a namespace does not say.
        max_length: bytes of a channel's name.
        private_prefix: names that begin with it need a subscription token.
        namespace_boundary: ends the namespace.
        user_boundary: what follows are the only users who may subscribe.
        user_separator: between those users.
        proxy: backends that are asked of channels.
    """

    without_namespace: ChannelOptions = ChannelOptions()
    namespaces: tuple[ChannelNamespace, ...] = ()
    history_meta_ttl: Duration = Duration(30 * DAY)
    publication_data_format: Literal["", "json", "json_object", "binary"] = ""
    max_length: int = 255
    private_prefix: str = "$"
    namespace_boundary: str = ":"
    user_boundary: str = "#"
    user_separator: str = ","
    proxy: ChannelProxies = ChannelProxies()
