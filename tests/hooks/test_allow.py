"""Nothing is allowed that no hook, option or token allows; and where several could say it, the order is the documented one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct

from hubbub import Disconnect, Misuse, Refused, Verifier, testing
from hubbub.channels.namespace import Namespace
from hubbub.channels.namespaces import Namespaces
from hubbub.eager import Eager
from hubbub.hooks.allow import Permissions
from hubbub.hooks.registry import Registry
from hubbub.hooks.signature import RPC, SAID_HEADERS
from hubbub.hooks.table import Table
from hubbub.protocol.commands import ConnectRequest, SubscribeRequest
from hubbub.publication import NOTHING
from hubbub.session.hooks import Answer, Approval, Grant, Settled, Welcome
from hubbub.tokens.claims import Claims
from hubbub.tokens.keys import NoKeys
from tests.hooks.clients import Client, connection
from tests.tokens.making import SECRET, claims, token

DATA = Raw(b'{"text":"hi"}')


class Message(Struct):
    text: str


class House:
    """A hub's permissions, and what they are made of."""

    def __init__(self, *namespaces: Namespace, with_tokens: bool = True, **more: Any) -> None:
        self.table = Table(Client)
        self.hub = Registry(self.table)
        self.tokens = Verifier(SECRET, required=()) if with_tokens else None
        self.allow = Permissions(self.table, Namespaces(namespaces), **{"tokens": self.tokens, **more})
        self.allow.eager = Eager()

    def subscribe(self, channel: str, client: Client | None = None, token: str = "") -> Awaitable[Grant]:
        return self.allow.subscribe(client or Client(), channel, SubscribeRequest(channel, token))

    def ask(self, channel: str, client: Client | None = None, grant: Grant | None = None, data: Raw = DATA) -> Answer:
        client = client or Client()
        answer = self.allow.publish(client, channel, data, grant)
        if isinstance(answer, Settled):
            return None if answer.ask is None else answer.ask(client, data)
        return answer

    async def publish(
        self, channel: str, client: Client | None = None, grant: Grant | None = None, data: Raw = DATA
    ) -> Approval:
        answer = self.ask(channel, client, grant, data)
        if isinstance(answer, Awaitable):
            answer = await answer
        return answer if isinstance(answer, Approval) else Approval(answer or data)


async def refusal(of: Awaitable[Any]) -> tuple[int, str]:
    with pytest.raises(Refused) as refused:
        await of
    return refused.value.code, str(refused.value.detail)


async def end(of: Awaitable[Any]) -> tuple[int, str]:
    with pytest.raises(Disconnect) as gone:
        await of
    return gone.value.code, gone.value.reason


DENIED = (103, "permission denied")
CHAT = Namespace("chat")


# Nothing


async def test_nothing_is_allowed_by_itself() -> None:
    house = House(CHAT)
    assert await refusal(house.subscribe("chat:a")) == DENIED
    assert await refusal(house.subscribe("plain")) == DENIED
    assert await refusal(house.publish("chat:a")) == DENIED
    assert await refusal(house.publish("chat:a", grant=Grant())) == DENIED
    assert await refusal(house.allow.may_see(Client(), "chat:a", "presence", Grant())) == DENIED
    assert await refusal(house.allow.refresh(Client(), "")) == (108, "not available")
    assert await refusal(house.allow.sub_refresh(Client(), "chat:a", "")) == (108, "not available")
    assert await refusal(house.allow.rpc(Client(), "add", DATA)) == (104, "method not found")
    assert await end(house.allow.connect(Client(), ConnectRequest())) == (3501, "bad request")
    assert (house.allow.takes_rpc, house.allow.takes_messages) == (False, False)


async def test_a_namespace_that_is_not_there_and_a_name_that_is_wrong() -> None:
    house = House(CHAT)
    assert (await refusal(house.subscribe("other:a")))[0] == 102
    assert (await refusal(house.publish("other:a")))[0] == 102
    assert (await refusal(house.allow.may_see(Client(), "other:a", "history", None)))[0] == 102
    assert (await refusal(house.subscribe("chat:" + "x" * 300)))[0] == 107


# Connecting


async def test_the_hook_says_who_it_is() -> None:
    house = House()

    @house.hub.on_connect
    async def who(client: Client, hello: dict[str, str] | None, token: str) -> str | None:
        return hello["name"] if hello else token or None

    assert await house.allow.connect(Client(), ConnectRequest(data=Raw(b'{"name":"ann"}'))) == Welcome(user="ann")
    assert await house.allow.connect(Client(), ConnectRequest()) == Welcome()
    assert (await refusal(house.allow.connect(Client(), ConnectRequest(data=Raw(b"1")))))[0] == 107


