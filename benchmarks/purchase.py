"""A two-store, two-line purchase from empty cart to paid order: whole stories over HTTP.

The floor is the bare SQL of such a purchase in pgbench, the peer django-oscar from its basket to its placed order.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import oscar
from benchmarks.catalogue import production
from benchmarks.goods import seed
from benchmarks.load import Client, Story, rate
from benchmarks.machine import ROOT, Machine, http_server, machine
from benchmarks.measures import Measure

OF_FLOOR, OF_PEER, STATEMENTS = 0.06, 10, 40
BEST_OF_FOUR = 15.5  # pretix 2026.8, measured beforehand on a 2-core machine
FLOOR = Path(__file__).parent / "floor"
ADDRESS = {
    "email": "ada@example.org",
    "recipient": "Ada Trevithick",
    "line1": "3 Lemon Street",
    "city": "Truro",
    "postal_code": "TR1 2LZ",
    "country": "GB",
}


def run(*, quick: bool) -> list[Measure]:
    seconds = 3.0 if quick else 10.0
    with machine() as here:
        seed(here, "ours", unions=1, goods=1_000)
        peer = oscar.prepare(here, goods=1_000)
        floor = pgbench(here, seconds)
        with http_server("martunion.wsgi", environment=production(here, "ours"), folder=ROOT) as port:
            statements = _statements(here, port)
            ours = rate(purchase_story(here, "ours"), port=port, seconds=seconds)
        bought = int(here.psql("SELECT count(*) FROM payments_paymentrequest WHERE state = 'authorized'", name="ours"))
        assert bought > 0
        theirs = oscar.purchases(here, peer, seconds)
    one = Measure("purchase of two lines from two stores, empty cart to paid", "/s", ours, floor, theirs)
    one.goal = (
        f"≥ {OF_PEER} × the best of four (oscar here, {BEST_OF_FOUR}/s of pretix beforehand) and ≥ {OF_FLOOR} of floor"
    )
    one.holds = ours >= OF_PEER * max(theirs, BEST_OF_FOUR) and ours >= OF_FLOOR * floor
    two = Measure("SQL statements in all its requests", "statements", statements)
    two.goal, two.holds = f"≤ {STATEMENTS}", statements <= STATEMENTS
    return [one, two]


def purchase_story(here: Machine, name: str) -> Story:
    """A guest over the API: two lines, the details, the purchase with a test account that approves."""
    goods = here.psql(
        "SELECT s.slug, v.sku FROM stores_variant v JOIN stores_store s ON s.id = v.store_id ORDER BY v.id", name=name
    ).splitlines()
    half = len(goods) // 2
    pairs = itertools.cycle(zip(goods[:half], goods[half:], strict=False))

    async def buy(client: Client) -> None:
        lines = [dict(zip(("store", "sku"), one.split("|"), strict=True)) | {"quantity": 1} for one in next(pairs)]
        status = await buy_lines(client, lines)
        assert status == 201, status

    return buy


async def buy_lines(client: Client, lines: list[dict[str, object]], union: str = "u1") -> int:
    """Put the lines into a fresh cart and buy them; the last answer's status (201 when paid)."""
    token = secrets.token_urlsafe(32)
    answer = await client.post(f"/api/v1/unions/{union}/cart/lines/", {"lines": lines}, Cart_Token=token)
    if answer.status != 201:
        return answer.status
    return await buy_cart(client, token, union=union)


async def buy_cart(client: Client, token: str, *, email: str = ADDRESS["email"], union: str = "u1") -> int:
    """The details and the purchase of what lies in the cart; the last answer's status (201 when paid)."""
    root = f"/api/v1/unions/{union}"
    details = ADDRESS | {"email": email, "payment": {"provider": "bank", "token": "bank:approves"}}
    answer = await client.post(f"{root}/checkout/", details, method="PUT", Cart_Token=token)
    if answer.status != 200:
        raise AssertionError(f"{answer.status} {answer.body[:400]!r}")
    answer = await client.post(
        f"{root}/purchases/", {"digest": answer.json()["digest"]}, Cart_Token=token, Idempotency_Key=token
    )
    return answer.status


def pgbench(here: Machine, seconds: float) -> float:
    """Bare purchases a second with 16 clients."""
    here.psql('CREATE DATABASE "floor"')
    here.psql((FLOOR / "schema.sql").read_text(), name="floor")
    return here.pgbench(FLOOR / "purchase.sql", "floor", "-D", "goods=1000", seconds=seconds)


def _statements(here: Machine, port: int) -> int:
    """SQL statements of one whole purchase with warm caches, counted in PostgreSQL's own log."""
    story = purchase_story(here, "ours")

    async def told(times: int) -> None:
        client = Client("127.0.0.1", port)
        for _ in range(times):
            await story(client)

    asyncio.run(told(8))
    log = here.folder / "postgresql.log"
    with _all_statements_logged(here):
        before = log.stat().st_size
        asyncio.run(told(4))
        time.sleep(0.5)
        with log.open("rb") as file:
            file.seek(before)
            lines = file.read().decode(errors="replace").splitlines()
    counted = sum(1 for line in lines if re.search(r"LOG:  (statement|execute [^:]+):", line))
    return round(counted / 4)


@contextmanager
def _all_statements_logged(here: Machine) -> Iterator[None]:
    for setting in ("'all'", "'none'"):
        here.psql(f"ALTER SYSTEM SET log_statement = {setting}")
        here.psql("SELECT pg_reload_conf()")
        time.sleep(0.5)
        if setting == "'all'":
            yield
