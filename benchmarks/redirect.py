"""Messages between shoppers and managers: ours, stored and acknowledged, against a bare relay and socket.io.

One server process each, the same load program. The server is Daphne, and the leaner one that `martunion/swift.py` offers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.goods import seed
from benchmarks.machine import Machine, machine
from benchmarks.measures import Measure
from benchmarks.talk.pairs import Figures, Pair, closed_loop, open_loop
from benchmarks.talk.parties import PRODUCTION, Ours, bare_pair, seed_ours, socketio_pair
from benchmarks.talk.servers import asgi_server, has_node, socketio_server
from benchmarks.talk.wire import most_files

OF_PEER, P99_OF_FLOOR = 1.0, 2.0
COUNTS = (1, 50, 500)


def run(*, quick: bool) -> list[Measure]:
    most_files()
    counts = (50,) if quick else COUNTS
    seconds = 3.0 if quick else 8.0
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        told = seed_ours(here, "ours", pairs=max(counts))
        unlimited = {"SOCKET_BURST": "1000000", "SOCKET_FRAMES_PER_SECOND": "1000000"}
        environment = here.environment("ours", **unlimited, **PRODUCTION)
        measures = []
        peer = _socketio(here, counts, seconds)
        for server in ("daphne", "swift"):
            with asgi_server(server, "benchmarks.talk.bare:application", environment=environment) as port:
                floor = asyncio.run(_measure(lambda index, port=port: bare_pair(port, index), counts, seconds))
            with asgi_server(server, "martunion.asgi:application", environment=environment) as port:
                ours = asyncio.run(_measure(Ours(port, *told).pair, counts, seconds))
            _complete(here)
            measures += _judged(server, counts, ours, floor, peer)
    return measures


Measured = tuple[dict[int, Figures], Figures]


async def _measure(open_pair: Callable[[int], Awaitable[Pair]], counts: tuple[int, ...], seconds: float) -> Measured:
    """Closed loops with each number of pairs, then an open one at half of the best rate."""
    pairs: list[Pair] = []
    closed = {}
    for count in counts:
        while len(pairs) < count:
            pairs.append(await open_pair(len(pairs)))
        closed[count] = await closed_loop(pairs[:count], seconds=seconds)
    half = max(each.rate for each in closed.values()) / 2
    at_half = await open_loop(pairs[: min(50, len(pairs))], per_second=half, seconds=seconds)
    for pair in pairs:
        for side in pair:
            side.wire.close()
    return closed, at_half


def _socketio(here: Machine, counts: tuple[int, ...], seconds: float) -> Measured | None:
    if not has_node():
        return None
    with socketio_server(here) as port:
        return asyncio.run(_measure(lambda index: socketio_pair(port, index), counts, seconds))


def _judged(
    server: str, counts: tuple[int, ...], ours: Measured, floor: Measured, peer: Measured | None
) -> list[Measure]:
    measures = []
    for count in counts:
        measure = Measure(
            f"messages, {count} pairs in a closed loop, {server}",
            "/s",
            ours[0][count].rate,
            floor[0][count].rate,
            peer[0][count].rate if peer else None,
        )
        measure.goal = f"≥ {OF_PEER} × socket.io"
        measure.holds = measure.of_peer is not None and measure.of_peer >= OF_PEER
        measures.append(measure)
    for name in ("p50", "p99", "p999"):
        measure = Measure(
            f"{name} at half load, {server}",
            "ms",
            getattr(ours[1], name),
            getattr(floor[1], name),
            getattr(peer[1], name) if peer else None,
        )
        if name == "p99":
            measure.goal = f"≤ {P99_OF_FLOOR} × the bare relay's"
            measure.holds = measure.of_floor is not None and measure.of_floor <= P99_OF_FLOOR
        measures.append(measure)
    return measures


def _complete(here: Machine) -> None:
    """Every conversation's messages are there once and without a gap."""
    broken = here.psql(
        "SELECT count(*) FROM (SELECT conversation_id FROM chat_message GROUP BY conversation_id"
        " HAVING count(*) <> max(seq) OR min(seq) <> 1) gaps",
        name="ours",
    )
    assert broken == "0", f"{broken} conversations with gaps"
