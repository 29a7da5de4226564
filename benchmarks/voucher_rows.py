"""Rows for benchmarks/vouchers.py, made by PostgreSQL itself: what was sold, what providers hold, a full database."""

from __future__ import annotations

from ascc.services.issuing_sql import code_of_dice


def sold(orders: int) -> str:
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
CREATE TABLE proved_voucher (LIKE ascc_voucher INCLUDING ALL);
CREATE TABLE proved_step (LIKE ascc_voucherstep INCLUDING ALL);
DO $$
DECLARE proof record;
BEGIN
    FOR proof IN SELECT CASE conrelid WHEN 'ascc_voucher'::regclass THEN 'proved_voucher' ELSE 'proved_step' END AS name,
            replace(pg_get_constraintdef(oid), 'REFERENCES ascc_voucher(', 'REFERENCES proved_voucher(') AS said
        FROM pg_constraint
        WHERE contype = 'f' AND conrelid IN ('ascc_voucher'::regclass, 'ascc_voucherstep'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s ADD %s', proof.name, proof.said);
    END LOOP;
END $$;
CREATE TABLE bare_used (id bigint PRIMARY KEY, state text NOT NULL, used int NOT NULL);
CREATE TABLE bare_posted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reference text, at timestamptz);
CREATE TABLE bare_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, posted bigint, account int, amount bigint);
"""


def in_hand(many: int) -> str:
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


FILLED = "ascc_voucher ascc_voucherstep ascc_transmission ascc_servicevisit ascc_redemption ascc_assessment"
# Ten million rows are written several times as fast with their indexes made afterwards.
ASIDE = f"""
SET maintenance_work_mem = '1GB';
CREATE TEMP TABLE aside ON COMMIT DROP AS
SELECT i.indrelid::regclass::text AS of, i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made,
    k.conname, pg_get_constraintdef(k.oid) AS said
FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype = 'u'
WHERE i.indrelid = ANY(string_to_array('{FILLED}', ' ')::regclass[]) AND NOT i.indisprimary
    AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f');
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM aside LOOP
        IF one.conname IS NULL THEN EXECUTE format('DROP INDEX %s', one.name);
        ELSE EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.of, one.conname); END IF;
    END LOOP;
END $$;
"""
BACK = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN SELECT * FROM aside LOOP
        IF one.conname IS NULL THEN EXECUTE one.made;
        ELSE EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', one.of, one.conname, one.said); END IF;
    END LOOP;
END $$;
"""


def kept(many: int) -> str:
    """So many vouchers with their steps, redemptions and assessments over 700 days.

    1,000 lines with pieces without end, each its own code; four vouchers for each address. Providers hold few at a time:
    one in 500 was accepted, one in 500 waits for its assessment. Who has a month left has been reminded.
    """
    return f"""
BEGIN;
SET LOCAL session_replication_role = replica;
{ASIDE}
INSERT INTO ascc_serviceprovider (union_id, store_id, ref, state, about, translations, reach_km, applied_at, done, on_time,
    score_sum, score_count, answer_seconds, answers, earned)
SELECT union_id, id, 'P' || id, 'approved', '', '{{}}', 20, now(), 0, 0, 0, 0, 0, 0, 0 FROM stores_store;
INSERT INTO ascc_voucher (union_id, program_id, version_id, store_id, order_line_id, piece, about, code, owner_id, email,
    language, state, visits, used, fund, spent, currency, provider_id, serial, photo, issued_at, activate_until, activated_at,
    reminded_at, expires_at)
SELECT v.union_id, v.program_id, v.id, o.store_id, l.id, 1 + n / 1000, 'Good', {code_of_dice()}, NULL,
    'c' || n % ({many} / 4) || '@example.org', 'en', s.state, 2, (p.id IS NOT NULL AND s.state <> 'accepted')::int, 9000, 0,
    'GBP', p.id, CASE WHEN n % 2 = 0 THEN 'S' || n ELSE '' END, '', s.issued_at, NULL,
    CASE WHEN s.state <> 'issued' THEN s.issued_at + interval '2 days' END,
    CASE WHEN s.issued_at < now() - interval '674 days' THEN now() END, s.issued_at + interval '705 days'
FROM generate_series(1, {many}) n
CROSS JOIN LATERAL (SELECT CASE n % 500 WHEN 6 THEN 'accepted' WHEN 7 THEN 'performed' ELSE
    (ARRAY['issued', 'active', 'active', 'closed', 'closed', 'expired', 'closed', 'active'])[1 + n % 8] END AS state,
    now() - CASE WHEN n % 500 = 7 THEN n / 500 % 10 ELSE n * 7 % 700 END * interval '1 day' AS issued_at) s
JOIN (SELECT id, order_id, row_number() OVER (ORDER BY id) - 1 AS k FROM orders_orderline) l ON l.k = n % 1000
JOIN orders_order o ON o.id = l.order_id
LEFT JOIN ascc_serviceprovider p ON p.store_id = o.store_id AND s.state IN ('closed', 'accepted', 'performed')
CROSS JOIN ascc_programversion v
CROSS JOIN LATERAL (SELECT prefix, uuid_send(gen_random_uuid()) AS dice FROM unions_union u WHERE u.id = v.union_id AND n > 0) t;
INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, note, at)
SELECT union_id, id, 'issued', '', 'issued', 'system', '', issued_at FROM ascc_voucher ORDER BY id;
INSERT INTO ascc_transmission (union_id, voucher_id, provider_id, state, wish, reason, sent_at, answered_at)
SELECT union_id, id, provider_id, 'accepted', '', '', issued_at + interval '2 days', issued_at + interval '3 days'
FROM ascc_voucher WHERE provider_id IS NOT NULL ORDER BY id;
INSERT INTO ascc_servicevisit (union_id, voucher_id, provider_id, ref, state, report, parts, fee, deductible, confirmation,
    signature, agreed_at, reported_at)
SELECT union_id, id, provider_id, 'V' || id, CASE WHEN state = 'accepted' THEN 'agreed' ELSE 'confirmed' END, '', '[]', 4000, 0,
    '', '', issued_at + interval '3 days', issued_at + interval '4 days'
FROM ascc_voucher WHERE provider_id IS NOT NULL AND id % 4 = 0 ORDER BY id;
INSERT INTO ascc_redemption (union_id, voucher_id, visit_id, provider_id, number, ref, amount, currency, at)
SELECT union_id, id, NULL, provider_id, 1, 'R' || id, 4000, 'GBP', issued_at + interval '5 days'
FROM ascc_voucher WHERE used > 0 ORDER BY id;
INSERT INTO ascc_assessment (union_id, redemption_id, voucher_id, provider_id, quality, punctuality, courtesy, price, score,
    words, answer, flags, at)
SELECT union_id, id, voucher_id, provider_id, 5, 4, 4, 4, 425, '', '', '[]', at + interval '1 day'
FROM ascc_redemption WHERE id % 2 = 0 ORDER BY id;
{BACK}
COMMIT;
VACUUM ANALYZE;
"""