async def test_without_tokens_the_hook_reads_the_token_itself() -> None:
    house = House(with_tokens=False)
    assert await end(house.allow.connect(Client(), ConnectRequest("opaque"))) == (3500, "invalid token")

    @house.hub.on_connect
    async def who(token: str) -> str:
        return token

    assert (await house.allow.connect(Client(), ConnectRequest("opaque"))).user == "opaque"


async def test_who_may_come_without_a_name() -> None:
    assert await House(anonymous=True).allow.connect(Client(), ConnectRequest()) == Welcome()


async def test_a_connection_token_decides_and_no_hook_is_asked() -> None:
    house = House()

    @house.hub.on_connect
    async def who() -> bool:
        return False

    client = Client()
    caps = [{"channels": ["a"], "allow": ["sub"]}]
    welcome = await house.allow.connect(client, ConnectRequest(token(claims(info={"a": 1}, caps=caps))))
    assert (welcome.user, bytes(welcome.info), welcome.refreshes_itself) == ("ann", b'{"a":1}', False)
    assert client.claims is not None
    assert client.claims.token_id == "t-1"
    assert len(client.capabilities) == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("nonsense", 3500),
        (token(claims(), key=b"x" * 64), 3500),
        (token(claims(channel="news")), 3500),
        (token(claims(channels="news")), 3500),
        (token(claims(iat=4_000_000_000)), 3500),
    ],
)
async def test_a_connection_token_that_is_not_good_ends_it(given: str, code: int) -> None:
    client = Client()
    assert await end(House().allow.connect(client, ConnectRequest(given))) == (code, "invalid token")
    assert client.claims is None


@pytest.mark.parametrize("when", [{"exp": 1000}, {"nbf": 4_000_000_000}])
async def test_a_token_that_has_expired_or_is_early_is_asked_for_anew(when: dict[str, int]) -> None:
    house = House(CHAT)
    assert await refusal(house.allow.connect(Client(), ConnectRequest(token(claims(**when))))) == (109, "token expired")
    assert await refusal(house.subscribe("chat:a", token=token(claims(channel="chat:a", **when)))) == (
        109,
        "token expired",
    )
    assert await end(house.allow.refresh(Client(), token(claims(**when)))) == (3005, "connection expired")


async def test_keys_that_cannot_be_fetched_are_not_the_clients_fault() -> None:
    class Unreachable(Verifier):
        async def verify(self, token: str) -> Claims:
            raise NoKeys("there are no keys")

    house = House()
    house.allow._tokens = Unreachable(SECRET)
    assert (await refusal(house.allow.connect(Client(), ConnectRequest("token"))))[0] == 100


async def test_a_hook_that_renews_makes_the_server_renew() -> None:
    house = House()

    @house.hub.on_connect
    async def who() -> Welcome:
        return Welcome("ann", expire_at=5.0)

    assert (await house.allow.connect(Client(), ConnectRequest())).refreshes_itself is False

    @house.hub.on_refresh
    async def renew(client: Client, token: str) -> float:
        return 2e9

    assert (await house.allow.connect(Client(), ConnectRequest())).refreshes_itself is True
    assert await house.allow.refresh(Client(), "") == 2e9


async def test_a_fresh_token_is_the_same_users_with_the_same_channels() -> None:
    house, client = House(), Client()
    await house.allow.connect(client, ConnectRequest(token(claims(channels=["news"]))))
    fresh = token(claims(channels=["news"], exp=2_100_000_000, jti="t-2"))
    assert await house.allow.refresh(client, fresh) == 2_100_000_000
    assert client.claims is not None
    assert client.claims.token_id == "t-2"
    for others, code, why in (
        (claims(sub="bob", channels=["news"]), 3500, "the token is another user's"),
        (claims(), 3010, "the token names other channels than the one before"),
    ):
        with pytest.raises(Disconnect) as gone:
            await house.allow.refresh(client, token(others))
        assert (gone.value.code, gone.value.why) == (code, why)
    assert (await end(house.allow.refresh(client, "nonsense")))[0] == 3500


# Subscribing


