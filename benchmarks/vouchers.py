"""Vouchers: issuing a backlog, redeeming at tills, checking signatures, and looking things up among ten million.

Floors: a bare multi-row INSERT of the very rows that were issued into tables with the same indexes; pgbench with the
bare conditional UPDATE and the ledger's rows; the bare Ed25519 check of the library.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.goods import seed
from benchmarks.machine import ROOT, Machine, binary, machine
from benchmarks.measures import Measure

CLIENTS = 16
FLOOR = Path(__file__).parent / "floor"
ISSUED, KEPT, REDEEMED = 1_000_000, 10_000_000, 60_000
OF_INSERT, GROWTH = 0.5, 1.1


def run(*, quick: bool) -> list[Measure]:
    issued, kept, redeemed = (20_000, 100_000, 8_000) if quick else (ISSUED, KEPT, REDEEMED)
    with machine() as here:
        seed(here, "ours", unions=1, goods=100)
        here.psql('CREATE DATABASE "large" TEMPLATE "ours"')
        here.psql(_sold(issued // 2), name="ours")
        made = child(here, "ours", "issue")
        assert made["issued"] == issued, made
        here.psql(BARE, name="ours")
        floor = child(here, "ours", "insert", str(min(issued, 100_000)))["per_second"]
        here.psql(_in_hand(redeemed), name="ours")
        used = child(here, "ours", "redeem", str(CLIENTS), "3" if quick else "10")
        bare = _pgbench(here, 3 if quick else 10)
        signed = child(here, "ours", "verify", "500" if quick else "5000")
        here.psql(_sold(500), name="large")
        child(here, "large", "promise")
        here.psql(_kept(kept), name="large")
        looked = child(here, "large", "look")
    issuing = Measure(f"{issued:,} vouchers in one catch-up run", "vouchers/s", made["per_second"], floor)
    issuing.goal = f"≥ {OF_INSERT} of a bare multi-row INSERT of the same rows"
    issuing.holds = made["per_second"] >= OF_INSERT * floor
    memory = Measure("its memory at the end, after a tenth", "MB", made["whole_mb"], made["tenth_mb"])
    memory.goal, memory.holds = f"≤ {GROWTH} ×", made["whole_mb"] <= GROWTH * made["tenth_mb"]
    return [
        issuing,
        memory,
        Measure(f"redemptions, {CLIENTS} clients", "/s", used["per_second"], bare),
        Measure("signature checks, with the key's look-up", "/s", signed["per_second"], signed["bare"]),
        *(_looked(kept, one) for one in looked),
    ]


def _looked(kept: int, one: dict[str, Any]) -> Measure:
    measure = Measure(f"{one['what']}, of {kept:,} vouchers", "ms", one["ms"])
    measure.goal, measure.holds = "no sequential scan", not one["scans"]
    return measure


def child(here: Machine, name: str, *arguments: str) -> Any:
    """What a process of its own on that database says."""
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks.voucher_work", *arguments],
        cwd=ROOT,
        env=here.environment(name, DJANGO_SETTINGS_MODULE="benchmarks.settings"),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise RuntimeError(result.stdout[-2000:] + result.stderr[-3000:])
    return json.loads(result.stdout.splitlines()[-1])


def _sold(orders: int) -> str:
    """Delivered orders of two lines, a tenth of them lately."""
    return f"""
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO orders_purchase (union_id, number, token, origin, external_id, email, recipient, phone, line1, line2, city,
    region, postal_code, country, note, language, currency, total, placed_at)
SELECT u.id, 'P' || n, 'T' || n, 'website', '', 'c' || n || '@example.org', '', '', '', '', '', '', '', '', '', 'en',
    'GBP', 2000, now() - (CASE WHEN n % 10 = 0 THEN 1 ELSE 20 END) * interval '1 day'
FROM unions_union u, generate_series(1, {orders}) n;
INSERT INTO orders_order (union_id, purchase_id, store_id, membership_id, number, state, currency, goods_total,
    delivery_total, tax_total, total, commission_bp, commission_tax_bp, delivery_kind, delivery_name, delivery_tax_bp,
    cancel_reason, placed_at, changed_at, delivered_at)
SELECT p.union_id, p.id, s.id, s.membership_id, 'O' || p.number, 'delivered', 'GBP', 2000, 0, 0, 2000, 500, 0,
    'pickup', '', 0, '', p.placed_at, p.placed_at, now()
