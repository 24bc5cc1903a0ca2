"""The upgrade over every twin: what it shows, how it is accepted, how it is refused, and what stands beside it."""

from __future__ import annotations

import json

import pytest

from tests.contracts.twins import Twin


async def test_an_upgrade_shows_its_request(twin: Twin) -> None:
    headers = {"X-Agent": "tester", "Cookie": "seat=12; row=b"}
    options = {"headers": headers, "subprotocols": ["v1", "v3"], "origin": "https://page.example"}
    async with twin.connect("/seen/7%20a?x=1&x=2&y=%C3%BC", **options) as client:
        seen = json.loads(await client.receive())
    assert seen == {
        "agent": "tester",
        "cookies": {"seat": "12", "row": "b"},
        "query": [["x", "1"], ["x", "2"], ["y", "ü"]],
        "path": "/seen/7 a",
        "params": {"item": "7 a"},
        "subprotocols": ["v1", "v3"],
        "origin": "https://page.example",
        "host": "127.0.0.1",
    }


async def test_an_upgrade_knows_whether_it_is_native(twin: Twin) -> None:
    async with twin.connect("/is-native") as client:
        assert json.loads(await client.receive()) is twin.is_native


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [(["v1"], "v1"), (["v1", "v2"], "v2"), (["v2", "v1"], "v2"), (["v9", "v1"], "v1"), (["v9"], None), ([], None)],
)
async def test_the_servers_order_chooses_the_subprotocol(twin: Twin, offered: list[str], chosen: str | None) -> None:
    async with twin.connect("/subprotocols", **({"subprotocols": offered} if offered else {})) as client:
        assert client.subprotocol == chosen
        assert json.loads(await client.receive()) == chosen


async def test_an_upgrade_without_a_subprotocol_in_common_is_refused_on_request(twin: Twin) -> None:
    denied = await twin.denied("/subprotocols?require=true", subprotocols=["v9"])
    assert denied.status == 400
    assert "offer one of: v2, v1" in denied.json()["detail"]
    async with twin.connect("/subprotocols?require=true", subprotocols=["v1"]) as client:
        assert client.subprotocol == "v1"


async def test_the_response_has_the_headers_of_the_app_and_of_its_middleware(twin: Twin) -> None:
    async with twin.connect("/headers") as client:
        seen = {name: client.headers.get(name) for name in ("x-room", "set-cookie", "x-greeting")}
    sent = {"x-room": "lobby", "set-cookie": "seat=12", "x-greeting": "hello"}
    assert seen == (sent if twin.sends_headers else dict.fromkeys(sent))


async def test_a_page_of_a_foreign_origin_is_refused_and_told_how_to_be_allowed(twin: Twin) -> None:
    denied = await twin.denied("/echo", origin="https://evil.example")
    assert denied.status == 403
    assert "https://evil.example" in denied.json()["detail"]
    assert "accept(origins=[" in denied.json()["detail"]


@pytest.mark.parametrize("origin", ["https://chat.example.com", None])
async def test_a_page_whose_origin_is_allowed_may_connect(twin: Twin, origin: str | None) -> None:
    async with twin.connect("/origins", origin=origin) as client:
        assert await client.receive() == "welcome"


async def test_a_host_that_is_not_served_is_refused(twin: Twin) -> None:
    denied = await twin.denied("/hosts")
    assert denied.status == 421
    assert "accept(hosts=[" in denied.json()["detail"]


@pytest.mark.parametrize("how", ["raised", "called"])
async def test_a_refusal_has_status_headers_and_a_json_body(twin: Twin, how: str) -> None:
    denied = await twin.denied(f"/refused/{how}")
    assert (denied.status, denied.json()) == (409, {"detail": {"room": "full"}})
    assert denied.headers["x-why"] == "full"
    assert denied.headers["content-type"] == "application/json"


