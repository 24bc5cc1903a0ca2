"""Clients that join, talk, leave and are cut at random, and a server that is at the end as it was at the start: a program.

    python -m tests.soak --seconds 600

It serves an app of its own in a process of its own; prints how often everything was done, and every fault; its exit status
is 0 where there was none.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from random import Random

from tests.faults.talker import PATH, counts, wait_until_back_at
from tests.faults.witness import MIB, memory
from tests.serving import Server, serve, wait_until
from tests.soak.client import CHANNELS, Client
from tests.soak.ledger import Ledger

APP = "tests.faults.channels_app:app"
WARM_UP = 2.0
"""Seconds after which all is made that is made but once."""

GROWTH = 16 * MIB
"""What an allocator may keep of a process that was busy, however long that was."""


async def live(url: str, seconds: float, clients: int, seed: int) -> tuple[Ledger, Counter[str]]:
    """Let so many clients live for so long, and one listen to all of it."""
    ledger, tally = Ledger(), Counter[str]()
    names = [f"client{number}" for number in range(clients)]
    everyone = [Client(name, url, ledger, Random(f"{seed} {name}"), tally) for name in names]
    ready, end = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        listener = tasks.create_task(Client("listener", url, ledger, Random(seed), tally).listen(ready, end))
        await asyncio.wait_for(ready.wait(), 30)
        until = asyncio.get_running_loop().time() + seconds
        await asyncio.gather(*(client.live(until) for client in everyone))
        end.set()
        await listener
    ledger.close(frozenset(CHANNELS))
    return ledger, tally


def soak(server: Server, seconds: float, clients: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Warm up, look, live, look again; gives what was wrong, and how often everything was done."""
    url = server.url(PATH)
    asyncio.run(live(url, WARM_UP, clients, seed))
    wait_until(lambda: EMPTY.items() <= counts(server.port).items(), 15, "end of the warm-up")
    before, used = counts(server.port), memory(server.pid)
    ledger, tally = asyncio.run(live(url, seconds, clients, seed + 1))
    wait_until_back_at(before, server.port)
    grown = memory(server.pid) - used
    tally["memory growth, KiB"] = grown // 1024
    if grown > GROWTH:
        ledger.faults.append(f"{grown / MIB:.1f} MiB are left")
    if "Traceback" in (log := server.log()):
        ledger.faults.append(f"the server wrote: {log[-5000:]}")
    return ledger.faults, tally


EMPTY = dict.fromkeys(("sessions", "users", "rooms", "subscribed", "present"), 0)


def main() -> int:
    """From the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with serve(APP, "--log-level", "warning") as server:
        faults, tally = soak(server, chosen.seconds, chosen.clients, chosen.seed)
    print(json.dumps(tally, indent=1))
    print(*faults, sep="\n", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
