"""FastAPI endpoints, with and without an `Upgrade`, natively and over uvicorn's own protocol: the same for both."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import aiohttp
import httpx2
import pytest
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from hubbub.sockets.origin import is_origin
from tests.server.clients import RawClient, closed, denied, told
from tests.serving import HUBBUB, UVICORN, Server, serve


@pytest.fixture(scope="module", params=[HUBBUB, UVICORN], ids=["hubbub", "uvicorn"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """Both of them, one after the other."""
    with serve("tests.server.apps.fast:app", command=request.param) as running:
        yield running


class TestPlainEndpoints:
    def test_parameters_and_dependencies(self, server: Server) -> None:
        assert told(server, "/plain/items/7") == [7, "somebody", True]

    def test_a_parameter_that_is_none_is_refused(self, server: Server) -> None:
        assert denied(server, "/plain/items/seven").status_code == 403

    def test_fastapis_own_exception(self, server: Server) -> None:
        with connect(server.url("/plain/exception?code=4001&accepted=1")) as client:
            assert closed(client) == (4001, "as it says")
        assert denied(server, "/plain/exception?code=4001&accepted=0").status_code == 403

    def test_an_http_exception_is_a_denial(self, server: Server) -> None:
        response = denied(server, "/plain/http-exception")
        assert (response.status_code, json.loads(response.body)) == (401, {"detail": "who are you?"})
        assert response.headers["www-authenticate"] == "Bearer"

    def test_dependencies_are_held_while_the_socket_lives_and_released_then(self, server: Server) -> None:
        key = uuid.uuid4().hex
        with connect(server.url(f"/plain/held?key={key}")) as client:
            client.send("released?")
            assert client.recv(5) == "False"
        assert httpx2.get(server.url(f"/released?key={key}", "http")).json() is True


class TestUpgrade:
    def test_shows_the_request_beside_other_dependencies(self, server: Server) -> None:
        origin = server.url("", "http")
        headers = {"Cookie": "a=1; b=2", "Origin": origin, "X-Forwarded-For": "203.0.113.7"}
        offered = [Subprotocol("a"), Subprotocol("b"), Subprotocol("c")]
        path = "/items/7?tags=one&tags=two"
        with connect(server.url(path), additional_headers=headers, subprotocols=offered) as client:
            seen = json.loads(client.recv(5))
            assert client.response is not None
            assert client.response.headers["X-Hello"] == "there"
            assert client.subprotocol == "b"
            assert closed(client) == (1000, "")
        assert seen == {
            "item": 7, "name": "somebody", "tags": ["one", "two"], "path_params": {"item": "7"}, "path": "/items/7",
            "query": [["tags", "one"], ["tags", "two"]], "cookies": {"a": "1", "b": "2"}, "client": ["203.0.113.7", 0],
            "subprotocols": ["a", "b", "c"], "chosen": "b", "origin": origin, "agent": True, "is_native": seen["is_native"],
        }  # fmt: skip

    def test_without_a_common_subprotocol_it_connects_all_the_same(self, server: Server) -> None:
        with connect(server.url("/items/7?tags=x"), subprotocols=[Subprotocol("z")]) as client:
            assert client.subprotocol is None
            assert json.loads(client.recv(5))["chosen"] is None

    def test_security_classes_work(self, server: Server) -> None:
        with connect(server.url("/bearer"), additional_headers={"Authorization": "Bearer abc"}) as client:
            assert client.recv(5) == "abc"
        assert told(server, "/api-key?api-key=k", additional_headers={"X-API-Key": "h"}) == ["k", "h"]
        assert told(server, "/api-key") == [None, None]


class TestRefusal:
    def test_of_ours(self, server: Server) -> None:
        response = denied(server, "/refused?status=403")
        assert (response.status_code, json.loads(response.body)) == (403, {"detail": {"why": "because"}})
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-why"] == "because"

    def test_for_a_browser_which_cannot_read_a_status(self, server: Server) -> None:
        with connect(server.url("/refused?status=403&close_code=4403")) as client:
            code, reason = closed(client)
        assert code == 4403
        assert "because" in reason

    def test_of_a_dependency(self, server: Server) -> None:
        response = denied(server, "/http-exception")
        assert (response.status_code, json.loads(response.body)) == (401, {"detail": "who are you?"})
        assert response.headers["www-authenticate"] == "Bearer"

    def test_of_a_security_class(self, server: Server) -> None:
        response = denied(server, "/bearer")
        assert (response.status_code, json.loads(response.body)) == (401, {"detail": "Not authenticated"})

    def test_of_what_does_not_validate_in_fastapis_own_form(self, server: Server) -> None:
        response = denied(server, "/items/seven")
        assert response.status_code == 422
        missing, wrong = sorted(json.loads(response.body)["detail"], key=lambda error: error["type"], reverse=True)
        assert (wrong["loc"], wrong["type"]) == (["path", "item"], "int_parsing")
        assert (missing["loc"], missing["type"]) == (["query", "tags"], "missing")

    @pytest.mark.parametrize(
        ("origin", "allowed"),
        [
            ("{scheme}://{host}:{port}", True),
            ("{scheme}://{host}:1", False),
            ("{scheme}://{host}", False),
            ("https://{host}:{port}", False),
            ("{scheme}://{host}.evil.example:{port}", False),
            ("{scheme}://evil{host}:{port}", False),
            ("{scheme}://{host}:{port}/", False),
            ("{scheme}://{host}:{port}@evil.example", False),
            ("HTTP://{host}:{port}", True),
            ("null", False),
            ("", False),
        ],
    )
    def test_of_a_foreign_origin_which_it_names(self, server: Server, origin: str, allowed: bool) -> None:
        given = origin.format(scheme="http", host=server.host, port=server.port)
        with RawClient(server) as client:
            client.upgrade("/bearer", {"Origin": given, "Authorization": "Bearer abc"})
            response = client.read_response(has_body=not allowed)
        assert response.status == (101 if allowed else 403)
        if not allowed:
            assert given in json.loads(response.body)["detail"]
            assert ("origins=" in json.loads(response.body)["detail"]) == is_origin(given)

    def test_origin_is_judged_as_the_trusted_proxy_saw_it(self, server: Server) -> None:
        headers = {"Authorization": "Bearer abc", "X-Forwarded-Proto": "https"}
        headers |= {"Origin": f"https://{server.host}:{server.port}"}
        with connect(server.url("/bearer"), additional_headers=headers) as client:
            assert client.recv(5) == "abc"


async def test_another_foreign_client(server: Server) -> None:
    key = uuid.uuid4().hex
    async with aiohttp.ClientSession() as session, session.ws_connect(server.url(f"/hold?key={key}")) as client:
        await client.ping()
        await client.send_str("released?")
        assert await client.receive_str(timeout=5) == "False"
        await client.send_str("return")
        message = await client.receive(timeout=5)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1000)