async def test_a_dependency_may_refuse(twin: Twin) -> None:
    denied = await twin.denied("/bounced")
    assert (denied.status, denied.json()) == (429, {"detail": "too many of you"})
    assert denied.headers["retry-after"] == "7"


async def test_an_http_exception_refuses_as_fastapi_says_it(twin: Twin) -> None:
    denied = await twin.denied("/refused/http-exception")
    assert (denied.status, denied.json()) == (401, {"detail": "who are you?"})
    assert denied.headers["www-authenticate"] == "Bearer"


async def test_a_browser_is_told_by_a_close_code(twin: Twin) -> None:
    async with twin.connect("/refused/for-browsers") as client:
        ended = await client.wait_closed()
    assert (ended.code, ended.reason) == (4403, "not yours")


async def test_what_is_not_valid_is_refused_in_fastapis_form(twin: Twin) -> None:
    denied = await twin.denied("/validated/x?size=11")
    assert denied.status == 422
    assert [(error["loc"], error["type"]) for error in denied.json()["detail"]] == [
        (["path", "number"], "int_parsing"),
        (["query", "size"], "less_than_equal"),
        (["header", "x-tag"], "missing"),
    ]


async def test_what_is_valid_is_handed_on_typed(twin: Twin) -> None:
    async with twin.connect("/validated/7?size=10", headers={"X-Tag": "red"}) as client:
        assert json.loads(await client.receive()) == [7, 10, "red"]


async def test_an_unknown_path_is_refused(twin: Twin) -> None:
    assert (await twin.denied("/nowhere")).status in (403, 404)


async def test_an_overridden_dependency_is_used(twin: Twin) -> None:
    async with twin.connect("/user") as client:
        assert await client.receive() == "ada"


async def test_security_classes_stand_beside_an_upgrade(twin: Twin) -> None:
    async with twin.connect("/bearer", headers={"Authorization": "Bearer abc"}) as client:
        assert await client.receive() == "abc"
    assert (await twin.denied("/bearer")).status in (401, 403)
    async with twin.connect("/key", headers={"X-Key": "secret"}) as client:
        assert await client.receive() == "secret"
    assert (await twin.denied("/key")).status in (401, 403)


@pytest.mark.parametrize("path", ["/bare/", "/mounted/"])
async def test_an_upgrade_needs_no_framework(twin: Twin, path: str) -> None:
    async with twin.connect(path) as client:
        assert await client.receive() == path.strip("/")


async def test_a_mounted_handler_may_refuse(twin: Twin) -> None:
    denied = await twin.denied("/mounted/?refuse=1")
    assert (denied.status, denied.json()) == (418, {"detail": "a teapot"})


async def test_a_handler_that_is_served_lives_on_when_its_dependencies_are_released(
    native_twin: Twin, key: str
) -> None:
    async with native_twin.connect(f"/served?key={key}") as client:
        assert await client.receive() == "session"
        assert await native_twin.fact(key) == "released"
        await client.send("word")
        await client.close()
    assert [await native_twin.fact(key) for _ in range(2)] == ["word", "handled"]


async def test_over_asgi_a_handler_that_is_served_holds_its_dependencies(asgi_twin: Twin, key: str) -> None:
    async with asgi_twin.connect(f"/served?key={key}") as client:
        assert await client.receive() == "session"
        await client.send("word")
        await client.close()
    assert [await asgi_twin.fact(key) for _ in range(3)] == ["word", "handled", "released"]


async def test_a_handler_within_accept_holds_its_dependencies(twin: Twin, key: str) -> None:
    async with twin.connect(f"/held?key={key}") as client:
        assert await client.receive() == "session"
        await client.close()
    assert [await twin.fact(key) for _ in range(2)] == ["handled", "released"]


async def test_a_handler_that_is_served_and_fails_closes_with_1011(twin: Twin) -> None:
    async with twin.connect("/serves-failure") as client:
        assert (await client.wait_closed()).code == 1011
