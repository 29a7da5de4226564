"""Idle sockets on one process: what each costs, and how long all of them need to be back after a restart."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from benchmarks.goods import seed
from benchmarks.machine import machine
from benchmarks.measures import Measure
from benchmarks.talk.parties import PRODUCTION
from benchmarks.talk.servers import ASGI, asgi_server, process_at
from benchmarks.talk.wire import Wire, connect, kept_alive, most_files

AT_ONCE = 500
"""Handshakes under way at a time: browsers come back with a pause that differs from one to the next."""
GREETED_WITHIN = 300.0
COOKIES = """
from django.core import signing
from stores.models import Store
from django_scopes import scopes_disabled
from unions.middleware.visitor import COOKIE, SALT
with scopes_disabled():
    print("TOLD", Store.objects.select_related("union").order_by("pk").first().union.slug, COOKIE)
    for n in range({sockets}):
        print("COOKIE", signing.dumps(f"idle{{n}}", salt=SALT))
"""


def run(*, quick: bool) -> list[Measure]:
    most_files()
    sockets = 500 if quick else 10_000
    measures = []
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        said = here.manage("shell", "--no-imports", "-c", COOKIES.format(sockets=sockets), name="ours", **PRODUCTION)
        _, union, cookie = next(line for line in said.splitlines() if line.startswith("TOLD")).split()
        visitors = [line.split()[1] for line in said.splitlines() if line.startswith("COOKIE")]
        environment = here.environment("ours", **PRODUCTION)
        for server in ASGI:
            path, headers = f"/ws/u/{union}/", [f"{cookie}={visitor}" for visitor in visitors]
            with asgi_server(server, "martunion.asgi:application", environment=environment) as port:
                each = asyncio.run(_memory(port, path, headers))
            with asgi_server(server, "martunion.asgi:application", environment=environment) as port:
                seconds, failed = asyncio.run(_back(port, path, headers))
            measures += [
                Measure(f"memory of an idle socket, {sockets} on {server}", "kB", each),
                Measure(f"until {sockets} are back after a restart, {server}", "s", seconds),
                Measure(f"of them refused or lost, {server}", "", float(failed), goal="0", holds=failed == 0),
            ]
    return measures


async def _memory(port: int, path: str, cookies: list[str]) -> float:
    """Kilobytes of the process for each socket, after a first few hundred have warmed it up."""
    warm = min(200, len(cookies) // 5)
    wires, _failed = await _open(port, path, cookies[:warm])
    before = resident(process_at(port))
    more, _failed = await _open(port, path, cookies[warm:])
    await asyncio.sleep(2.0)
    each = (resident(process_at(port)) - before) / max(1, len(more))
    for wire in [*wires, *more]:
        wire.close()
    return each


async def _back(port: int, path: str, cookies: list[str]) -> tuple[float, int]:
    """Seconds until everybody has heard `hello`, and how many never did."""
    begin = time.perf_counter()
    wires, failed = await _open(port, path, cookies)
    seconds = time.perf_counter() - begin
    for wire in wires:
        wire.close()
    return seconds, failed


async def _open(port: int, path: str, cookies: list[str]) -> tuple[list[Wire], int]:
    turn = asyncio.Semaphore(AT_ONCE)
    greeted_ones: list[Wire] = []

    async def one(cookie: str) -> Wire | None:
        greeted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def heard(_wire: Wire, text: bytes) -> None:
            if text.startswith(b'{"type":"hello"') and not greeted.done():
                greeted.set_result(None)

        async with turn:
            try:
                wire = await connect(port, path, heard=heard, headers={"Cookie": cookie, "Origin": "http://127.0.0.1"})
                await asyncio.wait([greeted, wire.lost], timeout=GREETED_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            except (OSError, TimeoutError):
                return None
        if not greeted.done():
            return None
        greeted_ones.append(wire)
        return wire

    async with kept_alive(greeted_ones):
        found = await asyncio.gather(*(one(cookie) for cookie in cookies))
    wires = [wire for wire in found if wire is not None and not wire.lost.done()]
    return wires, len(cookies) - len(wires)


def resident(pid: int) -> int:
    """Kilobytes of memory that a process holds (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError(f"no memory of {pid}")
