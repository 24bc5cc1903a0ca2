"""The head of a request: what is one, what may become a WebSocket, and where it points. No socket, no loop."""

from __future__ import annotations

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubbub.server.head import (
    MAX_HEADERS,
    BadRequest,
    Head,
    accept_token,
    asks_to_upgrade,
    check_upgrade,
    members,
    parse_head,
    split_target,
)

KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    b"Host": b"example.com",
    b"Upgrade": b"websocket",
    b"Connection": b"Upgrade",
    b"Sec-WebSocket-Key": KEY,
    b"Sec-WebSocket-Version": b"13",
}

TOKEN = st.text(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=20
)
VALUE = st.binary(max_size=40).filter(lambda value: not any((byte < 32 and byte != 9) or byte == 127 for byte in value))


def request(line: bytes = b"GET /chat HTTP/1.1", /, **changed: bytes | None) -> Head:
    """An upgrade in which some headers are changed, or (`None`) left out; names with underscores for dashes."""
    headers = dict(GOOD)
    for name, value in changed.items():
        wanted = name.replace("_", "-").encode()
        kept = next((known for known in headers if known.lower() == wanted.lower()), wanted)
        headers.pop(kept, None)
        if value is not None:
            headers[kept] = value
    return parse_head(b"\r\n".join([line, *(name + b": " + value for name, value in headers.items())]))


def refusal(head: Head) -> BadRequest:
    """How `head` is refused as an upgrade."""
    with pytest.raises(BadRequest) as caught:
        check_upgrade(head)
    return caught.value


class TestParseHead:
    def test_gives_the_request_line_and_the_headers_in_order(self) -> None:
        head = parse_head(b"GET /a?b HTTP/1.1\r\nHost: x\r\nX-One:1\r\nx-ONE:  two \t\r\nEmpty:")

        assert (head.method, head.target, head.version) == ("GET", b"/a?b", b"HTTP/1.1")
        assert head.headers == [(b"host", b"x"), (b"x-one", b"1"), (b"x-one", b"two"), (b"empty", b"")]

    def test_needs_no_header(self) -> None:
        assert parse_head(b"GET / HTTP/1.0").headers == []

    @pytest.mark.parametrize(
        "line",
        [
            b"",
            b"GET",
            b"GET /",
            b"GET / HTTP/1",
            b"GET / HTTP/1.11",
            b"GET / http/1.1",
            b"GET  / HTTP/1.1",
            b"GET / HTTP/1.1 ",
            b" GET / HTTP/1.1",
            b"GET /a b HTTP/1.1",
            b"G(T / HTTP/1.1",
            b"GET /\xe4 HTTP/1.1",
            b"GET /\x00 HTTP/1.1",
            b"GET /\x7f HTTP/1.1",
            b"GET\t/\tHTTP/1.1",
            b"GET / HTTP/1.1\n",
            b"\r\nGET / HTTP/1.1",
        ],
    )
    def test_refuses_what_is_no_request_line(self, line: bytes) -> None:
        with pytest.raises(BadRequest) as caught:
            parse_head(line + b"\r\nHost: x")
        assert caught.value.status == 400

    @pytest.mark.parametrize(
        "header",
        [
            b"",
            b"no colon",
            b": no name",
            b"space before : colon",
            b"Name : value",
            b" folded",
            b"\tfolded",
            b"na\x00me: v",
            b"n\xe4me: v",
            b"name: v\x00",
            b"name: v\x0b",
            b"name: v\x0c",
            b"name: v\x1c",
            b"name: v\x7f",
            b"name: bare\rreturn",
            b"name: bare\nfeed",
            b"name: v\r",
        ],
    )
    def test_refuses_a_malformed_header(self, header: bytes) -> None:
        with pytest.raises(BadRequest) as caught:
            parse_head(b"GET / HTTP/1.1\r\nHost: x\r\n" + header)
        assert caught.value.status == 400
        assert caught.value.detail.startswith("malformed header")

    def test_lets_through_what_rfc_9110_calls_obs_text(self) -> None:
        """Section 5.5: bytes beyond ASCII are opaque, and 0x85 is no line break."""
        assert parse_head(b"GET / HTTP/1.1\r\nx: a\x85b\xff").values(b"x") == [b"a\x85b\xff"]

    def test_names_a_malformed_header_on_one_line_in_ascii(self) -> None:
        with pytest.raises(BadRequest) as caught:
            parse_head(b"GET / HTTP/1.1\r\nx: \x1b[31m\xff" + b"a" * 100)
        assert caught.value.detail.isascii()
        assert caught.value.detail.isprintable()
        assert len(caught.value.detail) < 200

    def test_bounds_the_number_of_headers(self) -> None:
        lines = [b"GET / HTTP/1.1", *[b"x: y"] * MAX_HEADERS]
        assert len(parse_head(b"\r\n".join(lines)).headers) == MAX_HEADERS
        with pytest.raises(BadRequest) as caught:
            parse_head(b"\r\n".join([*lines, b"x: y"]))
        assert caught.value.status == 431

    @given(st.binary(max_size=200))
    @example(b"GET / HTTP/1.1\r\nx: y\r\n")
    def test_gives_a_head_or_refuses_whatever_comes(self, data: bytes) -> None:
        try:
            head = parse_head(data)
        except BadRequest:
            return
        assert all(name == name.lower() and value == value.strip(b" \t") for name, value in head.headers)

    @given(TOKEN, st.lists(st.tuples(TOKEN, VALUE), max_size=10))
    def test_gives_back_what_was_written(self, method: str, headers: list[tuple[str, bytes]]) -> None:
        lines = [f"{name}: ".encode() + value for name, value in headers]
        head = parse_head(b"\r\n".join([method.encode() + b" /x HTTP/1.1", *lines]))

        assert head.method == method
        assert head.headers == [(name.lower().encode(), value.strip(b" \t")) for name, value in headers]


