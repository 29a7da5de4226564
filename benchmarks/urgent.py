"""The rush of an urgent sale: 5,000 buyers over HTTP for 1,000 pieces, while others look at its pages.

The floor is pgbench on one row: `UPDATE … WHERE enough are left` and an `INSERT`, as separate statements in a
transaction with a commit that waits for the disk. Two figures stand against it: sales a second of the services alone
(16 connections, a claim and its sale each), and sales a second of whole stories over HTTP.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.catalogue import production
from benchmarks.goods import seed
from benchmarks.load import Client
from benchmarks.machine import ROOT, Machine, http_server, machine
from benchmarks.measures import Measure
from benchmarks.purchase import buy_cart

BUYERS, PIECES, AT_ONCE = 5_000, 1_000, 64
SLOWEST = 1.0
FLOOR = Path(__file__).parent / "floor" / "urgent.sql"
SALE = "benchurgent"
SET_ASIDE = """
INSERT INTO stores_urgentsale (union_id, store_id, variant_id, ref, price, list_price, starts_at, ends_at, created_at)
SELECT union_id, store_id, id, '{ref}', price - 1, price, now() - interval '1 hour', now() + interval '1 day', now()
FROM stores_variant ORDER BY id LIMIT 1 OFFSET {offset};
INSERT INTO stores_urgentlevel (union_id, sale_id, allotted, held, sold, returned, served)
SELECT union_id, id, {pieces}, 0, 0, 0, 0 FROM stores_urgentsale WHERE ref = '{ref}';
INSERT INTO stores_stockhold (union_id, variant_id, owner, quantity, created_at, expires_at, last_until)
SELECT union_id, variant_id, 'urgent-sale:{ref}', {pieces}, now(), now() + interval '99 years', now() + interval '99 years'
FROM stores_urgentsale WHERE ref = '{ref}';
UPDATE stores_stocklevel l SET held = held + {pieces} FROM stores_urgentsale s
WHERE s.ref = '{ref}' AND l.variant_id = s.variant_id;
INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, reason, reference, at)
SELECT union_id, variant_id, 'reserved', 0, {pieces}, 'bench', 'urgent-sale:{ref}', now()
FROM stores_urgentsale WHERE ref = '{ref}';
"""
PROOF = """
SELECT l.held + l.sold, l.left, (SELECT count(*) FROM stores_urgentclaim k WHERE k.sale_id = s.id AND k.held > 0),
    (SELECT count(*) FROM orders_orderline o JOIN orders_order r ON r.id = o.order_id
     WHERE o.urgent_id = s.id AND r.state = 'paid')
FROM stores_urgentsale s JOIN stores_urgentlevel l ON l.sale_id = s.id WHERE s.ref = '{ref}'
"""


def run(*, quick: bool) -> list[Measure]:
    buyers, pieces = (BUYERS // 10, PIECES // 10) if quick else (BUYERS, PIECES)
    seconds = 3.0 if quick else 10.0
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        here.psql(SET_ASIDE.format(ref=SALE, pieces=pieces, offset=0), name="ours")
        here.psql(SET_ASIDE.format(ref="benchdirect", pieces=100_000, offset=1), name="ours")
        floor = _floor(here, seconds)
        direct = _services_alone(here, seconds)
        with http_server("martunion.wsgi", environment=production(here, "ours"), folder=ROOT) as port:
            answers, sold_after, looks = asyncio.run(_rush(here, port, buyers, pieces))
        here.manage("shell", "-c", "from stores.tasks import finish_urgent_sales; finish_urgent_sales()", name="ours")
        taken, left, open_claims, paid = here.psql(PROOF.format(ref=SALE), name="ours").split("|")
        shelf = here.psql(
            "SELECT l.on_hand - (SELECT sum(quantity) FROM stores_stockmovement m WHERE m.variant_id = l.variant_id) "
            "FROM stores_stocklevel l ORDER BY variant_id LIMIT 1",
            name="ours",
        )
    broken = sum(count for status, count in answers.items() if status >= 500)
    assert (left, open_claims, taken, shelf) == ("0", "0", str(pieces), "0"), (left, open_claims, taken, shelf)
    one = Measure(f"urgent sale, {buyers} buyers, {pieces} pieces: sold", "pieces", float(paid), pieces)
    one.goal, one.holds = f"exactly {pieces}, no answer 5xx", int(paid) == pieces and not broken
    two = Measure("urgent sale: claims that are sold, services alone", "/s", direct, floor)
    three = Measure("urgent sale: sold to the last piece over HTTP", "/s", pieces / sold_after, floor)
    looks.sort()
    four = Measure("page of the sale during the rush, p99", "s", looks[int(len(looks) * 0.99)])
    four.goal, four.holds = f"≤ {SLOWEST:g} s", four.ours is not None and four.ours <= SLOWEST
    return [one, two, three, four]


def _floor(here: Machine, seconds: float) -> float:
    here.psql('CREATE DATABASE "floor"')
    here.psql(
        "CREATE TABLE floor_sale (id int PRIMARY KEY, held int NOT NULL, allotted int NOT NULL, CHECK (held <= allotted))"
        " WITH (fillfactor = 50);"
        "CREATE TABLE floor_sold (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sale int NOT NULL REFERENCES "
        "floor_sale, quantity int NOT NULL, at timestamptz NOT NULL);"
        "INSERT INTO floor_sale VALUES (1, 0, 2000000000);",
        name="floor",
    )
    return here.pgbench(FLOOR, "floor", seconds=seconds)


def _services_alone(here: Machine, seconds: float) -> float:
    """Sales a second of the two services in two processes with eight threads each."""
    command = [sys.executable, "-m", "benchmarks.urgent_work", "benchdirect", str(seconds)]
    begun = [
        subprocess.Popen(command, cwd=ROOT, env=production(here, "ours"), stdout=subprocess.PIPE, text=True)
        for _process in range(2)
    ]
    return sum(float(one.communicate()[0].split()[-1]) for one in begun)


async def _rush(here: Machine, port: int, buyers: int, pieces: int) -> tuple[Counter[int], float, list[float]]:
    """All press at once; so many connections are open at a time as a proxy would keep. Others look at the page."""
    gate, answers, looks = asyncio.Semaphore(AT_ONCE), Counter[int](), []
    begun = time.perf_counter()
    last_sold = 0.0
    over = False

    async def buyer(number: int) -> None:
        nonlocal last_sold
        async with gate:
            client = Client("127.0.0.1", port)
            status = await _buy(client, number)
            client.close()
        answers[status] += 1
        if status == 201:
            last_sold = time.perf_counter() - begun

    async def looker() -> None:
        client = Client("127.0.0.1", port)
        while not over:
            since = time.perf_counter()
            answer = await client.send("GET", f"/u/u1/urgent/{SALE}/")
            assert answer.status == 200, answer.status
            looks.append(time.perf_counter() - since)
            await asyncio.sleep(0.05)

    lookers = [asyncio.create_task(looker()) for _one in range(4)]
    await asyncio.gather(*(buyer(number) for number in range(buyers)))
    over = True
    await asyncio.gather(*lookers)
    return answers, last_sold, looks


async def _buy(client: Client, number: int) -> int:
    token = secrets.token_urlsafe(32)
    answer = await client.post(f"/api/v1/unions/u1/urgent-sales/{SALE}/take/", {"quantity": 1}, Cart_Token=token)
    if answer.status != 201:
        return answer.status
    return await buy_cart(client, token, email=f"buyer{number}@example.org")
