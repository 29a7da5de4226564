"""Pages of figures over a million orders, which they read from the kept figures of days.

The orders are made by PostgreSQL itself; all days are counted from them by the code of the worker and then compared with
the raw rows, so that what is measured is also right. Floor: one row by its primary key, through the same Django, the same
middlewares and the same person: what opening any page costs before it has asked for anything of its own. Beside each page
stands the statement that would answer its first chart from the raw orders.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.goods import seed
from benchmarks.machine import ROOT, Machine, machine
from benchmarks.measures import Measure

ORDERS, GOODS, DAYS = 1_000_000, 4_000, 365
ROUNDS = 15
OF_FLOOR = 4.0
"""A page that reads some hundred kept rows and draws five charts may take so many times as long as an empty one."""


def run(*, quick: bool) -> list[Measure]:
    orders = 20_000 if quick else ORDERS
    with machine() as here:
        seed(here, "ours", unions=1, goods=GOODS)
        here.psql(_sold(orders), name="ours")
        said = _child(here)
    return _measures(said, orders)


def _sold(orders: int) -> str:
    """Orders of a year in 20 stores, two lines each; one in thirty was cancelled, one in forty gave a piece's price back."""
    return f"""
-- Rows that are made to fit need no proof of each foreign key.
SET session_replication_role = replica;
BEGIN;
INSERT INTO orders_purchase (union_id, number, token, origin, external_id, email, recipient, phone, line1, line2, city,
    region, postal_code, country, note, language, currency, total, placed_at)
SELECT u.id, 'P' || n, 'P' || n, 'website', '', '', '', '', '', '', '', '', '', '', '', 'en', 'GBP', 3000,
    now() - (n % {DAYS * 24 * 60}) * interval '1 minute'
FROM unions_union u, generate_series(1, {orders}) n;
INSERT INTO orders_order (union_id, purchase_id, store_id, membership_id, number, state, currency, goods_total,
    delivery_total, tax_total, total, commission_bp, commission_tax_bp, delivery_kind, delivery_name, delivery_tax_bp,
    cancel_reason, placed_at, changed_at, deadline, delivered_at)
SELECT p.union_id, p.id, s.id, s.membership_id, 'O' || p.id, made.state, 'GBP', 2600, 400, 0, 3000, 500, 0, 'delivery', '',
    0, '', p.placed_at, p.placed_at + interval '1 day', p.placed_at + interval '3 days',
    CASE WHEN made.state IN ('delivered', 'completed') THEN p.placed_at + (p.id % 5) * interval '1 day' END
FROM orders_purchase p
JOIN (SELECT id, membership_id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS stores FROM stores_store) s
    ON s.n = p.id % s.stores
CROSS JOIN LATERAL (SELECT CASE WHEN p.id % 30 = 0 THEN 'cancelled' WHEN p.placed_at > now() - interval '2 days' THEN
    (ARRAY['paid', 'accepted', 'packed', 'shipped'])[1 + p.id % 4] ELSE 'completed' END AS state) made;
INSERT INTO orders_orderline (union_id, order_id, variant_id, kind, sku, title, options, cover, quantity, unit_price,
    tax_bp, tax, total, returned)
SELECT o.union_id, o.id, v.id, 'goods', v.sku, 'Good', '', '', 1, 1300, 0, 0, 1300,
    CASE WHEN o.id % 40 = 1 AND half = 0 THEN 1 ELSE 0 END
FROM orders_order o CROSS JOIN generate_series(0, 1) half
JOIN (SELECT id, sku, store_id, row_number() OVER (PARTITION BY store_id ORDER BY id) - 1 AS n,
    count(*) OVER (PARTITION BY store_id) AS goods FROM stores_variant) v
    ON v.store_id = o.store_id AND v.n = (o.id / 20 * 7 + half * 13 + (o.id % 97) * (o.id % 89)) % v.goods;
INSERT INTO orders_creditnote (union_id, order_id, number, kind, goods, delivery, tax, total, reason, side, at, asked_at)
SELECT o.union_id, o.id, 'C' || o.id, 'returned', 1300, 0, 0, 1300, '', 'store', o.changed_at, o.changed_at
FROM orders_order o WHERE o.id % 40 = 1 AND o.state <> 'cancelled';
INSERT INTO orders_creditline (union_id, credit_id, order_line_id, quantity, amount, tax)
SELECT n.union_id, n.id, l.id, 1, 1300, 0
FROM orders_creditnote n JOIN orders_orderline l ON l.order_id = n.order_id AND l.returned = 1;
UPDATE orders_order o SET given_back = n.total FROM orders_creditnote n WHERE n.order_id = o.id;
COMMIT;
VACUUM ANALYZE;
"""