FROM orders_purchase p
JOIN (SELECT id, membership_id, row_number() OVER (ORDER BY id) AS n FROM stores_store) s ON s.n = p.id % 20 + 1;
INSERT INTO orders_orderline (union_id, order_id, variant_id, kind, sku, title, options, cover, quantity, unit_price, tax_bp,
    tax, total)
SELECT o.union_id, o.id, NULL, 'goods', '', 'Good ' || n, '', '', 1, 1000, 0, 0, 1000
FROM orders_order o, generate_series(1, 2) n ORDER BY o.id;
COMMIT;
VACUUM ANALYZE;
"""


BARE = """
CREATE TABLE bare_voucher (LIKE ascc_voucher INCLUDING ALL);
CREATE TABLE bare_step (LIKE ascc_voucherstep INCLUDING ALL);
CREATE TABLE bare_used (id bigint PRIMARY KEY, state text NOT NULL, used int NOT NULL);
CREATE TABLE bare_posted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference text, at timestamptz);
CREATE TABLE bare_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, posted bigint, account int, amount bigint);
"""


def _in_hand(many: int) -> str:
    """Vouchers that providers have taken on, ours and the floor's."""
    return f"""
INSERT INTO ascc_serviceprovider (union_id, store_id, ref, state, about, translations, reach_km, applied_at, done, on_time,
    score_sum, score_count, answer_seconds, answers, earned)
SELECT union_id, id, 'P' || id, 'approved', '', '{{}}', 20, now(), 0, 0, 0, 0, 0, 0, 0 FROM stores_store;
UPDATE ascc_voucher SET state = 'accepted', provider_id = p.id FROM ascc_serviceprovider p
WHERE p.store_id = ascc_voucher.store_id AND ascc_voucher.id <= (SELECT min(id) + {many} FROM ascc_voucher);
INSERT INTO bare_used SELECT n, 'accepted', 0 FROM generate_series(1, 4000000) n;
VACUUM ANALYZE;
"""


def _pgbench(here: Machine, seconds: int) -> float:
    command = [
        binary("pgbench"),
        "-n",
        "-c",
        str(CLIENTS),
        "-j",
        "2",
        "-T",
        str(seconds),
        "-M",
        "prepared",
        "-D",
        "n=0",
    ]
    command += ["-f", str(FLOOR / "redemption.sql"), here.database("ours")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    found = re.search(r"tps = ([\d.]+)", result.stdout)
    assert found
    return float(found.group(1))


def _kept(many: int) -> str:
    """So many vouchers with their first step: 1,000 lines with pieces without end, each its own code and customer."""
    return f"""
BEGIN;
SET LOCAL session_replication_role = replica;
INSERT INTO ascc_serviceprovider (union_id, store_id, ref, state, about, translations, reach_km, applied_at, done, on_time,
    score_sum, score_count, answer_seconds, answers, earned)
SELECT union_id, id, 'P' || id, 'approved', '', '{{}}', 20, now(), 0, 0, 0, 0, 0, 0, 0 FROM stores_store;
INSERT INTO ascc_voucher (union_id, program_id, version_id, store_id, order_line_id, piece, about, code, owner_id, email,
    language, state, visits, used, fund, spent, currency, provider_id, serial, photo, issued_at, activate_until, expires_at)
SELECT v.union_id, v.program_id, v.id, o.store_id, l.id, 1 + n / 1000, 'Good', 'B-' || n, NULL,
    'c' || n % ({many} / 4) || '@example.org', 'en',
    (ARRAY['issued', 'active', 'active', 'closed', 'closed', 'expired', 'accepted', 'performed'])[1 + n % 8],
    2, 0, 9000, 0, 'GBP', CASE WHEN n % 8 IN (3, 4, 6, 7) THEN p.id END, CASE WHEN n % 2 = 0 THEN 'S' || n ELSE '' END, '',
    now() - n % 700 * interval '1 day', NULL, now() + n % 300 * interval '1 day'
FROM generate_series(1, {many}) n
JOIN (SELECT id, order_id, row_number() OVER (ORDER BY id) - 1 AS k FROM orders_orderline) l ON l.k = n % 1000
JOIN orders_order o ON o.id = l.order_id
JOIN ascc_serviceprovider p ON p.store_id = o.store_id
CROSS JOIN ascc_programversion v;
INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, note, at)
SELECT union_id, id, 'issued', '', 'issued', 'system', '', issued_at FROM ascc_voucher ORDER BY id;
COMMIT;
VACUUM ANALYZE;
"""
