"""Delivered orders become earnings and earnings payouts.

One floor writes the same ledger entries in a bare loop with a commit each, the other, which is the peer of the table, with
a bare statement and a commit for every 500.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

from benchmarks.goods import seed
from benchmarks.machine import Machine, machine
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
        here.psql(BARE_TABLE, name="ours")
        loop, batches = _timed(here, _bare_loop(many), many), _timed(here, _bare_batches(many), many)
    one = Measure(f"{many:,} delivered orders completed and earned", "orders/s", earned, loop, batches)
    two = Measure("earnings paid out, 20 stores", "orders/s", paid, loop)
    return [one, two]


def _timed(here: Machine, sql: str, many: int) -> float:
    """Orders a second of a bare statement."""
    begun = time.perf_counter()
    here.psql(sql, name="ours")
    return many / (time.perf_counter() - begun)


def _captured(many: int) -> str:
    """Orders that were delivered long ago, their captured payments and the books of that."""
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
INSERT INTO orders_purchase (union_id, number, token, origin, external_id, email, recipient, phone, line1, line2, city,
    region, postal_code, country, note, language, currency, total, placed_at)
SELECT union_id, number, number, 'website', '', '', '', '', '', '', '', '', '', '', '', 'en', currency, amount, created_at
FROM payments_paymentrequest;
INSERT INTO orders_order (union_id, purchase_id, store_id, membership_id, number, state, currency, goods_total,
    delivery_total, tax_total, total, commission_bp, commission_tax_bp, delivery_kind, delivery_name, delivery_tax_bp,
    cancel_reason, placed_at, changed_at, delivered_at)
SELECT part.union_id, p.id, s.id, part.membership_id, part.reference, 'delivered', 'GBP', part.amount, 0, 0, part.amount,
    500, 0, 'pickup', '', 0, '', p.placed_at, p.placed_at, now() - interval '60 days'
FROM payments_paymentsplit part JOIN payments_paymentrequest r ON r.id = part.request_id
JOIN orders_purchase p ON p.number = r.number JOIN stores_store s ON s.membership_id = part.membership_id;
INSERT INTO payments_payoutaccount (union_id, membership_id, provider, token, label, holder, state, verified_at, created_at, tries)
SELECT union_id, id, 'bank', 'bank:approves', 'Bank', 'Holder', 'verified', now(), now(), 0 FROM unions_membership;
INSERT INTO payments_ledgeraccount (union_id, kind, currency, balance)
SELECT id, 'provider_clearing', 'GBP', {many} * 1000 FROM unions_union
UNION ALL SELECT id, 'orders_held', 'GBP', -{many} * 1000 FROM unions_union;
INSERT INTO payments_ledgertransaction (union_id, kind, reference, memo, posted_at)
SELECT union_id, 'capture', reference, '', now() FROM payments_paymentsplit ORDER BY id;
INSERT INTO payments_ledgerentry (union_id, transaction_id, account_id, currency, amount)
SELECT t.union_id, t.id, a.id, a.currency, CASE a.kind WHEN 'orders_held' THEN -1000 ELSE 1000 END
FROM payments_ledgertransaction t JOIN payments_ledgeraccount a ON a.union_id = t.union_id;
COMMIT;
VACUUM ANALYZE;
"""


def _settle(many: int) -> tuple[float, float]:
    import django

    django.setup()
    from django.utils import timezone
    from django_scopes import scopes_disabled

    from orders.services.completing import complete_delivered_orders
    from payments.models import Earning
    from payments.services.settlement import make_payouts
    from unions.models import Union

    now = timezone.now()
    with scopes_disabled():
        union = Union.objects.get()
        begun = time.perf_counter()
        done = complete_delivered_orders(now=now - timedelta(days=30))
        earned = many / (time.perf_counter() - begun)
        assert done == many == Earning.objects.filter(union=union).count(), done
        begun = time.perf_counter()
        made = make_payouts(union=union, now=now).made
        assert len(made) == 20, len(made)
        paid = many / (time.perf_counter() - begun)
    return earned, paid


BARE_TABLE = """
CREATE TABLE bare_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, posted int, account int, amount bigint);
"""


def _bare_loop(many: int) -> str:
    return f"""
DO $$ BEGIN FOR n IN 1..{many} LOOP
  INSERT INTO bare_entry (posted, account, amount) VALUES (n, 1, 1000), (n, 2, -950), (n, 3, -50);
  COMMIT;
END LOOP; END $$;
"""


def _bare_batches(many: int) -> str:
    return f"""
DO $$ BEGIN FOR n IN 0..{many - 1} BY 500 LOOP
  INSERT INTO bare_entry (posted, account, amount)
  SELECT o, account, amount FROM generate_series(n, n + 499) AS o, (VALUES (1, 1000), (2, -950), (3, -50)) AS e(account, amount);
  COMMIT;
END LOOP; END $$;
"""