def _child(here: Machine) -> dict[str, Any]:
    """In a process of its own, which has these servers as its settings say."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.dashboards"],
        cwd=ROOT,
        env=here.environment("ours", DJANGO_SETTINGS_MODULE="benchmarks.settings", DEBUG="0"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-4000:])
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def look() -> dict[str, Any]:
    """Count all days, compare them with the raw rows, touch one again, and open the pages; times in milliseconds."""
    from django_scopes import scopes_disabled

    with scopes_disabled():
        return _look()


def _look() -> dict[str, Any]:
    from django.db import connection
    from django.utils import timezone

    from orders.models import Order
    from orders.queries.figures_check import days_that_differ
    from orders.services.figures import count_all_touched, count_touched, touch_orders, touch_union
    from unions.models import Union

    union = Union.objects.get()
    begun = time.perf_counter()
    touch_union(union=union)
    days = count_all_touched(union=union)
    counting = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE orders_storeday, orders_productday, orders_productweek, orders_touchedday")
    begun = time.perf_counter()
    compared, differing = days_that_differ(union, before=timezone.now())
    checking = time.perf_counter() - begun
    last = Order.objects.order_by("-placed_at", "-id").values_list("pk", flat=True)[0]

    def one_day() -> None:
        touch_orders(order_ids=[last])
        assert count_touched(union=union) == 1

    return {
        "days": days,
        "compared": compared,
        "differ": len(differing),
        "counting": counting,
        "checking": checking,
        "one_day": _median(one_day),
        "raw": _median(_raw(union)),
        **{name: _median(ask) for name, ask in _pages(union).items()},
    }


def _raw(union: Any) -> Callable[[], None]:
    """The first chart of the union's page, asked of the orders themselves."""
    from django.db import connection

    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (o.placed_at AT TIME ZONE %s)::date, sum(o.total - o.given_back) FROM orders_order o "
                "WHERE o.union_id = %s AND o.placed_at > now() - interval '60 days' "
                "AND o.state NOT IN ('placed', 'cancelled') GROUP BY 1",
                [union.time_zone, union.pk],
            )
            cursor.fetchall()

    return ask


def _pages(union: Any) -> dict[str, Callable[[], None]]:
    from django.test import Client

    from accounts.models import User
    from stores.models import Store
    from unions.models import EnterpriseMember

    store = Store.objects.select_related("membership").order_by("id").first()
    assert store is not None
    center = User.objects.create_superuser("center@example.org", "of the benchmark", name="Center")
    owner = User.objects.create_user("owner@example.org", "of the benchmark", name="Owner")
    enterprise = store.membership.enterprise_id
    EnterpriseMember.objects.create(enterprise_id=enterprise, user=owner, role=EnterpriseMember.Role.OWNER)

    def page(person: User, address: str) -> Callable[[], None]:
        browser = Client(HTTP_HOST="127.0.0.1")
        browser.force_login(person)

        def ask() -> None:
            response = browser.get(address)
            assert response.status_code == 200, (address, response.status_code)

        return ask

    shop, office = f"/manage/{union.slug}/{store.slug}", f"/admin/orders/order/figures/?union={union.pk}"
    return {
        # One row by an index, drawn in the same frame.
        "floor_store": page(owner, f"{shop}/settings/"),
        "floor_office": page(center, f"/admin/stores/taxclass/{union.tax_classes.get().pk}/change/"),
        "store_30": page(owner, f"{shop}/figures/"),
        "store_90": page(owner, f"{shop}/figures/?time=90"),
        "store_home": page(owner, f"{shop}/"),
        "office_30": page(center, office),
        "office_90": page(center, f"{office}&time=90"),
        "overview": page(center, "/admin/"),
    }


def _median(ask: Callable[[], object]) -> float:
    ask()
    times = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def _measures(said: dict[str, Any], orders: int) -> list[Measure]:
    right = Measure(f"days of {orders:,} orders that differ from the raw rows", "days", said["differ"])
    right.goal, right.holds = f"none of {said['compared']:,}", said["differ"] == 0
    pages = []
    for name, words, floor in (
        ("store_30", "store's figures, 30 days", "floor_store"),
        ("store_90", "store's figures, 90 days", "floor_store"),
        ("store_home", "store's home", "floor_store"),
        ("office_30", "union's figures, 30 days", "floor_office"),
        ("office_90", "union's figures, 90 days", "floor_office"),
        ("overview", "office's overview", "floor_office"),
    ):
        one = Measure(f"{words}, {orders:,} orders", "ms", said[name], said[floor])
        one.goal = f"≤ {OF_FLOOR:g} × a page that reads one row by an index"
        one.holds = said[name] <= OF_FLOOR * said[floor]
        pages.append(one)
    return [
        right,
        *pages,
        Measure("first chart of the union from the raw orders", "ms", said["raw"]),
        Measure("one day of a store counted anew", "ms", said["one_day"]),
        Measure(f"all {said['days']:,} days counted anew", "orders/s", orders / said["counting"]),
        Measure("all days compared with the raw rows", "orders/s", orders / said["checking"]),
    ]


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(look()))
