"""The machine: which core is whose, how busy it is with other things, and what it is called. Linux only."""

import os
import platform
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cores:
    """One core for the server alone, another for the load generator (and for us, who only wait)."""

    server: int
    load: int


def pick_cores() -> Cores:
    """The first two that we may use."""
    if not sys.platform.startswith("linux"):
        raise SystemExit("bench: needs Linux (epoll, /proc, processes pinned to cores)")
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        raise SystemExit("bench: needs two cores, one for the server and one for the load generator")
    return Cores(server=allowed[0], load=allowed[1])


def pinned_to(core: int) -> Callable[[], None]:
    """What a child does before it becomes the program: bind to a core, allow many open files."""

    def pin() -> None:
        os.sched_setaffinity(0, {core})
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    return pin


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


# ---------------------------------------------------------------- processor time


def core_seconds(cores: Cores) -> float:
    """What both cores have spent on programs so far (interrupts are left out: they are the load's own traffic)."""
    wanted = {f"cpu{cores.server}", f"cpu{cores.load}"}
    lines = (line.split() for line in Path("/proc/stat").read_text().splitlines())
    return sum(sum(map(int, words[1:4])) for words in lines if words[0] in wanted) / TICKS


def group_seconds(group: int) -> float:
    """What the living processes of a process group have spent so far."""
    return sum(ticks for leader, ticks in process_ticks() if leader == group) / TICKS


def process_ticks() -> Iterator[tuple[int, int]]:
    """(process group, user and system ticks) of every process."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended while we looked
            fields = stat.read_text().rpartition(")")[2].split()
            yield int(fields[2]), int(fields[11]) + int(fields[12])


# ---------------------------------------------------------------- names


def processor() -> str:
    """As the kernel calls it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def describe() -> dict[str, str]:
    """What a reader must know to compare."""
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores",
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }
