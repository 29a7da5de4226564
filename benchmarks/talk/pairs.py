"""Pairs in a closed loop (each answers as soon as it hears) and in an open one (at a rate, whatever comes back)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.talk.wire import Wire

TEXT = b"Is the blue lamp in the window still there, and could I fetch it today?"


@dataclass
class Side:
    """One end of a pair. `frame` makes the bytes of the n-th message; `heard` is set by the loop."""

    wire: Wire
    frame: Callable[[int], bytes]
    sent: int = 0
    acknowledged: int = 0
    heard: Callable[[], None] = field(default=lambda: None)

    def say(self) -> None:
        self.sent += 1
        self.wire.send(self.frame(self.sent))


Pair = tuple[Side, Side]


@dataclass
class Figures:
    """Messages a second that arrived, and how long they took, in milliseconds."""

    rate: float
    p50: float
    p99: float
    p999: float


async def closed_loop(pairs: list[Pair], *, seconds: float, warm_up: float = 1.5) -> Figures:
    """Each pair has one message under way."""
    begin = time.perf_counter() + warm_up
    end = begin + seconds
    took: list[float] = []

    def start(one: Side, other: Side) -> None:
        sent_at = time.perf_counter()

        def heard_by(me: Side) -> Callable[[], None]:
            def heard() -> None:
                nonlocal sent_at
                now = time.perf_counter()
                if begin <= now < end:
                    took.append(now - sent_at)
                if now < end:
                    sent_at = now
                    me.say()

            return heard

        one.heard, other.heard = heard_by(one), heard_by(other)
        one.say()

    for one, other in pairs:
        start(one, other)
    await asyncio.sleep(warm_up + seconds + 0.5)
    return figures(took, seconds)


async def open_loop(pairs: list[Pair], *, per_second: float, seconds: float, warm_up: float = 1.0) -> Figures:
    """Messages leave on the clock, from one pair after the other; what waits in the sender counts as waiting."""
    begin = time.perf_counter()
    took: list[float] = []
    due: dict[int, list[float]] = {index: [] for index in range(len(pairs))}

    def hear(index: int) -> Callable[[], None]:
        def heard() -> None:
            now = time.perf_counter()
            planned = due[index].pop(0)
            if planned > begin + warm_up:
                took.append(now - planned)

        return heard

    for index, (_one, other) in enumerate(pairs):
        other.heard = hear(index)
    number, total = 0, int(per_second * (seconds + warm_up))
    while number < total:
        now = time.perf_counter()
        while number < total and (planned := begin + number / per_second) <= now:
            index = number % len(pairs)
            due[index].append(planned)
            pairs[index][0].say()
            number += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(1.0)
    return figures(took, seconds)


def figures(took: list[float], seconds: float) -> Figures:
    """Rate and percentiles of what took so many seconds each."""
    ordered = sorted(took)

    def at(share: float) -> float:
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000 if ordered else float("nan")

    return Figures(len(took) / seconds, at(0.5), at(0.99), at(0.999))
