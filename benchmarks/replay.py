"""Real service dialogues (star_dialogues) with their own clock, ten times and a hundred times as fast.

Every message has to arrive once and in the order in which it was said.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field

from benchmarks.goods import seed
from benchmarks.machine import ROOT, machine
from benchmarks.measures import Measure
from benchmarks.talk.pairs import Figures, figures
from benchmarks.talk.parties import PRODUCTION, Ours, seed_ours
from benchmarks.talk.servers import asgi_server
from benchmarks.talk.wire import Wire, kept_alive, most_files

DIALOGUES = ROOT.parent / "shared" / "data" / "star_dialogues" / "dialogues"
AT_MOST = 60.0
"""Seconds of one run: at its own pace only the beginning of every dialogue, at a hundred times all of it."""
SPEAKERS = {"User": 0, "Wizard": 1}
WITHIN = 60.0
AGAIN_AFTER = 0.5
"""Seconds after which a client sends again what the server was too busy for."""


@dataclass
class Line:
    """A conversation that is replayed: what each side has said and heard, by its ids."""

    ref: str
    sides: list[Wire] = field(default_factory=list)
    said: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    heard: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))
    under_way: dict[str, tuple[asyncio.Future[None], Wire, bytes]] = field(default_factory=dict)
    acknowledged: int = 0


def dialogues(most: int) -> list[list[tuple[float, int, str]]]:
    """(seconds from the beginning, who, words) of each; an event without a time follows the one before it."""
    found = []
    for path in sorted(DIALOGUES.glob("*.json"), key=lambda path: int(path.stem))[:most]:
        said, at, first = [], 0.0, None
        for event in json.loads(path.read_text())["Events"]:
            if event.get("Agent") not in SPEAKERS or not (event.get("Text") or "").strip():
                continue
            moment = event.get("UnixTime")
            first = moment if first is None else first
            at = max(at, float(moment - first)) if moment is not None and first is not None else at
            said.append((at, SPEAKERS[event["Agent"]], event["Text"][:4000]))
        if said:
            found.append(said)
    return found


def run(*, quick: bool) -> list[Measure]:
    if not DIALOGUES.is_dir():
        raise SystemExit(f"The dialogues are not at {DIALOGUES}.")
    most_files()
    talks = dialogues(100 if quick else 1200)
    speeds = (100.0,) if quick else (1.0, 10.0, 100.0)
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        told = seed_ours(here, "ours", pairs=len(talks))
        environment = here.environment("ours", SOCKET_BURST="1000000", SOCKET_FRAMES_PER_SECOND="1000000", **PRODUCTION)
        measures = []
        with asgi_server("daphne", "martunion.asgi:application", environment=environment) as port:
            for speed in speeds:
                measures += asyncio.run(_replay(Ours(port, *told), talks, speed))
    return measures


async def _replay(ours: Ours, talks: list[list[tuple[float, int, str]]], speed: float) -> list[Measure]:
    took: list[float] = []
    sent_at: dict[str, float] = {}
    lines: list[Line] = []
    wires: list[Wire] = []
    async with kept_alive(wires):
        for index in range(len(talks)):
            line = Line(ours.talks[index][0])
            for side, opened in enumerate(await ours.pair(index)):
                opened.wire.heard = _hearing(line, side, opened.wire.heard, sent_at, took)
                line.sides.append(opened.wire)
                wires.append(opened.wire)
            lines.append(line)
        begin = time.perf_counter()
        await asyncio.gather(
            *(_say(line, talk, speed, sent_at, begin) for line, talk in zip(lines, talks, strict=True))
        )
        said = sum(len(one) for line in lines for one in line.said)
        limit = time.perf_counter() + WITHIN
        while sum(len(one) for line in lines for one in line.heard) < said and time.perf_counter() < limit:
            await asyncio.sleep(0.1)
        seconds = time.perf_counter() - begin
    wrong = sum(line.heard[1] != line.said[0] or line.heard[0] != line.said[1] for line in lines)
    unacknowledged = said - sum(line.acknowledged for line in lines)
    for wire in wires:
        wire.close()
    found: Figures = figures(took, seconds)
    name = f"{len(lines)} dialogues, {speed:g} ×"
    return [
        Measure(f"messages, {name}", "", float(said)),
        Measure(f"conversations not once and in order, {name}", "", float(wrong), goal="0", holds=wrong == 0),
        Measure(f"not acknowledged, {name}", "", float(unacknowledged), goal="0", holds=unacknowledged == 0),
        Measure(f"p50, {name}", "ms", found.p50),
        Measure(f"p99, {name}", "ms", found.p99),
    ]


def _hearing(line: Line, side: int, before, sent_at: dict[str, float], took: list[float]):  # type: ignore[no-untyped-def]
    def heard(wire: Wire, text: bytes) -> None:
        if text.startswith(b'{"type":"message"'):
            frame = json.loads(text)
            line.heard[side].append(frame["id"])
            took.append(time.perf_counter() - sent_at[line.ref + frame["id"]])
        elif text.startswith(b'{"type":"ack"'):
            line.acknowledged += 1
            line.under_way.pop(json.loads(text)["id"])[0].set_result(None)
        elif text.startswith(b'{"type":"error"') and b'"code":"busy"' in text:
            _, again, frame_text = line.under_way[json.loads(text)["id"]]
            asyncio.get_running_loop().call_later(AGAIN_AFTER, again.send, frame_text)
        else:
            before(wire, text)

    return heard


async def _say(
    line: Line, talk: list[tuple[float, int, str]], speed: float, sent_at: dict[str, float], begin: float
) -> None:
    """At its time, but nobody says the next thing before the last is through: sent again while the server is busy."""
    last: dict[int, asyncio.Future[None]] = {}
    for number, (at, who, words) in enumerate(talk):
        if at / speed > AT_MOST:
            return
        await asyncio.sleep(max(0.0, begin + at / speed - time.perf_counter()))
        if who in last:
            await asyncio.wait_for(last[who], WITHIN)
        key = f"{speed:g}x{number}"
        last[who] = asyncio.get_running_loop().create_future()
        line.said[who].append(key)
        sent_at[line.ref + key] = time.perf_counter()
        text = json.dumps({"type": "message", "id": key, "conversation": line.ref, "text": words}).encode()
        line.under_way[key] = (last[who], line.sides[who], text)
        line.sides[who].send(text)
