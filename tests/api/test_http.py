"""The HTTP side: keys, bodies, statuses, and where it is mounted. Nothing that is sent makes it fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, get_args

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.structs import FieldInfo, fields
from starlette.applications import Starlette
from starlette.routing import Route

from hubbub import Api, ApiKey, Hub, testing
from hubbub.api import reading
from hubbub.api.commands import COMMANDS
from hubbub.api.http import routes
from tests.api.calling import KEY, calling, open_hub

METHODS = [*COMMANDS, "batch"]
SAID = {"channel": "chat:a", "data": {"x": 1}}


async def test_every_route_is_shut_without_a_key() -> None:
    hub = open_hub()
    async with calling(hub, key="") as call:
        for path in ("/api", *(f"/api/{method}" for method in [*METHODS, "none", "connections"])):
            for headers in ({}, {"X-API-Key": ""}, {"X-API-Key": KEY + "x"}, {"Authorization": f"Bearer {KEY}"}):
                response = await call.client.post(path, content=json.dumps(SAID), headers=headers)
                assert response.status_code == 401, (path, headers)
                assert response.json() == {"error": {"code": 101, "message": "unauthorized"}}
                assert response.headers["www-authenticate"] == "apikey"
        assert (await call.post(f"/api/publish?api_key={KEY}", SAID)).status_code == 401
        assert (await hub.history("chat:a")).top.offset == 0


async def test_a_key_comes_in_one_header_or_the_other_and_in_the_query_where_that_is_taken() -> None:
    async with calling(open_hub(), Api([KEY], key_in_query=True), key="") as call:
        for headers, query in (
            ({"X_API_Key": KEY}, ""),
            ({"Authorization": f"apikey {KEY}"}, ""),
            ({}, f"?api_key={KEY}"),
        ):
            response = await call.post("/api/publish" + query, SAID, **headers)
            assert "result" in response.json()


async def test_keys_are_rotated_while_it_runs() -> None:
    api = Api(["old"])
    async with calling(open_hub(), api, key="old") as call:
        await call("info")
        api.keys = (ApiKey("new"),)
        assert (await call.post("/api/info")).status_code == 401
        assert (await call.post("/api/info", X_API_Key="new")).status_code == 200


async def test_an_error_is_an_answer_unless_statuses_are_asked_for() -> None:
    async with calling(open_hub()) as call:
        wrong = {"channel": "nowhere:a", "data": 1}
        assert await call("publish", **wrong) == {"error": {"code": 102, "message": "unknown channel"}}
        response = await call.post("/api/publish", wrong, X_Centrifugo_Error_Mode="transport")
        assert (response.status_code, response.json()) == (404, {"code": 102, "message": "unknown channel"})
    async with calling(open_hub(), Api([KEY], error_statuses=True)) as call:
        assert (await call.post("/api/publish", wrong)).status_code == 404
        assert (await call.post("/api/publish", SAID)).status_code == 200


@pytest.mark.parametrize(
    ("body", "headers", "status", "why"),
    [
        ("{", {}, 400, "truncated"),
        ('{"channel":1}', {}, 400, "`$.channel`"),
        ('{"data":1,"tags":{"a":1}}', {}, 400, "`$.tags"),
        ('{"version":-1}', {}, 400, "`$.version`"),
        (b"\xff", {}, 400, "not UTF-8"),
        ("{}", {"Content_Encoding": "gzip"}, 415, "Content-Encoding"),
        (" " * 101, {}, 413, "at most 100 bytes"),
    ],
)
async def test_what_is_no_command_has_a_status_and_says_why(
    body: str | bytes, headers: dict[str, str], status: int, why: str
) -> None:
    async with calling(open_hub(), Api([KEY], max_body=100)) as call:
        response = await call.post("/api/publish", body, **headers)
        assert (response.status_code, response.headers["content-type"]) == (status, "application/json")
        assert why in response.json()["error"]["message"]


async def test_a_body_without_a_length_has_the_same_bound() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 50

    async with calling(open_hub(), Api([KEY], max_body=100)) as call:
        assert (await call.client.post("/api/publish", content=endless())).status_code == 413


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(reading, "PATIENCE", 0.01)
    async with calling(open_hub()) as call:
        response = await call.client.post("/api/publish", content=stuck())
        assert (response.status_code, response.headers["connection"]) == (408, "close")
        assert response.json()["error"]["code"] == 107


async def test_a_key_is_asked_for_before_the_body_is_read() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("the body was asked for")
        yield b""

    async with calling(open_hub(), key="") as call:
        assert (await call.client.post("/api/publish", content=never())).status_code == 401


async def test_an_insecure_one_asks_for_no_key_but_for_json() -> None:
    """A page of another origin may post forms and plain text wherever it likes."""
    async with calling(open_hub(), Api(insecure=True), key="") as call:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
            response = await call.post("/api/publish", SAID, Content_Type=kind)
            assert (response.status_code, response.json()["error"]["code"]) == (415, 107)
        assert "result" in (await call.post("/api/publish", SAID, Content_Type="application/json")).json()


async def test_no_page_may_ask_an_insecure_one_not_even_one_whose_name_was_bent_to_this_address() -> None:
    """Who owns `evil.example` may let it be 127.0.0.1 from now on (DNS rebinding): then its pages are of our own origin."""
    async with calling(open_hub(), Api(insecure=True), key="") as call:
        bent = {"Content_Type": "application/json", "Host": "evil.example", "Origin": "http://evil.example"}
        response = await call.post("/api/publish", SAID, **bent)
        assert (response.status_code, response.json()["error"]["code"]) == (403, 103)
    async with calling(open_hub()) as call:  # what has the key is no page of a stranger
        assert (await call.post("/api/publish", SAID, Origin="http://admin.example")).status_code == 200


async def test_other_methods_of_http_and_unknown_commands_are_refused() -> None:
    async with calling(open_hub()) as call:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            assert (await call.client.request(method, "/api/publish")).status_code == 405
        response = await call.post("/api/map_publish", SAID)
        assert (response.status_code, response.json()["error"]["code"]) == (404, 104)


async def test_a_hub_that_does_not_run_is_not_there_yet() -> None:
    app = Starlette(routes=routes(Api([KEY]), Hub()))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test", headers={"X-API-Key": KEY}) as client:
        response = await client.post("/api/publish", json=SAID)
        assert (response.status_code, response.json()["error"]["code"]) == (503, 100)


async def test_who_hangs_up_is_not_answered() -> None:
    hub = open_hub()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there")

    async with calling(hub):
        assert hub.installed is not None
        headers = [(b"x-api-key", KEY.encode())]
        scope = {"type": "http", "method": "POST", "path": "/api/publish", "headers": headers, "query_string": b""}
        await hub.installed[0](scope, receive, send)


async def test_it_is_mounted_where_the_developer_wants_it_and_stays_out_of_the_apps_schema() -> None:
    hub = open_hub()
    outer, inner = FastAPI(), FastAPI()

    @inner.post("/api/orders")
    async def orders() -> str:
        return "mine"

    hub.install(inner, "/live", api=Api([KEY], path="/server"))
    outer.mount("/app", inner)
    assert list(inner.openapi()["paths"]) == ["/api/orders"]
    transport = httpx2.ASGITransport(app=outer)
    async with hub.lifespan(None), httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.post("/app/live/server/publish", json=SAID, headers={"X-API-Key": KEY})
        assert response.json()["result"]["offset"] == 1
        assert (await client.post("/app/api/orders")).json() == "mine"
        assert (await client.get("/app/live/server/docs")).status_code == 200


async def test_the_docs_are_for_everybody_or_not_there() -> None:
    async with calling(open_hub(), key="") as call:
        page = await call.client.get("/api/docs")
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert (await call.client.get("/api/openapi.json")).json()["openapi"] == "3.1.0"
        head = await call.client.head("/api/docs")
        assert (head.status_code, head.content) == (200, b"")
    async with calling(open_hub(), Api([KEY], docs=False)) as call:
        assert (await call.client.get("/api/docs")).status_code == 405
        assert (await call.client.get("/api/openapi.json")).status_code == 405


def test_without_an_api_there_are_no_routes() -> None:
    app = Starlette()
    Hub().install(app)
    assert [route for route in app.routes if isinstance(route, Route) and route.path.startswith("/api")] == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = sorted({name for method in COMMANDS.values() for name in method.request.__struct_fields__})
_BODY = st.dictionaries(st.sampled_from(_FIELDS), _JSON | st.sampled_from(["chat:a", "ann", {}, [], "", 0, 1]))


def test_whatever_is_sent_is_answered_and_what_is_wrong_is_named() -> None:
    hub = open_hub()

    @hub.server_rpc("echo")
    async def echo(data: Any) -> Any:
        return data

    async def check_bystander() -> None:
        place = await hub.publish("chat:quiet", "still here?")
        publication = await quiet.next_publication()
        assert (publication.offset, publication.data) == (place.offset, "still here?")

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        call = runner.run(stack.enter_async_context(calling(hub)))
        zoe = runner.run(stack.enter_async_context(testing.hub_client(hub, token="zoe")))
        quiet = runner.run(zoe.subscribe("chat:quiet"))

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine's
        @given(st.data())
        def send_and_check(data: st.DataObject) -> None:
            method, body = _command(data)
            response = runner.run(call.post(f"/api/{method}".rstrip("/"), json.dumps(body)))
            _check(response.status_code, response.json())
            runner.run(check_bystander())

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine's
        @given(st.sampled_from(["", *METHODS]), st.binary() | _JSON.map(json.dumps) | _BODY.map(json.dumps).map(_cut))
        def send_anything(method: str, body: bytes | str) -> None:
            response = runner.run(call.post(f"/api/{method}".rstrip("/"), body))
            for line in response.text.splitlines():
                _check(response.status_code, json.loads(line))
            runner.run(check_bystander())

        send_and_check()
        send_anything()
        runner.run(stack.aclose())


@pytest.mark.parametrize("method", COMMANDS)
async def test_a_field_of_another_type_is_named(method: str) -> None:
    """Each of every command, by itself, in a batch, and in the older form."""
    async with calling(open_hub()) as call:
        for info in fields(COMMANDS[method].request):
            if _takes_anything(info):
                continue
            wrong: dict[str, Any] = {info.encode_name: [[]]}
            ways = [
                ("", {"method": method, "params": wrong}, "$"),
                (method, wrong, "$"),
                ("batch", {"commands": [{method: wrong}]}, f"$.commands[0].{method}"),
            ]
            for path, body, where in ways:
                answer = (await call.post(f"/api/{path}".rstrip("/"), body)).json()
                assert answer["error"]["code"] == 107
                assert f"`{where}.{info.encode_name}" in answer["error"]["message"], answer


def _takes_anything(info: FieldInfo) -> bool:
    return Raw in (info.type, *get_args(info.type))


def _cut(text: str) -> str:
    return text[: len(text) * 2 // 3]


def _command(data: st.DataObject) -> tuple[str, Any]:
    method = data.draw(st.sampled_from(METHODS))
    if method == "batch":
        named = st.sampled_from([*COMMANDS, "x"])
        return method, {"commands": data.draw(st.lists(st.dictionaries(named, _BODY | _JSON, max_size=2), max_size=4))}
    body = data.draw(_BODY)
    return (method, body) if data.draw(st.booleans()) else ("", {"method": method, "params": body})


def _check(status: int, answer: Any) -> None:
    assert status in (200, 400), answer
    if "error" in answer:
        assert answer["error"]["code"] not in (100, 101)
        assert status == 200 or answer["error"]["message"].startswith("bad request: ")
    else:
        assert "result" in answer or "replies" in answer
    for reply in answer.get("replies", ()):
        assert reply.get("error", {}).get("code") != 100
