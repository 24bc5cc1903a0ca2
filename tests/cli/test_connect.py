"""`hubbub connect` as its users run it, in pipes: what goes in and out, and the exit codes. Options are told of in the help."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubbub.cli import connect as module
from hubbub.cli.terminal.exits import Exit
from tests.cli.conftest import Run
from tests.serving import ROOT, Server, environment, free_port


def test_lines_are_messages_and_messages_lines(talk: Server, run_connect: Run) -> None:
    done = run_connect(talk.url("/echo"), stdin=b'hello\n/ping\n{"a": 1}\r\nlast')
    assert (done.stdout, done.stderr, done.returncode) == (b'hello\n/ping\n{"a": 1}\nlast\n', b"", 0)


def test_binary_goes_through_unchanged(talk: Server, run_connect: Run) -> None:
    data = os.urandom(200_000)
    done = run_connect(talk.url("/echo"), "--binary", "--whole", "--one", stdin=data)
    assert done.stdout == data
    done = run_connect(talk.url("/echo"), "--binary", "--hex", "-x", "Hi")
    assert done.stdout == b"00000000  48 69                                             |Hi|\n"


def test_options_reach_what_they_are_for(talk: Server, run_connect: Run) -> None:
    asked = ("-H", "X-Room: lobby", "--cookie", "a=1", "-o", "https://a.example", "--bearer", "hidden", "-v", "--one")
    done = run_connect(talk.url("/headers"), *asked)
    headers = json.loads(done.stdout)
    assert (headers["x-room"], headers["cookie"], headers["origin"]) == ("lobby", "a=1", "https://a.example")
    assert headers["authorization"] == "Bearer hidden"
    assert b"hidden" not in done.stderr
    assert b"* > Authorization: Bearer ***\n" in done.stderr


def test_what_the_server_says_is_the_exit_code_and_told_even_quietly(talk: Server, run_connect: Run) -> None:
    done = run_connect(talk.url("/refuse"), "-q")
    assert (done.returncode, done.stdout) == (Exit.REFUSED, b"")
    assert done.stderr == b'* refused: 403 Forbidden\n  {"detail": "not\\u001b[31m today"}\n'
    assert run_connect(talk.url("/close/4500"), "-q", "-w", "5").returncode == Exit.CLOSED


def test_many_lines_come_back_in_order(talk: Server, run_connect: Run) -> None:
    lines = b"".join(b"%d\n" % number for number in range(5_000))
    assert run_connect(talk.url("/echo"), stdin=lines).stdout == lines


def test_what_is_no_text_is_an_error_that_says_so_and_waits_for_nothing(talk: Server, run_connect: Run) -> None:
    done = run_connect(talk.url("/echo"), "-n", "5", stdin=b"fine\n\xff\n")
    assert (done.stdout, done.returncode) == (b"fine\n", Exit.USAGE)
    assert b"line 2 of the input is no UTF-8" in done.stderr


def test_nobody_there(run_connect: Run) -> None:
    done = run_connect(f":{free_port()}/ws")
    assert (done.returncode, done.stderr) == (Exit.UNREACHABLE, b"* cannot connect: Connection refused\n")


def test_secrets_may_come_from_the_environment(talk: Server, run_connect: Run) -> None:
    done = run_connect(talk.url("/headers"), "--no-compression", env={"HUBBUB_BASIC": "ann:pass"})
    headers = json.loads(done.stdout)
    assert headers["authorization"] == "Basic YW5uOnBhc3M="
    assert "sec-websocket-extensions" not in headers


def test_the_usage_of_colours_in_a_pipe(talk: Server, run_connect: Run) -> None:
    assert b"\x1b" not in run_connect(talk.url("/echo"), "-v", "-x", '{"a":1}').stderr
    assert b"\x1b[2m* connected" in run_connect(talk.url("/echo"), "-v", "--color", "always").stderr


def test_a_pipe_that_nobody_reads_is_an_end(talk: Server) -> None:
    line = [sys.executable, "-m", "hubbub", "connect", talk.url("/echo")]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment()
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"a\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"a\n"
        process.stdout.close()
        process.stdin.write(b"b\n")
        process.stdin.flush()
        assert process.wait(10) == Exit.BROKEN_PIPE


@contextmanager
def running(*args: str) -> Iterator[subprocess.Popen[bytes]]:
    """The client with pipes that stay open, until the block ends."""
    line = [sys.executable, "-m", "hubbub", "connect", *args]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(line, cwd=ROOT, env=environment(), **pipes) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_closes_politely(talk: Server, number: int, code: int) -> None:
    with running(talk.url("/echo"), "-x", "a", "-v") as process:
        assert process.stdout.readline() == b"a\n"  # type: ignore[union-attr]
        process.send_signal(number)
        assert process.wait(10) == code
        assert b"* closed: 1000 (normal)\n" in process.stderr.read()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["ftp://x"], "no scheme"),
        ([":1", "--since", "3"], "need --channel"),
        ([":1", "--channel", "a", "--since", "x"], "OFFSET:EPOCH"),
        ([":1", "--channel", "a", "--binary"], "in JSON"),
        ([":1", "--one", "-n", "2"], "contradict"),
        ([":1", "--retries", "2"], "needs --reconnect"),
        ([":1", "-H", "nonsense"], "Name: value"),
        ([":1", "--insecure"], "wss://"),
        (["wss://x", "--cacert", "/nowhere"], "PEM"),
        ([":1", "--bearer", "a", "--basic", "b:c"], "one of them must go"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_says_what_would(args: list[str], told: str) -> None:
    result = CliRunner().invoke(module.command, args)
    assert result.exit_code == Exit.USAGE
    assert told in result.output


def test_every_exit_code_is_told() -> None:
    told = CliRunner().invoke(module.command, ["--help"]).output.partition("Exit codes:")[2]
    assert {str(code.value) for code in Exit} <= set(told.replace(",", " ").replace(";", " ").split())


def test_the_help_loads_neither_the_client_nor_the_prompt() -> None:
    script = (
        "import sys\nfrom hubbub.cli.connect import command\n"
        "command(['--help'], standalone_mode=False)\n"
        "print({'websockets.asyncio.client', 'prompt_toolkit', 'pygments', 'uvicorn'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("set()")


def test_a_pipe_loads_no_prompt_and_no_colours(talk: Server, tmp_path: Path) -> None:
    script = (
        "import sys\nfrom hubbub.cli.connect import command\n"
        f"try: command([{talk.url('/echo')!r}, '-x', '[1]', '--one'])\n"
        "except SystemExit: print({'prompt_toolkit', 'pygments', 'uvicorn'} & set(sys.modules))\n"
    )
    line = [sys.executable, "-c", script]
    done = subprocess.run(line, env=environment(), capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True)
    assert done.stdout == "[1]\nset()\n"
