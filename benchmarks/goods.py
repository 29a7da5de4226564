"""Unions, stores and goods by the million, made by PostgreSQL itself."""

from __future__ import annotations

from benchmarks.machine import Machine

STORES = 20
SEED = """
INSERT INTO unions_union (slug, name, tagline, description, translations, prefix, country, currency, time_zone,
    languages, hue, picture, address, contact_email, contact_phone, contact_address, commission_bp, commission_tax_bp,
    holding_days, payout_period, is_published, created_at)
SELECT 'u' || n, 'Union ' || n, '', '', '{{}}',
    chr(65 + n / 676 % 26) || chr(65 + n / 26 % 26) || chr(65 + n % 26), 'GB', 'GBP', 'Europe/London',
    '{{en}}', n * 15 % 360, '', '', '', '', '', 500, 0, 7, 'weekly', true, now()
FROM generate_series(1, {unions}) n;

INSERT INTO unions_enterprise (name, legal_name, registration_number, tax_number, country, address, email, phone, created_at)
SELECT 'Enterprise ' || n, 'Enterprise ' || n, 'bench-' || n, '', 'GB', '', 'e@example.org', '', now()
FROM generate_series(1, {unions} * {stores}) n;

INSERT INTO unions_membership (union_id, enterprise_id, state, message, store_name, applied_at)
SELECT u.id, e.id, 'active', '', '', now()
FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM unions_enterprise WHERE registration_number LIKE 'bench-%') e
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM unions_union) u ON u.n = e.n / {stores};

INSERT INTO stores_store (union_id, membership_id, business_class_id, slug, name, tagline, description, translations,
    street, city, postal_code, phone, email, manager_name, picture, is_published, rating_sum, rating_count, external_id, created_at)
SELECT union_id, id, '47', 's' || n, 'Store ' || n, '', '', '{{}}', '', '', '', '', '', '', '', true, 9, 2, '', now()
FROM (SELECT id, union_id, row_number() OVER (PARTITION BY union_id ORDER BY id) AS n FROM unions_membership) m;

INSERT INTO stores_deliveryoption (union_id, store_id, kind, name, translations, price, tax_bp, lead_days_min, lead_days_max,
    countries, position, is_active)
SELECT union_id, id, 'pickup', 'Pick up', '{{}}', 0, 0, 0, 1, '', 0, true FROM stores_store;

INSERT INTO stores_taxclass (union_id, code, name, translations, rate_bp)
SELECT id, 'standard', 'Standard', '{{}}', 2000 FROM unions_union;

INSERT INTO stores_category (union_id, slug, name, translations, ancestors, position)
SELECT u.id, 'c' || n, 'Category ' || n, '{{}}', '{{}}', n FROM unions_union u, generate_series(1, 12) n;
UPDATE stores_category SET ancestors = ARRAY[id];

INSERT INTO stores_product (union_id, store_id, category_id, tax_class_id, kind, slug, title, description, translations, tags,
    option_names, is_published, price_from, price_to, in_stock, cover, rating_sum, rating_count, created_at, updated_at)
SELECT s.union_id, s.id, c.id, t.id, 'goods', 'p' || n, 'Good number ' || n, 'A good thing to have at home.', '{{}}', '{{}}',
    '{{}}', true, 100 + n % 5000, 100 + n % 5000, true, 'demo/good.svg', 8, 2,
    timestamptz '2026-01-01' + n * interval '1 second', now()
FROM (SELECT id, union_id, row_number() OVER (ORDER BY id) - 1 AS k FROM stores_store) s
JOIN stores_taxclass t ON t.union_id = s.union_id
CROSS JOIN LATERAL generate_series(s.k + 1, {goods}, (SELECT count(*) FROM stores_store)) n
JOIN LATERAL (SELECT id FROM stores_category c WHERE c.union_id = s.union_id ORDER BY id OFFSET n % 12 LIMIT 1) c ON true;

INSERT INTO stores_variant (union_id, store_id, product_id, sku, gtin, options, price, tracks_stock, position, is_active, version)
SELECT union_id, store_id, id, 'SKU-' || slug, '', '{{}}', price_from, true, 0, true, 1 FROM stores_product;

INSERT INTO stores_stocklevel (union_id, variant_id, on_hand, held, low_at)
SELECT union_id, id, 1000000, 0, 0 FROM stores_variant;

INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, reason, reference, at)
SELECT union_id, id, 'received', 1000000, 0, 'bench', '', now() FROM stores_variant;
"""


def seed(machine: Machine, name: str, *, unions: int, goods: int) -> None:
    """A fresh migrated database of that name with so many unions of 20 stores each and so many goods in all."""
    machine.psql(f'CREATE DATABASE "{name}"')
    machine.manage("migrate", "--verbosity=0", name=name)
    machine.psql(SEED.format(unions=unions, stores=STORES, goods=goods), name=name)
    machine.psql("VACUUM ANALYZE", name=name)


def some_product(machine: Machine, name: str) -> tuple[str, str, str]:
    """(union, store, product) slugs of one good."""
    row = machine.psql(
        "SELECT u.slug, s.slug, p.slug FROM stores_product p JOIN stores_store s ON s.id = p.store_id "
        "JOIN unions_union u ON u.id = p.union_id ORDER BY p.id LIMIT 1",
        name=name,
    )
    union, store, product = row.split("|")
    return union, store, product
