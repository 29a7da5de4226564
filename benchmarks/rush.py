"""400 buyers press at once for 100 pieces, and 5,000 for the 1,000 of an urgent sale: how many are sold, how fast?"""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from benchmarks import oscar, urgent
from benchmarks.catalogue import production
from benchmarks.goods import seed
from benchmarks.load import Client
from benchmarks.machine import ROOT, Machine, http_server, machine
from benchmarks.measures import Measure
from benchmarks.purchase import buy_lines

BUYERS, PIECES = 400, 100
PRETIX_SECONDS = 12.0  # pretix 2026.8, measured beforehand on a 2-core machine


def run(*, quick: bool) -> list[Measure]:
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        peer = oscar.prepare(here, goods=100)
        with http_server("martunion.wsgi", environment=production(here, "ours"), folder=ROOT) as port:
            answers, seconds = asyncio.run(_rush(here, port))
        left, movements = here.psql(
            "SELECT on_hand - held, (SELECT sum(quantity) FROM stores_stockmovement m WHERE m.variant_id = l.variant_id) "
            "FROM stores_stocklevel l ORDER BY variant_id LIMIT 1",
            name="ours",
        ).split("|")
        sold = int(here.psql("SELECT count(*) FROM orders_order WHERE state = 'paid'", name="ours"))
        their_sold, their_seconds = oscar.rush(here, peer, buyers=BUYERS, pieces=PIECES)
    broken = sum(count for status, count in answers.items() if status >= 500)
    assert (left, movements) == ("0", "0"), (left, movements)
    one = Measure(f"{BUYERS} buyers, {PIECES} pieces: sold", "pieces", sold, PIECES, their_sold)
    one.goal, one.holds = f"exactly {PIECES}, no answer 5xx", sold == PIECES and not broken
    two = Measure("until the last buyer has an answer", "s", seconds, PRETIX_SECONDS, their_seconds)
    two.goal, two.holds = "≤ a fifth of pretix (12 s, beforehand, in the floor's column)", seconds <= PRETIX_SECONDS / 5
    return [one, two, *urgent.run(quick=quick)]


async def _rush(here: Machine, port: int) -> tuple[Counter[int], float]:
    here.psql(
        f"UPDATE stores_stocklevel SET on_hand = {PIECES} WHERE variant_id = (SELECT min(id) FROM stores_variant);"
        "INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, reason, reference, at) "
        f"SELECT union_id, id, 'taken_out', {PIECES} - 1000000, 0, 'bench', '', now() FROM stores_variant "
        "ORDER BY id LIMIT 1",
        name="ours",
    )
    store, sku = here.psql(
        "SELECT s.slug, v.sku FROM stores_variant v JOIN stores_store s ON s.id = v.store_id ORDER BY v.id LIMIT 1",
        name="ours",
    ).split("|")
    lines: list[dict[str, object]] = [{"store": store, "sku": sku, "quantity": 1}]
    begun = time.perf_counter()
    answers = await asyncio.gather(*(buy_lines(Client("127.0.0.1", port), lines) for _ in range(BUYERS)))
    return Counter(answers), time.perf_counter() - begun
