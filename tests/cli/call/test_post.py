"""One request, and each way in which it can end, said in a line: with a server that answers what it is told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from hubbub.cli.call.place import Place
from hubbub.cli.call.post import Failed, judge, post
from hubbub.errors import Misuse
from tests.serving import free_port


@contextmanager
def answering(
    answer: bytes, wrap: Callable[[socket.socket], socket.socket] = lambda raw: raw
) -> Iterator[tuple[int, list[bytes]]]:
    """A server for one connection: its port, and what it was asked."""
    asked: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        try:
            raw, _ = listener.accept()
            with wrap(raw) as connection:
                connection.settimeout(10)
                text = b""
                while not text.endswith(b"}"):
                    if not (more := connection.recv(4096)):
                        return
                    text += more
                asked.append(text)
                connection.sendall(answer)
        except OSError:
            return  # the client hung up

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield listener.getsockname()[1], asked
        finally:
            thread.join(10)


def response(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_what_is_asked_and_what_is_given() -> None:
    with answering(response(b'{"result":{"offset":1.50}}')) as (port, asked):
        assert post(Place(f"http://127.0.0.1:{port}/a/api", "k1"), "publish", b'{"channel":"a"}') == b'{"offset":1.50}'
    head, _, body = asked[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0] == b"post /a/api/publish http/1.1"
    assert {b"x-api-key: k1", b"content-type: application/json"} <= set(lines)
    assert body == b'{"channel":"a"}'


def test_no_key_no_header() -> None:
    with answering(response(b'{"result":{}}')) as (port, asked):
        assert post(Place(f"http://127.0.0.1:{port}"), "info", b"{}") == b"{}"
    assert b"api-key" not in asked[0].lower()


WITH_KEY, WITHOUT = Place("http://h/api", "k"), Place("http://h/api")


@pytest.mark.parametrize(
    ("status", "data", "place", "why"),
    [
        (200, b'{"error":{"code":102,"message":"unknown channel"}}', WITH_KEY, "error 102: unknown channel"),
        (404, b'{"error":{"code":102,"message":"unknown channel"}}', WITH_KEY, "error 102: unknown channel"),
        (200, b'{"error":{"code":103,"message":"no"}}', WITH_KEY, "the key is refused: error 103: no"),
        (403, b'{"error":{"code":9,"message":"no"}}', WITH_KEY, "the key is refused: error 9: no"),
        (401, b"", WITH_KEY, "the key is refused: the server does not know it (401)"),
        (401, b"<html>", WITHOUT, "the server wants a key (401): --key-file, HUBBUB_API_KEY or --config gives it"),
        (
            404,
            b"<html>",
            WITHOUT,
            "http://h/api answered 404 R; --url ends with the API's path, /api where not said otherwise",
        ),
        (502, b"\xff", WITHOUT, "http://h/api answered 502 R"),
        (200, b"hello", WITHOUT, "http://h/api is no API: its answer has neither a result nor an error"),
        (200, b"[" * 100_000, WITHOUT, "http://h/api is no API: its answer has neither a result nor an error"),
    ],
)
def test_what_an_answer_means(status: int, data: bytes, place: Place, why: str) -> None:
    with pytest.raises(Failed) as caught:
        judge(status, "R", data, place)
    assert str(caught.value) == why


def test_nobody_listens() -> None:
    place = Place(f"http://127.0.0.1:{free_port()}/api")
    with pytest.raises(
        Failed, match=r"/api: cannot connect: Connection refused; is the server running there\? --url, "
    ):
        post(place, "info", b"{}")
    with pytest.raises(Failed, match=r"^/nowhere/s: cannot connect: No such file"):
        post(Place("http://h/api", unix="/nowhere/s"), "info", b"{}")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"220 smtp\r\n"])
def test_an_answer_that_is_none(answer: bytes) -> None:
    with answering(answer) as (port, _):
        with pytest.raises(Failed, match="it may have been done all the same"):
            post(Place(f"http://127.0.0.1:{port}"), "info", b"{}")


def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = Place(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.05)
        with pytest.raises(Failed, match=r"no answer within 0.05 s: it may have been done"):
            post(place, "info", b"{}")


def test_a_longer_answer_than_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.cli.call.post.LONGEST", 20)
    with answering(response(b'{"result":[1,2,3,4,5,6]}')) as (port, _):
        with pytest.raises(Failed, match="more than 20 bytes"):
            post(Place(f"http://127.0.0.1:{port}"), "info", b"{}")


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(ours)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")

    def call(**how: object) -> bytes:
        with answering(response(b'{"result":1}'), lambda raw: ours.wrap_socket(raw, server_side=True)) as (port, _):
            return post(Place(f"https://localhost:{port}", **how), "info", b"{}")  # type: ignore[arg-type]

    assert call(ca_file=str(tmp_path / "ca.pem")) == b"1"
    assert call(is_insecure=True) == b"1"
    with pytest.raises(Failed, match="certificate is not trusted"):
        call()
    with pytest.raises(Misuse, match="PEM"):
        post(Place("https://localhost:1", ca_file=str(tmp_path / "none.pem")), "info", b"{}")
