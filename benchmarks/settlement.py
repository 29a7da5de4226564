"""Paid orders become earnings and earnings payouts. The floor writes the same ledger rows with one bare statement."""

from __future__ import annotations

import os
import time
from datetime import timedelta

from benchmarks.goods import seed
from benchmarks.machine import machine
from benchmarks.measures import Measure

ORDERS = 20_000


def run(*, quick: bool) -> list[Measure]:
    many = 500 if quick else ORDERS
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        here.psql(_captured(many), name="ours")
        os.environ["DATABASE_URL"] = here.database("ours")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "martunion.settings")
        earned, paid = _settle(many)
        begun = time.perf_counter()
        here.psql(_bare(many), name="ours")
        floor = many / (time.perf_counter() - begun)
    one = Measure(f"{many:,} delivered orders earned", "orders/s", earned, floor)
    two = Measure("earnings paid out, 20 stores", "orders/s", paid, floor)
    return [one, two]


def _captured(many: int) -> str:
    """Captured payments with their ledger, as if the orders had been sold and delivered."""
    return f"""
BEGIN;
INSERT INTO payments_paymentrequest (union_id, reference, number, provider, provider_reference, amount, currency, state,
    failure_code, confirm_url, created_at, expires_at)
SELECT u.id, 'R' || n, 'N' || n, 'bank', 'b' || n, 1000, 'GBP', 'captured', '', '', now(), now()
FROM unions_union u, generate_series(1, {many}) n;
INSERT INTO payments_paymentsplit (union_id, request_id, membership_id, reference, amount, authorized, captured, voided,
    refunded, refunding, commission_bp, commission_tax_bp, state, attempt)
SELECT r.union_id, r.id, m.id, 'O' || r.reference, 1000, 1000, 1000, 0, 0, 0, 500, 0, 'captured', 1
FROM payments_paymentrequest r
JOIN (SELECT id, union_id, row_number() OVER (ORDER BY id) AS n FROM unions_membership) m ON m.n = r.id % 20 + 1;
INSERT INTO payments_payoutaccount (union_id, membership_id, provider, token, label, holder, state, verified_at, created_at, tries)
SELECT union_id, id, 'bank', 'bank:approves', 'Bank', 'Holder', 'verified', now(), now(), 0 FROM unions_membership;
INSERT INTO payments_ledgeraccount (union_id, kind, currency, balance)
SELECT id, 'provider_clearing', 'GBP', {many} * 1000 FROM unions_union
UNION ALL SELECT id, 'orders_held', 'GBP', -{many} * 1000 FROM unions_union;
COMMIT;
"""


def _settle(many: int) -> tuple[float, float]:
    import django

    django.setup()
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from payments.services.settlement import earn, make_payouts
    from unions.models import Union

    now = timezone.now()
    with scopes_disabled():
        union = Union.objects.get()
        begun = time.perf_counter()
        for number in range(1, many + 1):
            earn(union=union, reference=f"OR{number}", now=now - timedelta(days=30))
        earned = many / (time.perf_counter() - begun)
        begun = time.perf_counter()
        made = make_payouts(union=union, now=now).made
        assert len(made) == 20, len(made)
        paid = many / (time.perf_counter() - begun)
    return earned, paid


def _bare(many: int) -> str:
    return f"""
CREATE TABLE bare_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, posted int, account int, amount bigint);
DO $$ BEGIN FOR n IN 1..{many} LOOP
  INSERT INTO bare_entry (posted, account, amount) VALUES (n, 1, 1000), (n, 2, -950), (n, 3, -50);
  COMMIT;
END LOOP; END $$;
"""
