"""Processes of their own for benchmarks/vouchers.py: each does one piece of work and prints what it took as JSON."""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import django

django.setup()

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_scopes import scopes_disabled  # noqa: E402
from psycopg import sql  # noqa: E402

from ascc.models import Insurer, Policy, ServiceProvider, SigningKey, Voucher  # noqa: E402
from ascc.queries.vouchers import issuer_of  # noqa: E402
from ascc.services.issuing import issue_missing, issue_vouchers  # noqa: E402
from ascc.services.keys import bytes_of  # noqa: E402
from ascc.services.moving import By, Side  # noqa: E402
from ascc.services.policies import make_policy  # noqa: E402
from ascc.services.programs import Promise, create_program  # noqa: E402
from ascc.services.redeeming import redeem_voucher  # noqa: E402
from ascc.services.tokens import read_token, token_of  # noqa: E402
from benchmarks.voucher_looks import look  # noqa: E402
from orders.models import Order  # noqa: E402
from unions.models import Union  # noqa: E402

AT_ONCE = 2_000
LINES = 2
"""Of each order that was sold, of one piece each."""
READY_IN = 5.0
"""Seconds in which each of the clients has connected and read what it works on."""


def promise(insured: str = "") -> dict[str, Any]:
    """A program of the center for everything that is sold, insured or not."""
    union, now = Union.objects.get(), timezone.now()
    kept = {"title": "Plan", "terms": "We repair.", "covers": ["repair"], "fee": 4000, "visits": 2}
    create_program(
        union=union,
        store=None,
        promise=Promise(**kept, rewards=[(480, 500)], policy=_policy(union) if insured else None),
        now=now - timedelta(days=100),
    )
    return {}


def _policy(union: Union) -> Policy:
    return make_policy(
        insurer=Insurer.objects.create(union=union, name="Insurer"),
        number="P-1",
        premium=120,
        claim_limit=10_000,
        total_limit=10**9,
        deductible=500,
        starts_on=date(2020, 1, 1),
        ends_on=date(2040, 1, 1),
    )


def issue() -> dict[str, Any]:
    """A tenth of the backlog, then the rest, in one process: what the second took, and the memory after each."""
    promise()
    now = timezone.now()
    begun = time.perf_counter()
    issued = issue_missing(since=now - timedelta(days=3), now=now)
    tenth = _most_memory()
    issued += issue_missing(since=now - timedelta(days=60), now=now)
    seconds = time.perf_counter() - begun
    return {"issued": issued, "per_second": issued / seconds, "tenth_mb": tenth, "whole_mb": _most_memory()}


def compare(many: str) -> dict[str, Any]:
    """A batch is issued, then its very rows are inserted into bare tables and into tables with foreign keys, in turn.

    In turn, so that all three meet the same other work on the machine. Both bare tables have our indexes and begin
    empty; what making their statements takes is left out.
    """
    promise()
    orders = list(Order.objects.order_by("id").values_list("id", flat=True)[: int(many) // LINES])
    seconds = {"ours": 0.0, "bare": 0.0, "proved": 0.0}
    issued, last = 0, Voucher.objects.order_by("-id")[0].pk
    for at in range(0, len(orders), AT_ONCE):
        begun = time.perf_counter()
        issued += issue_vouchers(order_ids=orders[at : at + AT_ONCE], now=timezone.now())
        seconds["ours"] += time.perf_counter() - begun
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM ascc_voucher WHERE id > %s ORDER BY id", [last])
            vouchers = cursor.fetchall()
            ids = [row[0] for row in vouchers]
            cursor.execute("SELECT * FROM ascc_voucherstep WHERE voucher_id = ANY(%s) ORDER BY id", [ids])
            steps, last = cursor.fetchall(), ids[-1]
            for floor in ("bare", "proved"):
                seconds[floor] += _inserted(cursor, floor, vouchers, steps)
    return {name: issued / took for name, took in seconds.items()} | {"issued": issued}


def _inserted(cursor: Any, floor: str, vouchers: list[Any], steps: list[Any]) -> float:
    """Seconds in which these rows were inserted, 2,000 with a statement, 2,000 orders' in a transaction."""
    parts = [(f"{floor}_voucher", vouchers), (f"{floor}_step", steps)]
    statements = [
        _values(table, rows[at : at + AT_ONCE]) for table, rows in parts for at in range(0, len(rows), AT_ONCE)
    ]
    begun = time.perf_counter()
    with transaction.atomic():
        for statement in statements:
            cursor.execute(statement)
    return time.perf_counter() - begun


def _values(table: str, rows: list[tuple[Any, ...]]) -> str:
    connection.ensure_connection()
    context = connection.connection
    rows_text = ",".join("(" + ",".join(sql.Literal(value).as_string(context) for value in row) + ")" for row in rows)
    return f"INSERT INTO {table} OVERRIDING SYSTEM VALUE VALUES {rows_text}"


def redeem(clients: str, seconds: str) -> dict[str, Any]:
    """So many processes redeem what providers hold, each its own share, for so long."""
    connection.close()
    start = time.time() + READY_IN
    with multiprocessing.get_context("fork").Pool(int(clients)) as pool:
        shares = [(number, int(clients), start, float(seconds)) for number in range(int(clients))]
        done = pool.starmap(_redeem_share, shares, chunksize=1)
    return {"per_second": sum(done)}


def _redeem_share(number: int, of: int, start: float, seconds: float) -> float:
    """All begin in the same moment, with their vouchers read."""
    with scopes_disabled():
        providers = {one.pk: one for one in ServiceProvider.objects.select_related("store")}
        shared = Voucher.objects.annotate(share=F("pk") % of).filter(state="accepted", share=number)
        mine = list(shared.order_by("pk"))
        by, done = By(Side.PROVIDER), 0
        time.sleep(max(0.0, start - time.time()))
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds and done < len(mine):
            voucher = mine[done]
            assert voucher.provider_id is not None
            redeem_voucher(voucher=voucher, provider=providers[voucher.provider_id], by=by, now=timezone.now())
            done += 1
        return done / (time.perf_counter() - begun)


def verify(many: str) -> dict[str, Any]:
    """Tokens read, and the library's check of the same signatures alone."""
    union, now = Union.objects.get(), timezone.now()
    issuer = issuer_of(union)
    vouchers = Voucher.objects.select_related("program", "version", "order_line__order").order_by("-pk")[:100]
    tokens = [token_of(voucher=voucher, issuer=issuer, now=now) for voucher in vouchers]
    begun = time.perf_counter()
    for number in range(int(many)):
        read_token(token=tokens[number % len(tokens)], issuer=issuer, now=now)
    ours = int(many) / (time.perf_counter() - begun)
    key = Ed25519PublicKey.from_public_bytes(bytes_of(text=SigningKey.objects.get().public))
    parts = [token.rpartition(".") for token in tokens]
    begun = time.perf_counter()
    for number in range(int(many)):
        signed, _dot, proof = parts[number % len(parts)]
        key.verify(bytes_of(text=proof), signed.encode())
    return {"per_second": ours, "bare": int(many) / (time.perf_counter() - begun)}


def _most_memory() -> float:
    """The high-water mark of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    works: dict[str, Callable[..., Any]] = {
        "promise": promise,
        "issue": issue,
        "compare": compare,
        "redeem": redeem,
        "verify": verify,
        "look": look,
    }
    with scopes_disabled():
        said = works[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(said) + "\n")
