"""Responses as bytes: what a client reads of them, and that nothing from a handler splits one."""

from __future__ import annotations

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.server.answer import encode_bad_request, encode_header, encode_response, encode_switching
from hubbub.server.head import BadRequest

TOKEN = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def read(answer: bytes) -> tuple[h11.Response | h11.InformationalResponse, bytes]:
    """An answer as a client reads it, and its body; it must be there whole and nothing behind it."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("Host", "x"), ("Upgrade", "websocket")]))
    client.send(h11.EndOfMessage())
    client.receive_data(answer)
    response = client.next_event()
    assert isinstance(response, (h11.Response, h11.InformationalResponse))
    body = b""
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage) or event is h11.PAUSED
    assert client.trailing_data[0] == b""
    return response, body


class TestSwitching:
    def test_says_what_rfc_6455_wants(self) -> None:
        response, _ = read(encode_switching(TOKEN, None, []))

        assert (response.status_code, bytes(response.reason)) == (101, b"Switching Protocols")
        assert dict(response.headers) == {
            b"upgrade": b"websocket",
            b"connection": b"Upgrade",
            b"sec-websocket-accept": TOKEN,
        }

    def test_names_the_subprotocol_and_keeps_the_order_of_headers(self) -> None:
        response, _ = read(encode_switching(TOKEN, "chat.v2", [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]))

        assert [value for _, value in response.headers][-3:] == [b"chat.v2", b"a=1", b"b=2"]

    @pytest.mark.parametrize("subprotocol", ["a\r\nx: y", "a\nb", "a\rb", "a\0b"])
    def test_a_subprotocol_splits_no_response(self, subprotocol: str) -> None:
        with pytest.raises(ValueError, match="may not stand"):
            encode_switching(TOKEN, subprotocol, [])


class TestHeader:
    @pytest.mark.parametrize("name", [b"", b"a b", b"a:", b"a\r\nb", b"\xe4", b"a\n", b"(a)"])
    def test_refuses_what_is_no_name(self, name: bytes) -> None:
        with pytest.raises(ValueError, match="no name"):
            encode_header(name, b"v")

    @pytest.mark.parametrize("value", [b"a\r\nb: c", b"a\rb", b"a\nb", b"\0", b"\x7f", b"\x1b[31m", b"a\n"])
    def test_refuses_what_may_not_stand_in_a_value(self, value: bytes) -> None:
        with pytest.raises(ValueError, match="header name has a value"):
            encode_header(b"name", value)

    @given(st.binary(max_size=20), st.binary(max_size=40))
    def test_is_one_line_or_an_error(self, name: bytes, value: bytes) -> None:
        try:
            line = b"".join(encode_header(name, value))
        except ValueError:
            return
        assert line.endswith(b"\r\n")
        assert not {13, 10, 0} & set(line[:-2])


class TestResponse:
    def test_says_its_length_and_that_it_is_the_last(self) -> None:
        response, body = read(encode_response(403, [(b"x-why", b"no")], b'{"detail": "no"}'))

        assert (response.status_code, bytes(response.reason), body) == (403, b"Forbidden", b'{"detail": "no"}')
        assert dict(response.headers) == {b"x-why": b"no", b"content-length": b"16", b"connection": b"close"}

    def test_the_length_is_ours_to_say(self) -> None:
        given = [(b"Content-Length", b"3"), (b"transfer-encoding", b"chunked"), (b"Connection", b"keep-alive")]
        response, body = read(encode_response(400, given, b"abcdef"))

        assert body == b"abcdef"
        assert [name for name, _ in response.headers] == [b"content-length", b"connection"]

    def test_a_status_that_nobody_registered_has_no_phrase(self) -> None:
        response, _ = read(encode_response(599, [], b""))
        assert (response.status_code, bytes(response.reason)) == (599, b"")

    def test_a_bad_request_is_json_with_its_headers(self) -> None:
        refused = BadRequest(426, 'version "13" only', ((b"sec-websocket-version", b"13"),))
        response, body = read(encode_bad_request(refused, [(b"server", b"uvicorn")]))

        assert body == b'{"detail": "version \\"13\\" only"}'
        headers = dict(response.headers)
        assert headers[b"content-type"] == b"application/json"
        assert headers[b"sec-websocket-version"] == b"13"
        assert headers[b"server"] == b"uvicorn"