async def test_a_hook_that_returns_is_the_permission() -> None:
    house = House(CHAT)

    @house.hub.on_subscribe("chat:{room}")
    async def may_join(client: Client, room: str, data: Any) -> bool | Grant | None:
        return {"a": None, "b": True, "c": False}.get(room, Grant(info={"room": room}))

    assert await house.subscribe("chat:a") == await house.subscribe("chat:b") == Grant()
    assert await refusal(house.subscribe("chat:c")) == DENIED
    assert bytes((await house.subscribe("chat:d")).info) == b'{"room":"d"}'
    assert await refusal(house.subscribe("plain")) == DENIED


async def test_a_hook_decides_alone_whatever_options_and_capabilities_say() -> None:
    house, client = House(Namespace("chat", allow_subscribe_for_client=True)), Client()
    await house.allow.connect(client, ConnectRequest(token(claims(caps=[{"channels": ["chat:a"], "allow": ["*"]}]))))
    assert await house.subscribe("chat:a", client) == Grant()

    @house.hub.on_subscribe("chat:{room}")
    async def refuse() -> bool:
        return False

    assert await refusal(house.subscribe("chat:a", client)) == DENIED


async def test_options_and_predicates_allow() -> None:
    house = House(
        Namespace("open", allow_subscribe_for_client=True),
        Namespace("some", allow_subscribe=lambda client, channel: client.user == "bob"),
    )
    assert await house.subscribe("open:a") == Grant()
    assert await refusal(house.subscribe("open:a", Client(""))) == DENIED
    assert await refusal(house.subscribe("some:a")) == DENIED
    assert await house.subscribe("some:a", Client("bob")) == Grant()


async def test_a_private_channel_needs_a_token_whatever_else_says_yes() -> None:
    house = House(Namespace("chat", allow_subscribe_for_client=True))

    @house.hub.on_subscribe("{channel:path}")
    async def all_may() -> None: ...

    assert await refusal(house.subscribe("$chat:a")) == DENIED
    assert await house.subscribe("$chat:a", token=token(claims(channel="$chat:a", exp=None))) == Grant()


async def test_a_subscription_token_decides_alone() -> None:
    house = House(CHAT)

    @house.hub.on_subscribe("chat:{room}")
    async def refuse() -> bool:
        return False

    given = token(claims(channel="chat:a", info=1, allow=["pub"]))
    grant = await house.subscribe("chat:a", token=given)
    assert (bytes(grant.info), grant.allows) == (b"1", frozenset({"publish"}))
    assert (await house.publish("chat:a", grant=grant)).data == DATA
    assert await end(house.subscribe("chat:b", token=given)) == (3500, "invalid token")
    assert await end(house.subscribe("chat:a", Client("bob"), given)) == (3500, "invalid token")
    assert await refusal(house.subscribe("chat:a", token="nonsense")) == DENIED
    assert await refusal(House(CHAT, with_tokens=False).subscribe("chat:a", token=given)) == DENIED
    assert await house.allow.sub_refresh(Client(), "chat:a", given) > 0


async def test_subscription_tokens_may_have_keys_of_their_own() -> None:
    other = b"another secret, and one of 32 bytes at least"
    house = House(CHAT, subscription_tokens=Verifier(other))
    assert await house.subscribe("chat:a", token=token(claims(channel="chat:a"), key=other))
    assert await refusal(house.subscribe("chat:a", token=token(claims(channel="chat:a")))) == DENIED


async def test_without_tokens_the_hook_reads_the_subscription_token_itself() -> None:
    house = House(CHAT, with_tokens=False)
    assert await refusal(house.subscribe("chat:a", token="opaque")) == DENIED

    @house.hub.on_subscribe("{channel:path}")
    async def may(token: str) -> bool:
        return token == "opaque"

    assert await house.subscribe("chat:a", token="opaque") == Grant()
    assert await refusal(house.subscribe("$chat:a", token="opaque")) == DENIED, "a hook for all was not asked for those"


async def test_a_channel_that_lists_its_users() -> None:
    house = House(
        Namespace("dialog", allow_user_limited_channels=True), Namespace("open", allow_subscribe_for_client=True)
    )
    assert await house.subscribe("dialog:#ann,bob") == Grant()
    assert await refusal(house.subscribe("dialog:#bob")) == DENIED
    assert await refusal(house.subscribe("dialog:#", Client(""))) == DENIED
    assert await refusal(house.subscribe("open:#bob")) == DENIED


async def test_a_hook_renews_a_subscription() -> None:
    house = House(CHAT)

    @house.hub.on_sub_refresh("chat:{room}")
    async def renew(room: int, token: str) -> float:
        return 2e9 + room

    assert await house.allow.sub_refresh(Client(), "chat:7", "") == 2e9 + 7
    assert (await refusal(house.allow.sub_refresh(Client(), "chat:x", "")))[0] == 107


