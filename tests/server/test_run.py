"""`hubbub run`: uvicorn's settings with our defaults, what is logged of them, and each option through a real server."""

from __future__ import annotations

import asyncio
import gc
import inspect
import json
import logging
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import trustme
import uvloop
from uvicorn.config import Config as UvicornConfig
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect, unix_connect

from hubbub import __version__
from hubbub.server.run import DEFAULTS, LISTENERS, Config, Server, WithoutQuery, banner, run
from hubbub.sockets.workers import WORKERS
from tests.server.clients import RawClient, closed, denied, refuses, told
from tests.serving import HUBBUB, UVICORN, command_line, environment, free_port, serve, wait_until
from tests.serving import Server as Running
from tests.tls import for_threads

APP = "tests.server.apps.options:app"


@pytest.fixture(autouse=True)
def same_logging() -> Iterator[None]:
    """Settings configure logging for the process: put that back."""
    names = ["hubbub", "uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"]
    loggers = [logging.getLogger(name) for name in names]
    before = [(one, one.level, list(one.handlers), list(one.filters), one.propagate) for one in loggers]
    yield
    for logger, level, handlers, filters, propagate in before:
        logger.setLevel(level)
        logger.handlers, logger.filters, logger.propagate = handlers, filters, propagate


class TestConfig:
    def test_changes_defaults_that_uvicorn_has(self) -> None:
        assert set(DEFAULTS) <= set(inspect.signature(UvicornConfig).parameters)

    def test_is_native_unless_told_otherwise(self) -> None:
        assert Config(APP).is_native
        assert Config(APP, ws=None).is_native
        assert not Config(APP, ws="wsproto").is_native

    def test_has_a_deadline_unless_told_another(self) -> None:
        assert Config(APP).timeout_graceful_shutdown == 10
        assert Config(APP, timeout_graceful_shutdown=3).timeout_graceful_shutdown == 3

    @pytest.mark.parametrize(
        ("options", "level"),
        [
            ({}, logging.INFO),
            ({"log_level": "warning"}, logging.WARNING),
            ({"log_level": "debug"}, logging.DEBUG),
            ({"access_log": False}, logging.WARNING),
            ({"access_log": False, "log_level": "error"}, logging.ERROR),
        ],
    )
    def test_levels_go_for_our_logger_too(self, options: dict[str, Any], level: int) -> None:
        Config(APP, **options)
        assert logging.getLogger("hubbub").level == level

    def test_keeps_its_hands_off_a_log_config_of_the_users_own(self) -> None:
        Config(
            APP, log_config={"version": 1, "loggers": {"hubbub": {"level": "ERROR"}}, "disable_existing_loggers": False}
        )
        assert logging.getLogger("hubbub").level == logging.ERROR


class TestAccessLog:
    LINE = '%s - "%s %s HTTP/%s" %d'

    @pytest.mark.parametrize(
        ("path", "shown"), [("/me?token=secret", "/me"), ("/me", "/me"), ("/?a?b", "/"), ("/a%3Fb?c=d", "/a%3Fb")]
    )
    def test_has_no_query_string(self, path: str, shown: str) -> None:
        record = logging.LogRecord("uvicorn.access", 20, "", 0, self.LINE, ("1.2.3.4:5", "GET", path, "1.1", 200), None)
        assert WithoutQuery().filter(record)
        assert record.getMessage() == f'1.2.3.4:5 - "GET {shown} HTTP/1.1" 200'

    @pytest.mark.parametrize("args", [(), ("one",), None, {"a": 1}])
    def test_leaves_other_lines_alone(self, args: Any) -> None:
        record = logging.LogRecord(
            "uvicorn.access", 20, "", 0, "a line?", (args,) if isinstance(args, dict) else args, None
        )
        assert WithoutQuery().filter(record)
        assert record.msg == "a line?"

    def test_is_written_through_it(self) -> None:
        Config(APP)
        kinds = [type(found) for found in logging.getLogger("uvicorn.access").filters]
        assert WithoutQuery in kinds


class TestBanner:
    def test_says_what_is_on(self) -> None:
        said = banner(Config(APP, loop="asyncio"))
        assert said.startswith(f"Hubbub {__version__}: ")
        assert said.endswith(": native sockets, front door, asyncio, 1 worker, drains within 10 s")

    def test_says_what_is_not(self) -> None:
        said = banner(Config(APP, ws="wsproto", http="h11", loop="uvloop", workers=4, timeout_graceful_shutdown=3))
        assert "sockets by wsproto: slower" in said
        assert said.endswith("no front door (http by h11), uvloop, 4 workers, drains within 3 s")


