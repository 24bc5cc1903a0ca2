"""Who may do what: the session's port to the app, from tokens, options and the app's hooks together.

Nothing is allowed that no hook, option or token allows. Where several could say it the order is: a private channel needs a
token; a token decides alone; then the names in a user-limited channel; then the hook that is registered for the channel,
alone; then what the connection's token can do, and the namespace's options.
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from itertools import repeat
from math import inf
from typing import Any, Literal, Protocol

from msgspec import Raw

from .. import clock
from ..channels.namespace import Action, Namespace
from ..channels.namespaces import Namespaces
from ..codes import DisconnectCode, ErrorCode
from ..eager import Eager
from ..errors import Disconnect, ExpiredToken, InvalidToken, Misuse, Refused
from ..protocol.commands import ConnectRequest, SubscribeRequest
from ..protocol.json import JSON
from ..session.hooks import Answer, Grant, Said, Settled, Welcome
from ..tokens.claims import Claims
from ..tokens.keys import NoKeys
from ..tokens.revocations import Revocations, marks
from ..tokens.verifier import EarlyToken, TokenJudge
from . import answers
from .passes import Capability, Pass, grant_of, pass_of
from .signature import CONNECT, DISCONNECT, MESSAGE, REFRESH, SAID_HEADERS, Call
from .table import Entry, Table


class Caller(Protocol):
    """What this needs of the hub's client: to read who it is, and to keep what its token said."""

    id: str
    user: str
    claims: Claims | None
    capabilities: tuple[Capability, ...]

    @property
    def encoding(self) -> str:
        """What it speaks: `json` or `protobuf`."""

    @property
    def connection(self) -> Any:
        """The request that it came with, starlette's `HTTPConnection`; `None` without one."""