# Publishing and seeing


async def test_a_publish_hook_checks_and_changes() -> None:
    house = House(CHAT)

    @house.hub.on_publish("chat:{room}")
    async def say(client: Client, room: str, message: Message) -> Any:
        return {"a": message, "b": None, "c": False}.get(room, Approval(Raw(b"1"), to_others=True))

    assert bytes((await house.publish("chat:a")).data) == bytes((await house.publish("chat:b")).data) == bytes(DATA)
    assert await refusal(house.publish("chat:c")) == DENIED
    assert (await house.publish("chat:d")).to_others
    code, says = await refusal(house.publish("chat:a", data=Raw(b'{"text":1}')))
    assert (code, says) == (107, "Expected `str`, got `int` - at `$.text`")


async def test_a_name_that_cannot_be_is_refused_to_who_is_not_subscribed_too() -> None:
    house = House(Namespace("chat", allow_publish_for_client=True, allow_presence_for_client=True))
    for channel in ("chat:\N{SNOWMAN}", "chat:" + 251 * "a"):
        assert (await refusal(house.publish(channel)))[0] == 107
        assert (await refusal(house.allow.may_see(Client(), channel, "presence", None)))[0] == 107


async def test_options_predicates_and_capabilities_allow_publishing_and_seeing() -> None:
    house = House(
        Namespace("open", allow_publish_for_subscriber=True, allow_presence_for_client=True),
        Namespace("some", allow_history=lambda client, channel: channel == "some:a"),
    )
    assert await refusal(house.publish("open:a")) == DENIED
    assert (await house.publish("open:a", grant=Grant())).data is DATA
    await house.allow.may_see(Client(), "open:a", "presence", None)
    await house.allow.may_see(Client(), "some:a", "history", None)
    await house.allow.may_see(Client(), "some:b", "history", Grant(allows=frozenset({"history"})))
    assert await refusal(house.allow.may_see(Client(), "some:b", "history", None)) == DENIED
    able = Client()
    await house.allow.connect(
        able, ConnectRequest(token(claims(caps=[{"channels": ["some:b"], "allow": ["pub", "hst"]}])))
    )
    await house.allow.may_see(able, "some:b", "history", None)
    assert (await house.publish("some:b", able)).data is DATA
    assert await refusal(house.allow.may_see(able, "some:b", "presence", None)) == DENIED


async def test_of_several_capabilities_the_first_that_names_the_channel_is_asked_alone() -> None:
    house, able = House(Namespace("chat")), Client()
    caps = [
        {"channels": ["chat:secret"], "allow": []},
        {"channels": ["chat:news"], "allow": ["sub"]},
        {"channels": ["chat:*"], "match": "wildcard", "allow": ["pub"]},
    ]
    await house.allow.connect(able, ConnectRequest(token(claims(caps=caps))))
    for channel in ("chat:secret", "chat:news"):
        assert await refusal(house.publish(channel, able)) == DENIED
    assert (await house.publish("chat:a", able)).data is DATA
    await house.allow.subscribe(able, "chat:news", SubscribeRequest("chat:news"))
    assert await refusal(house.allow.subscribe(able, "chat:a", SubscribeRequest("chat:a"))) == DENIED


async def test_what_does_not_change_between_one_payload_and_the_next_is_settled() -> None:
    house = House(
        Namespace("open", allow_publish_for_subscriber=True, history_size=9, history_ttl=60),
        Namespace("shut"),
        Namespace("object", allow_publish_for_subscriber=True, publication_data_format="json_object"),
        Namespace("some", allow_publish=lambda client, channel: True),
        Namespace("hooked", allow_publish_for_subscriber=True),
    )
    house.hub.on_publish("hooked:{room}")(_nod)
    able, may = Client(), Grant(allows=frozenset({"publish"}))
    await house.allow.connect(able, ConnectRequest(token(claims(caps=[{"channels": ["shut:a"], "allow": ["pub"]}]))))
    for client, channel, grant, is_settled in [
        (Client(), "open:a", Grant(), True),
        (Client(), "shut:a", may, True),
        (able, "shut:a", Grant(), False),  # until its token is renewed
        (able, "shut:a", None, False),
        (Client(), "object:a", may, True),
        (Client(), "some:a", Grant(), False),
        (Client(), "hooked:a", None, True),
    ]:
        answer = house.allow.publish(client, channel, Raw(b"{}"), grant)
        assert isinstance(answer, Settled) is is_settled, channel
    settled = house.allow.publish(Client(), "open:a", DATA, Grant())
    assert isinstance(settled, Settled)
    assert (settled.ask, settled.options.history_size) == (None, 9)