class TestServer:
    def test_a_second_signal_of_any_kind_ends_at_once(self) -> None:
        server = Server(Config(APP))
        server.handle_exit(signal.SIGTERM, None)
        assert (server.should_exit, server.force_exit) == (True, False)
        server.handle_exit(signal.SIGTERM, None)
        assert server.force_exit

    @pytest.mark.parametrize("run_in_loop", [uvloop.run, asyncio.run])
    def test_lets_those_in_together_who_come_together(self, run_in_loop: Callable[..., int]) -> None:
        assert run_in_loop(_let_in_within(turns=6)) == LISTENERS  # by one listener uvloop would let in six


async def _let_in_within(turns: int) -> int:
    """How many are let in within so many turns of the loop, of those who came before it began to turn."""
    server = Server(Config(_nothing, port=0, log_level="critical", lifespan="off"))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    await server.startup()
    address = server.servers[0].sockets[0].getsockname()
    with ExitStack() as clients:
        for _ in range(LISTENERS):
            clients.enter_context(socket.create_connection(address))
        for _ in range(turns):
            await asyncio.sleep(0)
        let_in = len(server.server_state.connections)
    await server.shutdown()
    gc.unfreeze()
    return let_in


async def _nothing(scope: Any, receive: Any, send: Any) -> None:
    """An app that is asked nothing."""


def echoes(server: Running, path: str = "/echo", **options: Any) -> bool:
    """Whether a socket works."""
    with connect(server.url(path, options.pop("scheme", "ws")), **options) as client:
        client.send("hello")
        return bool(client.recv(5) == "hello")


class TestOptions:
    def test_a_banner_first(self) -> None:
        with serve(APP) as server:
            assert echoes(server)
            assert server.log().splitlines()[0].startswith("INFO:     Hubbub ")
            assert "native sockets, front door, uvloop, 1 worker" in server.log().splitlines()[0]
            assert told(server, "/scope")["is_native"]

    @pytest.mark.parametrize("ws", ["websockets-sansio", "wsproto"])
    def test_another_protocol_for_sockets_and_for_http(self, ws: str) -> None:
        with serve(APP, "--ws", ws, "--http", "h11", "--loop", "asyncio") as server:
            assert echoes(server)
            assert echoes(server, "/plain")
            assert f"sockets by {ws}" in server.log().splitlines()[0]
            assert "no front door (http by h11), asyncio" in server.log().splitlines()[0]
            assert not told(server, "/scope")["is_native"]

    @pytest.mark.parametrize("ws", ["hubbub.uvicorn:Protocol", "websockets-sansio"])
    def test_plain_endpoints_compress_where_that_is_asked_for(self, ws: str) -> None:
        for options, agreed in ((), False), (("--ws-per-message-deflate", "true"), True):
            with serve(APP, "--ws", ws, *options) as server, connect(server.url("/plain")) as client:
                assert bool(client.protocol.extensions) is agreed
                client.send("hello " * 100)
                assert client.recv(5) == "hello " * 100

    def test_sockets_can_be_left_out(self) -> None:
        with serve(APP, "--ws", "none") as server, RawClient(server) as client:
            client.upgrade("/echo")
            assert client.read_response().status == 404
            assert httpx2.get(server.url("/http", "http")).status_code == 200

    def test_where_the_app_is_and_how_it_is_seen(self) -> None:
        """A factory in another directory, below another path, with other headers, and next to silent."""
        options = ["--factory", "--app-dir", str(Path(__file__).parent / "apps"), "--root-path", "/api"]
        options += ["--no-server-header", "--no-date-header", "--header", "X-Extra: 1", "--no-proxy-headers"]
        options += ["--log-level", "warning", "--ws-max-size", "1000", "--port", str(port := free_port())]
        with serve("options:create", *options, port=port) as server:
            with connect(server.url("/scope"), additional_headers={"X-Forwarded-For": "203.0.113.7"}) as client:
                seen = json.loads(client.recv(5))
                assert client.response is not None
                assert client.response.headers["X-Extra"] == "1"
                assert not {"Server", "Date"} & set(client.response.headers)
            assert (seen["root_path"], seen["path"], seen["client"][0]) == ("/api", "/api/scope", "127.0.0.1")
            with connect(server.url("/plain")) as client:
                client.send("x" * 1001)
                assert closed(client)[0] == 1009
        assert "INFO" not in server.log()
        assert "the lifespan ends" in server.log()

    def test_a_plain_endpoint_has_the_heartbeat_of_uvicorns_options(self) -> None:
        with serve(APP, "--ws-ping-interval", "0.2", "--ws-ping-timeout", "0.2") as server, RawClient(server) as client:
            client.upgrade("/plain")
            assert client.read_response(has_body=False).status == 101
            assert client.read_frame()[0] == 9
            opcode, data = client.read_frame()  # no pong has come
            assert (opcode, data[:2]) == (8, (3012).to_bytes(2, "big"))

    def test_an_env_file(self, tmp_path: Path) -> None:
        (tmp_path / "settings").write_text("GREETING=hello\nHUBBUB_ORIGINS=https://example.com\n")
        with serve(APP, "--env-file", str(tmp_path / "settings")) as server:
            seen = told(server, "/scope", additional_headers={"Origin": "https://example.com"})
            assert seen["greeting"] == "hello"

    def test_uvicorns_variables(self) -> None:
        with serve(APP, env={"UVICORN_ROOT_PATH": "/api", "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": "7"}) as server:
            assert told(server, "/scope")["root_path"] == "/api"
            assert "drains within 7 s" in server.log()

    def test_reload(self, tmp_path: Path) -> None:
        source = tmp_path / "changing.py"
        made = "from tests.server.apps.options import *\nprint('version 1')\n"
        source.write_text(made)
        where = ["--app-dir", str(tmp_path), "--reload-dir", str(tmp_path)]
        with serve("changing:app", "--reload", *where) as server:
            server.wait_for_log("version 1")
            with connect(server.url("/echo")) as client:
                source.write_text(made.replace("version 1", "another version"))
                assert closed(client, 20) == (1012, "")
            server.wait_for_log("another version", 20)
            server.wait_for_log("Application startup complete")
            wait_until(lambda: echoes(server), what="echo of the new version")
            server.signal(signal.SIGTERM)
            assert server.wait() == 0


