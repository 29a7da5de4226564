"""The statement that takes a cart, and the one that writes its purchase: customer, orders, lines and first steps."""

from orders.events import PURCHASE_PLACED
from orders.models import Cart

_BUY = f"""
UPDATE orders_cart AS c SET state = 'bought', touched_at = %(now)s
WHERE c.union_id = %(union)s AND c.state = '{{state}}' AND {{which}}
RETURNING {", ".join(f"c.{field.column}" for field in Cart._meta.concrete_fields)}
"""
BUY = _BUY.format(state="open", which="c.id = %(cart)s")
BUY_FOR_GUEST = _BUY.format(state="open", which="c.user_id IS NULL AND c.token = %(token)s")
# The cart decides between buying, withdrawing and lapsing: whoever takes it out of `draft` was first.
BUY_DRAFT = _BUY.format(
    state="draft",
    which="""c.id = %(cart)s AND EXISTS (
        SELECT FROM orders_orderdraft d WHERE d.cart_id = c.id AND d.state = 'open' AND d.expires_at > %(now)s
    )""",
)

_OURS = "c.user_id IS NULL OR c.user_id = excluded.user_id"
RECORD = """
WITH customer AS (
    INSERT INTO orders_customer AS c (
        union_id, user_id, external_id, email, name, phone, line1, line2, city, region, postal_code, country, created_at
    ) VALUES (
        %(union)s, %(user)s, '', %(email)s, %(recipient)s, %(phone)s, %(line1)s, %(line2)s, %(city)s, %(region)s,
        %(postal_code)s, %(country)s, %(now)s
    )
    ON CONFLICT (union_id, email) WHERE NOT (email = '') DO UPDATE SET
        user_id = COALESCE(c.user_id, excluded.user_id),
        name = CASE WHEN {ours} THEN excluded.name ELSE c.name END,
        phone = CASE WHEN {ours} THEN excluded.phone ELSE c.phone END,
        line1 = CASE WHEN {ours} THEN excluded.line1 ELSE c.line1 END,
        line2 = CASE WHEN {ours} THEN excluded.line2 ELSE c.line2 END,
        city = CASE WHEN {ours} THEN excluded.city ELSE c.city END,
        region = CASE WHEN {ours} THEN excluded.region ELSE c.region END,
        postal_code = CASE WHEN {ours} THEN excluded.postal_code ELSE c.postal_code END,
        country = CASE WHEN {ours} THEN excluded.country ELSE c.country END
    RETURNING c.id
), purchase AS (
    INSERT INTO orders_purchase (
        union_id, number, token, cart_id, user_id, customer_id, origin, conversation, external_id, email, recipient,
        phone, line1, line2, city, region, postal_code, country, note, language, currency, total, placed_at
    )
    SELECT %(union)s, %(number)s, %(token)s, %(cart)s, %(user)s, customer.id, %(origin)s, %(conversation)s, '',
        %(email)s, %(recipient)s, %(phone)s, %(line1)s, %(line2)s, %(city)s, %(region)s, %(postal_code)s, %(country)s,
        %(note)s, %(language)s, %(currency)s, %(total)s, %(now)s
    FROM customer
    RETURNING id
), placed AS (
    INSERT INTO orders_order (
        union_id, purchase_id, store_id, membership_id, number, state, currency, goods_total, delivery_total,
        tax_total, total, commission_bp, commission_tax_bp, delivery_kind, delivery_name, delivery_tax_bp, deadline,
        wish, cancel_reason, placed_at, changed_at, seller_name, seller_address, seller_registration, seller_tax_number
    )
    SELECT %(union)s, purchase.id, part.store_id, part.membership_id, part.number, 'placed', %(currency)s, part.goods,
        part.delivery, part.tax, part.goods + part.delivery, part.commission_bp, %(commission_tax_bp)s, part.kind,
        part.name, part.delivery_tax_bp, part.deadline, part.wish, '',
        %(now)s, %(now)s, COALESCE(NULLIF(e.legal_name, ''), e.name), e.address, e.registration_number, e.tax_number
    FROM purchase, unnest(
        %(part_store)s::bigint[], %(part_membership)s::bigint[], %(part_number)s::text[], %(part_goods)s::bigint[],
        %(part_delivery)s::bigint[], %(part_tax)s::bigint[], %(part_kind)s::text[], %(part_name)s::text[],
        %(part_delivery_tax_bp)s::int[], %(part_deadline)s::timestamptz[],
        %(part_wish)s::text[], %(part_commission_bp)s::int[]
    ) WITH ORDINALITY AS part(
        store_id, membership_id, number, goods, delivery, tax, kind, name, delivery_tax_bp, deadline, wish,
        commission_bp, position
    )
    JOIN unions_membership m ON m.id = part.membership_id
    JOIN unions_enterprise e ON e.id = m.enterprise_id
    ORDER BY part.position
    RETURNING id, store_id
), line AS (
    INSERT INTO orders_orderline (
        union_id, order_id, variant_id, urgent_id, kind, sku, title, options, cover, quantity, unit_price, tax_bp, tax,
        total
    )
    SELECT %(union)s, placed.id, line.variant_id, line.urgent_id, 'goods', line.sku, line.title, line.options,
        line.cover, line.quantity, line.unit_price, line.tax_bp, line.tax, line.quantity * line.unit_price
    FROM unnest(
        %(line_store)s::bigint[], %(line_variant)s::bigint[], %(line_urgent)s::bigint[], %(line_sku)s::text[],
        %(line_title)s::text[], %(line_options)s::text[], %(line_cover)s::text[], %(line_quantity)s::int[],
        %(line_unit_price)s::bigint[], %(line_tax_bp)s::int[], %(line_tax)s::bigint[]
    ) WITH ORDINALITY AS line(
        store_id, variant_id, urgent_id, sku, title, options, cover, quantity, unit_price, tax_bp, tax, position
    )
    JOIN placed USING (store_id)
    ORDER BY line.position
), step AS (
    INSERT INTO orders_orderchange (union_id, order_id, from_state, to_state, actor_id, note, at)
    SELECT %(union)s, placed.id, '', 'placed', %(user)s, '', %(now)s FROM placed
), told AS (
    INSERT INTO core_outboxevent (event_id, kind, aggregate, payload, created_at, delivered_at, attempts, last_error)
    SELECT gen_random_uuid(), '{placed}', 'purchase:' || id, jsonb_build_object('purchase_id', id), %(told_at)s,
        %(delivered_at)s, 0, ''
    FROM purchase
)
SELECT purchase.id FROM purchase
""".replace("{ours}", _OURS).replace("{placed}", PURCHASE_PLACED)
# psycopg translates a long text anew each time, and remembers how it translated a short one.
RECORD = " ".join(RECORD.split())