async def _nod() -> None:
    """It may."""


async def test_a_payload_that_the_namespace_does_not_take() -> None:
    house = House(Namespace("chat", allow_publish_for_client=True, publication_data_format="json_object"))
    assert (await refusal(house.publish("chat:a", data=Raw(b"[1]"))))[0] == 107
    assert await refusal(house.publish("chat:a", Client(""), data=Raw(b"[1]"))) == DENIED


async def test_where_there_is_no_hook_nobody_is_waited_for() -> None:
    house = House(Namespace("chat", allow_publish_for_client=True))
    assert house.ask("chat:a") in (None, DATA)


@pytest.mark.parametrize("answer", [None, True])
async def test_what_a_hook_lets_pass_as_it_came_is_as_if_nobody_had_been_asked(answer: bool | None) -> None:
    house = House(CHAT)

    @house.hub.on_publish("chat:{room}")
    async def say(room: str) -> bool | None:
        return answer

    assert house.ask("chat:a") in (None, DATA)


async def test_a_publish_hook_that_waits_is_waited_for() -> None:
    house = House(CHAT)

    @house.hub.on_publish("chat:{room}")
    async def say(room: str) -> str:
        await asyncio.sleep(0)
        return room

    asked = house.ask("chat:a")
    assert isinstance(asked, Awaitable)
    assert await asked == Raw(b'"a"')
    await house.allow.eager.close()


async def test_a_publish_hook_that_does_not_wait_takes_no_turn() -> None:
    house = House(CHAT)

    @house.hub.on_publish("chat:{room}")
    async def say(client: Client, room: str, message: Message) -> Message:
        return message

    assert isinstance(house.ask("chat:a"), Raw)
    await house.allow.eager.close()


# The rest


async def test_calls_by_pattern_where_no_name_is_there() -> None:
    house = House()

    async def any_method(method: str, name: str) -> list[str]:
        return [method, name]

    async def exact() -> int:
        return 1

    house.table.add_route(RPC, "math:{name}")(any_method)
    assert house.allow.takes_rpc
    house.hub.rpc("math:one")(exact)
    assert bytes(await house.allow.rpc(Client(), "math:add", NOTHING)) == b'["math:add","add"]'
    assert bytes(await house.allow.rpc(Client(), "math:one", NOTHING)) == b"1"
    assert await refusal(house.allow.rpc(Client(), "chat:add", NOTHING)) == (104, "method not found")


@pytest.mark.parametrize("given", ["", "token"])
async def test_what_a_client_says_as_headers_is_kept_as_far_as_a_hook_wants_it(given: str) -> None:
    house = House(anonymous=True)
    request = ConnectRequest(token(claims()) if given else "", headers={"Authorization": "Bearer 1", "X-Other": "no"})
    came = connection()
    ann = Client(connection=came)
    await house.allow.connect(ann, request)
    assert SAID_HEADERS not in came.scope
    house.table.said_headers = frozenset({"authorization"})
    await house.allow.connect(ann, request)
    assert came.scope[SAID_HEADERS] == {"authorization": "Bearer 1"}
    assert await house.allow.connect(Client(), request)


async def test_calls_messages_and_ends() -> None:
    house, told = House(CHAT), []

    @house.hub.rpc("add")
    async def add(numbers: list[int], method: str) -> int:
        return sum(numbers)

    @house.hub.rpc("nothing")
    async def nothing() -> None: ...

    @house.hub.on_message
    async def message(client: Client, text: str) -> None:
        told.append(text)

    @house.hub.on_unsubscribe("chat:{room}")
    async def left(room: str, code: int, reason: str) -> None:
        told.append(f"{room} {code} {reason}")

    @house.hub.on_disconnect
    async def gone(client: Client, code: int, reason: str) -> None:
        told.append(f"{client.user} {code} {reason}")

    allow, client = house.allow, Client()
    assert (allow.takes_rpc, allow.takes_messages) == (True, True)
    assert bytes(await allow.rpc(client, "add", Raw(b"[1,2]"))) == b"3"
    assert await allow.rpc(client, "nothing", NOTHING) is NOTHING
    assert (await refusal(allow.rpc(client, "add", NOTHING)))[0] == 107
    await allow.message(client, Raw(b'"hi"'))
    await allow.unsubscribed(client, "chat:a", 2500, "insufficient state")
    await allow.unsubscribed(client, "plain", 0, "")
    await allow.disconnected(client, 3001, "shutdown")
    assert told == ["hi", "a 2500 insufficient state", "ann 3001 shutdown"]
    await House().allow.disconnected(client, 3001, "shutdown")
    await House().allow.message(client, DATA)