class TestListening:
    def test_a_unix_socket(self, tmp_path: Path) -> None:
        path = str(tmp_path / "server.sock")
        with serve(APP, "--uds", path) as server:
            with unix_connect(path, "ws://local/scope") as client:
                seen = json.loads(client.recv(5))
            assert (seen["client"], seen["is_native"]) == (None, True)
            server.wait_for_log("local /scope (Python/")
        assert not Path(path).exists()

    def test_a_descriptor(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            with serve(APP, "--fd", str(listener.fileno()), pass_fds=[listener.fileno()]):
                with connect(f"ws://127.0.0.1:{port}/scope") as client:
                    seen = json.loads(client.recv(5))
                assert seen["server"] == ["127.0.0.1", port]
                assert seen["client"][0] == "127.0.0.1"

    def test_ipv6(self) -> None:
        with serve(APP, host="::1") as server:
            assert told(server, "/scope")["client"][0] == "::1"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Who signs certificates here."""
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client that believes it."""
    context = for_threads(ssl.create_default_context())
    authority.configure_trust(context)
    return context


@pytest.fixture(params=["uvloop", "asyncio"])
def secure(request: pytest.FixtureRequest, authority: trustme.CA, tmp_path: Path) -> Iterator[Running]:
    """A server with a certificate, on either loop: each has a TLS of its own."""
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    with serve(APP, "--ssl-certfile", str(chain), "--ssl-keyfile", str(key), "--loop", request.param) as server:
        yield server


def test_tls(secure: Running, trusting: ssl.SSLContext) -> None:
    for path in ("/echo", "/plain"):
        with connect(secure.url(path, "wss"), ssl=trusting) as client:
            for message in ("hello", "x" * 300_000, ""):
                client.send(message)
                assert client.recv(5) == message
    with connect(secure.url("/flood", "wss"), ssl=trusting) as client:
        assert [int(client.recv(5)[:3]) for _ in range(200)] == list(range(200))
        assert closed(client) == (1000, "")
    seen = told(secure, "/scope", ssl=trusting, scheme="wss")
    assert (seen["scheme"], seen["is_native"]) == ("wss", True)
    assert httpx2.get(secure.url("/http", "https"), verify=trusting).json()["scheme"] == "https"
    assert denied(secure, "/nowhere", ssl=trusting, scheme="wss").status_code == 403
    with RawClient(secure, context=trusting) as raw:
        raw.upgrade("/echo")
        assert raw.read_response(has_body=False).status == 101
        raw.frame(1, b"\xff")
        assert raw.read_frame()[1][:2] == (1007).to_bytes(2, "big")
        assert raw.read_to_end() == b""
    with connect(secure.url("/echo", "wss"), ssl=trusting) as client:
        secure.signal(signal.SIGTERM)
        assert closed(client) == (1012, "")
    assert secure.wait() == 0


class TestWorkers:
    def test_serve_warn_and_drain(self) -> None:
        with serve(APP, "--workers", "2") as server, ExitStack() as stack:
            clients: list[ClientConnection] = []
            pids: set[str] = set()
            while len(pids) < 2:
                assert len(clients) < 200, "only one process serves"
                clients.append(stack.enter_context(connect(server.url("/subscribe"))))
                pids.add(str(clients[-1].recv(5)))
            log = server.log()
            assert "2 workers, drains" in log.splitlines()[0]
            assert log.count("a Broadcast reaches this process only, and 2 workers serve the app") == 2  # one each
            assert log.count("Hubbub ") == 1

            server.signal(signal.SIGTERM)
            for client in clients:
                assert closed(client) == (1012, "")
            assert server.wait() == 0
            for pid in pids:
                assert f"the lifespan ends in {pid}" in server.log()

    def test_a_second_signal_ends_them_at_once(self) -> None:
        with (
            serve("tests.server.apps.drain:app", "--workers", "2") as server,
            connect(server.url("/stubborn")) as client,
        ):
            server.signal(signal.SIGTERM)
            wait_until(lambda: refuses(server), what="beginning of the drain")
            server.signal(signal.SIGTERM)
            assert server.wait(5) == 0
            with pytest.raises(ConnectionClosed):
                client.recv(5)

    def test_one_is_warned_of_nothing(self) -> None:
        with serve(APP) as server:
            with connect(server.url("/subscribe")) as client:
                client.recv(5)
            assert "a Broadcast reaches" not in server.log()


class TestFailure:
    """What keeps a server from starting is one clear line and an exit code, as uvicorn's."""

    def fail(self, *args: str, command: tuple[str, ...] = HUBBUB) -> tuple[int, str]:
        line = command_line(*args, command=command)
        done = subprocess.run(line, env=environment(), capture_output=True, text=True, timeout=30, check=False)
        return done.returncode, done.stdout + done.stderr

    @pytest.mark.parametrize(
        ("app", "said"),
        [
            ("no_such_module:app", 'Could not import module "no_such_module"'),
            (
                "tests.server.apps.options:nothing",
                'Attribute "nothing" not found in module "tests.server.apps.options"',
            ),
            ("tests.server.apps.options", "must be in format"),
        ],
    )
    def test_no_app(self, app: str, said: str) -> None:
        code, output = self.fail(app, "--port", str(free_port()))
        assert said in output
        assert "Traceback" not in output
        assert code == self.fail(app, "--port", str(free_port()), command=UVICORN)[0] != 0

    @pytest.mark.parametrize("options", [[], ["--workers", "2"]], ids=["alone", "workers"])
    def test_a_port_in_use(self, options: list[str]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            code, output = self.fail(APP, "--port", port, *options)
            assert "address already in use" in output.lower()
            assert port in output
            assert "Traceback" not in output
            assert code == self.fail(APP, "--port", port, *options, command=UVICORN)[0] != 0

    @pytest.mark.parametrize("lifespan", ["off", "on"], ids=["cannot-listen", "does-not-begin"])
    def test_a_file_in_the_place_of_the_socket_is_left_alone(
        self, lifespan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            raise RuntimeError("it does not begin")

        monkeypatch.setattr("gc.freeze", lambda: None)
        monkeypatch.setenv(WORKERS, "1")
        file = tmp_path / "file"
        file.write_text("precious")
        with pytest.raises(SystemExit) as ended:
            run(app, app_dir=None, uds=str(file), lifespan=lifespan, loop="asyncio", log_config=None)
        assert ended.value.code
        assert file.read_text() == "precious"

    def test_no_such_option(self) -> None:
        code, output = self.fail(APP, "--no-such-option")
        assert "No such option" in output
        assert code == 2

    def test_no_app_named(self) -> None:
        code, output = self.fail("--port", str(free_port()))
        assert "Missing argument 'APP'" in output
        assert code == 2