class TestLists:
    def test_joins_lines_and_drops_what_is_empty(self) -> None:
        assert members([b"a, b", b",, c ,\t", b""]) == [b"a", b"b", b"c"]

    def test_tokens_are_in_lower_case(self) -> None:
        assert request(Connection=b"Keep-Alive, UPGRADE").tokens(b"connection") == [b"keep-alive", b"upgrade"]

    def test_an_upgrade_asks_for_websocket_in_any_case_and_beside_others(self) -> None:
        assert asks_to_upgrade(request(Upgrade=b"h2c, WebSocket"))
        assert not asks_to_upgrade(request(Upgrade=b"websockets"))
        assert not asks_to_upgrade(request(Upgrade=None))


class TestCheckUpgrade:
    def test_gives_the_key(self) -> None:
        assert check_upgrade(request()) == KEY

    @pytest.mark.parametrize(
        "changed",
        [
            {"Upgrade": b"WebSocket"},
            {"Connection": b"keep-alive, Upgrade"},
            {"Connection": b"UPGRADE"},
            {"Content_Length": b"0"},
            {"Content_Length": b"000"},
            {"Host": b"[::1]:8000"},
            {"Host": b"127.0.0.1:1"},
            {"Host": b"EXAMPLE.com."},
        ],
    )
    def test_accepts(self, changed: dict[str, bytes]) -> None:
        assert check_upgrade(request(**changed)) == KEY

    @pytest.mark.parametrize("method", [b"POST", b"HEAD", b"get", b"CONNECT", b"OPTIONS"])
    def test_refuses_another_method_and_says_which_is_allowed(self, method: bytes) -> None:
        refused = refusal(request(method + b" / HTTP/1.1"))
        assert (refused.status, refused.headers) == (405, ((b"allow", b"GET"),))

    @pytest.mark.parametrize("version", [b"0", b"8", b"7", b"14", b"013", b"13, 8", b""])
    def test_refuses_another_version_and_says_which_is_spoken(self, version: bytes) -> None:
        """RFC 6455 section 4.4."""
        refused = refusal(request(Sec_WebSocket_Version=version))
        assert (refused.status, refused.headers) == (426, ((b"sec-websocket-version", b"13"),))

    @pytest.mark.parametrize(
        ("changed", "named"),
        [
            ({"Connection": None}, "Connection"),
            ({"Connection": b"keep-alive"}, "Connection"),
            ({"Connection": b"upgrades"}, "Connection"),
            ({"Upgrade": b"websocket, h2c"}, "Upgrade"),
            ({"Sec_WebSocket_Version": None}, "Sec-WebSocket-Version"),
            ({"Sec_WebSocket_Key": None}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": b""}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": b"short"}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": KEY[:-1]}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": base64.b64encode(bytes(17))}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": b"*" + KEY[1:]}, "Sec-WebSocket-Key"),
            ({"Sec_WebSocket_Key": KEY + b"\xff"}, "Sec-WebSocket-Key"),
            ({"Content_Length": b"1"}, "Content-Length"),
            ({"Content_Length": b"-1"}, "Content-Length"),
            ({"Transfer_Encoding": b"chunked"}, "Transfer-Encoding"),
            ({"Host": None}, "Host"),
            ({"Host": b""}, "Host"),
            ({"Host": b"a/b?c"}, "Host"),
            ({"Host": b"a@b"}, "Host"),
            ({"Host": b"a,b"}, "Host"),
            ({"Host": b"a b"}, "Host"),
            ({"Host": b"a\xff"}, "Host"),
            ({"Host": b'a"<b>'}, "Host"),
        ],
    )
    def test_names_the_header_that_is_wrong(self, changed: dict[str, bytes | None], named: str) -> None:
        refused = refusal(request(**changed))
        assert refused.status == 400
        assert named in refused.detail

    @pytest.mark.parametrize("name", [b"Host", b"Sec-WebSocket-Key", b"Content-Length"])
    def test_refuses_a_header_that_is_there_twice(self, name: bytes) -> None:
        head = request(Content_Length=b"0")
        twice = Head(
            head.method, head.target, head.version, [*head.headers, (name.lower(), head.values(name.lower())[0])]
        )
        refused = refusal(twice)
        assert refused.status == 400
        assert name.decode() in refused.detail

    @pytest.mark.parametrize("version", [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9"])
    def test_refuses_another_http(self, version: bytes) -> None:
        assert refusal(request(b"GET / " + version)).status == 400

    @given(st.binary(min_size=16, max_size=16))
    def test_takes_any_key_of_16_bytes(self, nonce: bytes) -> None:
        key = base64.b64encode(nonce)
        assert check_upgrade(request(Sec_WebSocket_Key=key)) == key

    @given(st.binary(max_size=40).filter(lambda nonce: len(nonce) != 16))
    def test_takes_no_key_of_another_length(self, nonce: bytes) -> None:
        assert refusal(request(Sec_WebSocket_Key=base64.b64encode(nonce))).status == 400

    def test_answers_the_key_of_rfc_6455_as_it_says(self) -> None:
        """Section 1.3."""
        assert accept_token(KEY) == b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


class TestSplitTarget:
    @pytest.mark.parametrize(
        ("target", "path", "query"),
        [
            (b"/", b"/", b""),
            (b"/a/b?c=d&e", b"/a/b", b"c=d&e"),
            (b"/a?b?c", b"/a", b"b?c"),
            (b"/a%2Fb%00?%23", b"/a%2Fb%00", b"%23"),
            (b"//a//b", b"//a//b", b""),
            (b"/?", b"/", b""),
            (b"http://example.com/a?b", b"/a", b"b"),
            (b"ws://EXAMPLE.com", b"/", b""),
            (b"wss://example.com?b", b"/", b"b"),
            (b"HTTPS://example.com/", b"/", b""),
        ],
    )
    def test_gives_path_and_query(self, target: bytes, path: bytes, query: bytes) -> None:
        assert split_target(request(b"GET " + target + b" HTTP/1.1")) == (path, query)

    @pytest.mark.parametrize(
        "target",
        [
            b"*",
            b"a",
            b"example.com:80",
            b"http://evil.com/a",
            b"http://example.com:81/a",
            b"http://example.com.evil/a",
            b"http://user@example.com/a",
            b"ftp://example.com/a",
            b"http:///a",
            b"/a#b",
            b"http://example.com/a#b",
            b"http://example.com#b",
        ],
    )
    def test_refuses_what_is_no_path_and_not_of_the_own_host(self, target: bytes) -> None:
        with pytest.raises(BadRequest) as caught:
            split_target(request(b"GET " + target + b" HTTP/1.1"))
        assert caught.value.status == 400

    @given(st.text("abc/?%&=.#", max_size=30))
    def test_path_and_query_are_the_target(self, rest: str) -> None:
        target = b"/" + rest.encode()
        head = request(b"GET " + target + b" HTTP/1.1")
        if b"#" in target:
            with pytest.raises(BadRequest):
                split_target(head)
        else:
            path, query = split_target(head)
            assert path + (b"?" if b"?" in target else b"") + query == target