async def test_revoked_tokens_are_no_longer_good_and_say_who_has_to_go() -> None:
    house, ann, bob, nobody = House(CHAT), Client(), Client("bob"), Client()
    with testing.manual_clock():
        old = token(claims())
        await house.allow.connect(ann, ConnectRequest(old))
        await house.allow.connect(bob, ConnectRequest(token(claims(sub="bob", jti="t-2"))))
        goes = house.allow.revoke(user="ann")
        assert [goes(client) for client in (ann, bob, nobody)] == [True, False, False]
        assert (await end(house.allow.connect(Client(), ConnectRequest(old))))[0] == 3500
        assert await refusal(house.subscribe("chat:a", token=token(claims(channel="chat:a")))) == DENIED
        goes = house.allow.revoke(token_id="t-2")
        assert [goes(client) for client in (ann, bob, nobody)] == [False, True, False]
    with pytest.raises(Misuse, match="revoke takes either"):
        house.allow.revoke()


OPTIONS = ["allow_subscribe_for_client", "allow_publish_for_client", "allow_user_limited_channels"]


@given(
    st.sets(st.sampled_from(OPTIONS)),
    st.sampled_from(["none", "allows", "refuses"]),
    st.sampled_from(["chat:a", "$chat:a", "chat:#ann", "chat:#bob", "other:a"]),
    st.sampled_from(["ann", ""]),
    st.sampled_from(["", "good", "bad", "other"]),
)
async def test_the_order_whatever_is_combined(options: set[str], hook: str, channel: str, user: str, kind: str) -> None:
    house = House(Namespace("chat", **dict.fromkeys(options, True)))  # type: ignore[arg-type]
    if hook != "none":
        house.hub.on_subscribe("{channel:path}")(allowing if hook == "allows" else refusing)
    given = {
        "": "",
        "good": token(claims(sub=user, channel=channel)),
        "bad": "bad",
        "other": token(claims(sub="eve", channel=channel)),
    }[kind]
    try:
        await house.subscribe(channel, Client(user), given)
        outcome = 0
    except (Refused, Disconnect) as error:
        outcome = error.code
    assert outcome == expected(options, hook, channel, user, kind)


async def allowing() -> None: ...


async def refusing() -> bool:
    return False


def expected(options: set[str], hook: str, channel: str, user: str, kind: str) -> int:
    """The order, said again and otherwise."""
    if channel.startswith("other"):
        return 102
    if kind:
        return {"good": 0, "bad": 103, "other": 3500}[kind]
    if channel.startswith("$"):
        return 103
    users = channel.partition("#")[2]
    if users and user != users:
        return 103
    if users and "allow_user_limited_channels" in options:
        return 0
    if hook != "none":
        return 0 if hook == "allows" else 103
    return 0 if user and not users and "allow_subscribe_for_client" in options else 103


async def test_a_token_without_an_end_lasts_for_ever_unless_the_verifier_wants_one() -> None:
    endless, nameless = token({"sub": "ann"}), token({"exp": 2_000_000_000})
    for_channel = token({"sub": "ann", "channel": "$chat:a"})
    by_default = House(CHAT, tokens=Verifier(SECRET))
    welcome = await by_default.allow.connect(Client(), ConnectRequest(endless))
    assert (welcome.user, welcome.expire_at) == ("ann", 0)
    assert (await by_default.subscribe("$chat:a", token=for_channel)).expire_at == 0
    assert await end(by_default.allow.connect(Client(), ConnectRequest(nameless))) == (3500, "invalid token")
    strict = House(CHAT, tokens=Verifier(SECRET, required=["exp"]))
    assert await end(strict.allow.connect(Client(), ConnectRequest(endless))) == (3500, "invalid token")
    assert await refusal(strict.subscribe("$chat:a", token=for_channel)) == DENIED
    own = House(CHAT, subscription_tokens=Verifier(SECRET))
    assert (await own.subscribe("$chat:a", token=for_channel)).expire_at == 0