class Permissions:
    """Implements `session.hooks.Hooks`.

    Args:
        table: the hooks.
        namespaces: the options.
        tokens: judges connection tokens; `None` takes none.
        subscription_tokens: judges subscription tokens; by default `tokens` does.
        revocations: tokens that are no longer good.
        anonymous: whether a client that brings no token may connect where there is no hook to ask.
        personal: the namespace of the channel that is each user's own, to which the server subscribes its connections;
            empty for the one without a name, `None` for no such channels.
    """

    def __init__(
        self,
        table: Table,
        namespaces: Namespaces,
        *,
        tokens: TokenJudge | None = None,
        subscription_tokens: TokenJudge | None = None,
        revocations: Revocations | None = None,
        anonymous: bool = False,
        personal: str | None = None,
    ) -> None:
        self._table = table
        self._namespaces = namespaces
        self._tokens = None if tokens is None else tokens.lasting()
        self._subscription_tokens = self._tokens if subscription_tokens is None else subscription_tokens.lasting()
        self._revocations = revocations or Revocations()
        self._anonymous = anonymous
        self._personal = personal
        self.eager: Eager = None  # type: ignore[assignment]  # made when the loop runs

    @property
    def takes_anybody(self) -> bool:
        """Whether there is any client that it would let in."""
        return self._tokens is not None or CONNECT in self._table.sole or self._anonymous

    @property
    def takes_rpc(self) -> bool:
        """Whether there are methods."""
        return bool(self._table.methods or self._table.calls)

    @property
    def takes_messages(self) -> bool:
        """Whether there is a hook for messages."""
        return MESSAGE in self._table.sole

    # The connection

    async def connect(self, client: Caller, request: ConnectRequest) -> Welcome:
        """Who it is, and the channel of its own.

        Raises:
            Disconnect, Refused: see `_welcome`.
        """
        if request.headers and self._table.said_headers:
            self._keep_headers(client, request)
        welcome = await self._welcome(client, request)
        if self._personal is not None and welcome.user:
            channel = self._namespaces.names.personal(welcome.user, self._personal)
            welcome.subs = {channel: Grant(), **welcome.subs}
        return welcome

    async def _welcome(self, client: Caller, request: ConnectRequest) -> Welcome:
        """A token decides, else the hook, else whether those without a name may come.

        Raises:
            Disconnect: the token is not good (3500), or nothing says who it is (3501).
            Refused: the token has expired (109); or as the hook says.
        """
        if request.token and self._tokens is not None:
            return await self._connect_by_token(client, request.token, self._tokens)
        entry = self._table.sole.get(CONNECT)
        if entry is not None:
            call = Call(client, data=request.data, request=request, token=request.token)
            welcome = answers.welcome(await entry.call(call), as_bytes=_takes_bytes(client))
            if welcome.expire_at and REFRESH in self._table.sole:
                welcome.refreshes_itself = True
            return welcome
        if request.token:
            why = "nothing judges tokens: Hub(tokens=Verifier(...)), or @hub.on_connect"
            raise Disconnect(DisconnectCode.INVALID_TOKEN, why=why)
        if self._anonymous:
            return Welcome()
        why = "it brought no token, there is no @hub.on_connect, and the hub is not anonymous=True"
        raise Disconnect(DisconnectCode.BAD_REQUEST, why=why)

    async def refresh(self, client: Caller, token: str) -> float:
        """A token decides, else the hook.

        Raises:
            Disconnect: the token is not good or another user's (3500), has expired (3005), or has other channels (3010).
            Refused: there is nobody to ask (108); or as the hook says.
        """
        if token and self._tokens is not None:
            return await self._refresh_by_token(client, token, self._tokens)
        entry = self._table.sole.get(REFRESH)
        if entry is None:
            raise Refused(ErrorCode.NOT_AVAILABLE)
        return answers.expiry(await entry.call(Call(client, token=token)), "on_refresh")

    async def disconnected(self, client: Caller, code: int, reason: str) -> None:
        """Tell the hook."""
        entry = self._table.sole.get(DISCONNECT)
        if entry is not None:
            await entry.call(Call(client, code=code, reason=reason))

    # A subscription

    async def subscribe(self, client: Caller, channel: str, request: SubscribeRequest) -> Grant:
        """See the order above.

        Raises:
            Refused: it may not (103), the token has expired (109), the channel's name is wrong (107) or its namespace
                unknown (102); or as the hook says.
            Disconnect: the token is good, but another's (3500).
        """
        name = self._namespaces.read(channel)
        options, users = name.options, name.users
        if options is None:
            raise Refused(ErrorCode.UNKNOWN_CHANNEL)
        if name.fault:
            raise Refused(ErrorCode.BAD_REQUEST, name.fault)
        if request.token and (self._subscription_tokens is not None or name.is_private):
            return await self._grant(client, channel, request.token)
        if name.is_private:
            raise answers.denied("a private channel needs a subscription token")
        if users is not None and (not client.user or client.user not in users):
            raise answers.denied("the channel's name does not list this user")  # whatever a hook for others would say
        if users is not None and options.allow_user_limited_channels:
            return Grant()
        found = self._table.subscribe.find(channel)
        if found is not None:
            entry, values = found
            answer = await entry.call(Call(client, channel, values, request.data, request, request.token))
            return answers.grant(answer, as_bytes=_takes_bytes(client), said=f"{entry.call.name} returned")
        if request.token:
            raise answers.denied("nothing judges subscription tokens: Hub(tokens=Verifier(...)), or @hub.on_subscribe")
        if users is None and not self._may(client, "subscribe", channel, options, None):
            raise answers.denied(_nobody_allows("subscribe", client))
        if users is not None and not self._can(client, "subscribe", channel):
            raise answers.denied("its namespace is without allow_user_limited_channels, which speaks of such names")
        return Grant()

    async def sub_refresh(self, client: Caller, channel: str, token: str) -> float:
        """A token decides, else the hook.

        Raises:
            Refused: it may not (103), the token has expired (109), or there is nobody to ask (108).
            Disconnect: the token is good, but another's (3500).
        """
        if token and self._subscription_tokens is not None:
            return (await self._grant(client, channel, token)).expire_at
        found = self._table.sub_refresh.find(channel)
        if found is None:
            raise Refused(ErrorCode.NOT_AVAILABLE)
        entry, values = found
        return answers.expiry(await entry.call(Call(client, channel, values, token=token)), "on_sub_refresh")

    async def unsubscribed(self, client: Caller, channel: str, code: int, reason: str) -> None:
        """Tell the hook."""
        found = self._table.unsubscribe.find(channel)
        if found is not None:
            entry, values = found
            await entry.call(Call(client, channel, values, code=code, reason=reason))

    # What is said

    def publish(self, client: Caller, channel: str, data: Raw, grant: Grant | None) -> Settled | Answer:
        """The hook for the channel decides alone; else what a token or an option allows.

        Raises:
            Refused: it may not (103), the payload is wrong (107) or the namespace unknown (102); or as the hook says.
        """
        options = self._options(channel)
        if grant is None:  # who is subscribed has had the name checked
            self._check_name(channel)
        found = self._table.publish.find(channel)
        if found is not None:
            entry, values = found
            ask = partial(self._ask, entry, channel, values, options.carries_bytes)
            if not options.takes_any_data:
                return Settled(options.publishing, partial(_ask_checked, options, ask))
            ask_each = partial(self._ask_each, entry, channel, values, options.carries_bytes)
            return Settled(options.publishing, ask, ask_each)
        if not self._may(client, "publish", channel, options, grant):
            raise answers.denied(_nobody_allows("publish", client))
        if grant is not None and ("publish" in grant.allows or options.is_open("publish", client, True)):
            return Settled(options.publishing, None if options.takes_any_data else partial(_ask_checked, options, _nod))
        return _ask_checked(options, _nod, client, data)

    def _ask(
        self, entry: Entry, channel: str, values: Mapping[str, str], as_bytes: bool, client: Caller, data: Raw
    ) -> Answer:
        answer = entry.call.ask(self.eager, Call(client, channel, values, data))
        if isinstance(answer, Task):
            return _approved(answer, data, as_bytes)
        return answers.approval(answer, data, as_bytes=as_bytes)

    def _ask_each(
        self,
        entry: Entry,
        channel: str,
        values: Mapping[str, str],
        as_bytes: bool,
        client: Caller,
        data: Iterable[Raw],
        take: Callable[[Said], bool],
    ) -> Awaitable[Said] | None:
        approval = answers.approval
        calls = map(Call, repeat(client), repeat(channel), repeat(values), data)
        waiting = entry.call.ask_each(
            self.eager, calls, lambda call, answer: take(approval(answer, call.data, as_bytes=as_bytes))
        )
        if waiting is None:
            return None
        task, call = waiting
        return _approved(task, call.data, as_bytes)

    async def may_see(
        self, client: Caller, channel: str, what: Literal["presence", "history"], grant: Grant | None
    ) -> None:
        """What a token or an option allows.

        Raises:
            Refused: it may not (103), the channel's name is wrong (107), or the namespace is unknown (102).
        """
        if grant is None:
            self._check_name(channel)
        if not self._may(client, what, channel, self._options(channel), grant):
            raise answers.denied(_nobody_allows(what, client))

    async def rpc(self, client: Caller, method: str, data: Raw) -> Raw:
        """Call the hook of that name.

        Raises:
            Refused: there is none (104); or as the hook says.
        """
        values: Mapping[str, str] = {}
        entry = self._table.methods.get(method)
        if entry is None:
            found = self._table.calls.find(method)
            if found is None:
                raise Refused(ErrorCode.METHOD_NOT_FOUND)
            entry, values = found
        call = Call(client, values=values, data=data, method=method)
        return answers.result(await entry.call(call), entry.call.name, as_bytes=_takes_bytes(client))

    async def message(self, client: Caller, data: Raw) -> None:
        """Tell the hook."""
        entry = self._table.sole.get(MESSAGE)
        if entry is not None:
            await entry.call(Call(client, data=data))

    # Revocations

    def revoke(
        self, *, user: str | None = None, token_id: str | None = None, until: float = inf
    ) -> Callable[[Caller], bool]:
        """No longer take a token, or all that a user was given up to now.

        Args:
            user: the tokens' `sub`.
            token_id: the token's `jti`.
            until: when the last token that it concerns expires, in seconds since 1970, if that is known.

        Returns:
            Whether a client came by such a token, and has to go (3500).
        """
        if (token_id is None) == (user is None):
            raise Misuse("revoke takes either user=... or token_id=...")
        mark = ("sub", user) if user is not None else ("jti", str(token_id))
        leeway = 0.0 if self._tokens is None else self._tokens.leeway
        self._revocations.add(mark, clock.wall(), until + leeway)
        return lambda client: client.claims is not None and mark in marks(client.claims)

    # Inside

    def _keep_headers(self, client: Caller, request: ConnectRequest) -> None:
        """Those that a hook wants later: a client that cannot set headers says them in its first command."""
        wanted = self._table.said_headers
        if client.connection is not None:
            said = {name.lower(): value for name, value in request.headers.items() if name.lower() in wanted}
            client.connection.scope[SAID_HEADERS] = said

    def _options(self, channel: str) -> Namespace:
        options = self._namespaces.of(channel)
        if options is None:
            raise Refused(ErrorCode.UNKNOWN_CHANNEL)
        return options

    def _check_name(self, channel: str) -> None:
        if fault := self._namespaces.fault_of(channel):
            raise Refused(ErrorCode.BAD_REQUEST, fault)

    def _may(self, client: Caller, action: Action, channel: str, options: Namespace, grant: Grant | None) -> bool:
        if (grant is not None and action in grant.allows) or (
            client.capabilities and self._can(client, action, channel)
        ):
            return True
        return options.allows(action, client, channel, grant is not None)

    def _can(self, client: Caller, action: str, channel: str) -> bool:
        """What the first that names the channel says, and no other, as in Centrifugo."""
        return next((action in each.allow for each in client.capabilities if each.covers(channel)), False)

    async def _connect_by_token(self, client: Caller, token: str, judge: TokenJudge) -> Welcome:
        found = await self._pass(judge, token, ErrorCode.TOKEN_EXPIRED, as_bytes=_takes_bytes(client))
        client.claims, client.capabilities = found.claims, found.capabilities
        return found.welcome

    async def _refresh_by_token(self, client: Caller, token: str, judge: TokenJudge) -> float:
        found = await self._pass(judge, token, DisconnectCode.EXPIRED, as_bytes=True)  # of which nothing is told
        if found.welcome.user != client.user:
            raise Disconnect(DisconnectCode.INVALID_TOKEN, why="the token is another user's")
        before = None if client.claims is None else pass_of(client.claims, as_bytes=True)
        if before is not None and before.welcome.subs.keys() != found.welcome.subs.keys():
            raise Disconnect(
                DisconnectCode.INSUFFICIENT_STATE, why="the token names other channels than the one before"
            )
        client.claims, client.capabilities = found.claims, found.capabilities
        return found.welcome.expire_at

    async def _pass(self, judge: TokenJudge, token: str, code_of_expired: int, *, as_bytes: bool) -> Pass:
        try:
            return pass_of(await self._verify(judge, token, code_of_expired), as_bytes=as_bytes)
        except InvalidToken as error:
            raise Disconnect(DisconnectCode.INVALID_TOKEN) from error

    async def _grant(self, client: Caller, channel: str, token: str) -> Grant:
        if self._subscription_tokens is None:
            raise answers.denied("nothing judges subscription tokens: Hub(tokens=Verifier(...))")
        try:
            claims = await self._verify(self._subscription_tokens, token)
            return grant_of(claims, client.user, client.id, channel, as_bytes=_takes_bytes(client))
        except InvalidToken as error:
            raise answers.denied() from error

    async def _verify(self, judge: TokenJudge, token: str, code_of_expired: int = ErrorCode.TOKEN_EXPIRED) -> Claims:
        """The claims of a good token.

        Raises:
            InvalidToken: it is not good, and will not be.
            Refused: it has expired, or is early (109); or nobody can tell (100).
            Disconnect: it has expired, where the code is one of these.
        """
        try:
            claims = await judge.verify(token)
        except (ExpiredToken, EarlyToken) as error:
            if code_of_expired == DisconnectCode.EXPIRED:
                raise Disconnect(DisconnectCode.EXPIRED) from error
            raise Refused(ErrorCode.TOKEN_EXPIRED) from error
        except NoKeys as error:
            raise Refused(ErrorCode.INTERNAL, why=str(error)) from error
        if self._revocations.concern(claims, clock.wall()):
            raise InvalidToken("the token is revoked")
        return claims


async def _approved(answer: Awaitable[Any], data: Raw, as_bytes: bool) -> Said:
    return answers.approval(await answer, data, as_bytes=as_bytes)


def _ask_checked(options: Namespace, ask: Callable[[Any, Raw], Answer], client: Caller, data: Raw) -> Answer:
    """What is no payload for the namespace nobody else is asked about."""
    if fault := options.fault_of_data(data):
        raise Refused(ErrorCode.BAD_REQUEST, fault)
    return ask(client, data)


def _nod(client: Caller, data: Raw) -> None:
    """It may."""


def _nobody_allows(action: Action, client: Caller) -> str:
    """Why something is denied that nothing allows, as the log tells it."""
    hook = f"no @hub.on_{action} is for this channel, and " if action in ("subscribe", "publish") else ""
    nameless = "" if client.user else f"; of a client without a name allow_{action}_for_anonymous is asked too"
    return f"{hook}no option allow_{action}_for_... and no token allows it{nameless}"


def _takes_bytes(client: Caller) -> bool:
    """Whether it can be told bytes that are no JSON."""
    return client.encoding != JSON.name
