"""The one statement that puts several new things into a cart: all of them, or nothing.

Locks are taken in the order cart, line, hold, stock level (by variant), as everywhere: each part reads the one before
it. It does nothing when anything stands in its way: something that is not sold, is nearly gone, or lies in the cart
already. A shortage or a twin that comes up between the look (`wanted`) and the writing breaks a constraint, which
takes the whole statement back.
"""

from core.statements import NO_FLUSH
from orders.models import Cart

_BY_ID = """
    FROM unnest(%(variants)s::bigint[], %(quantities)s::int[]) AS a(variant, quantity)
    JOIN stores_variant v ON v.id = a.variant AND v.union_id = %(union)s
    JOIN stores_store s ON s.id = v.store_id
"""
_BY_NAME = """
    FROM unnest(%(stores)s::text[], %(skus)s::text[], %(quantities)s::int[]) AS a(store, sku, quantity)
    JOIN stores_store s ON s.union_id = %(union)s AND s.slug = a.store
    JOIN stores_variant v ON v.union_id = %(union)s AND v.store_id = s.id AND v.sku = a.sku
"""
_OF_GUEST = "c.token = %(token)s"
_OF_USER = "c.union_id = %(union)s AND c.user_id = %(user)s AND c.state = 'open'"
_GUEST_CONFLICT = """
    ON CONFLICT (token) DO UPDATE SET touched_at = excluded.touched_at
    WHERE c.state = 'open' AND c.union_id = excluded.union_id AND c.user_id IS NULL
"""
_USER_CONFLICT = """
    ON CONFLICT (union_id, user_id) WHERE state = 'open' DO UPDATE SET touched_at = excluded.touched_at
"""

# A cart is no promise about money: it may be lost with the last half second before the database's machine loses power.
# Its purchase carries it to disk.
_FILL = """
WITH {no_flush}, wanted AS (
    SELECT v.id AS variant_id, v.store_id, v.product_id, v.price, v.tracks_stock, a.quantity
    {asked}
    JOIN stores_product p ON p.id = v.product_id
    JOIN unions_membership m ON m.id = s.membership_id
    LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
    WHERE v.is_active AND p.is_published AND s.is_published AND m.state = 'active'
      AND (NOT v.tracks_stock OR l.available > a.quantity)
      AND NOT EXISTS (
          SELECT FROM stores_urgentsale u
          WHERE u.variant_id = v.id AND u.cancelled_at IS NULL AND u.starts_at <= %(now)s AND u.ends_at > %(now)s
      )
      AND NOT EXISTS (
          SELECT FROM orders_cart c JOIN orders_cartline there ON there.cart_id = c.id
          WHERE {mine} AND there.variant_id = v.id AND there.proposal_id IS NULL
      )
), complete AS (
    SELECT FROM wanted HAVING count(*) = %(count)s AND count(DISTINCT variant_id) = %(count)s
), cart AS (
    INSERT INTO orders_cart AS c (
        union_id, user_id, token, state, email, recipient, phone, line1, line2, city, region, postal_code, country,
        note, created_at, touched_at
    )
    SELECT %(union)s, %(user)s, %(token)s, 'open', '', '', '', '', '', '', '', '', '', '', %(now)s, %(now)s
    FROM complete, no_flush
    {conflict}
    RETURNING *
), before AS (
    SELECT count(other.id) AS lines, coalesce(sum(other.quantity), 0) AS pieces
    FROM cart LEFT JOIN orders_cartline other ON other.cart_id = cart.id
), line AS (
    INSERT INTO orders_cartline (union_id, cart_id, store_id, variant_id, quantity, seen_price, added_at)
    SELECT %(union)s, cart.id, store_id, variant_id, quantity, price, %(now)s
    FROM cart, before, wanted
    WHERE before.lines + %(count)s <= %(most_lines)s
    ORDER BY variant_id
    RETURNING id, variant_id, quantity
), hold AS (
    INSERT INTO stores_stockhold (union_id, variant_id, owner, quantity, created_at, expires_at, last_until)
    SELECT %(union)s, variant_id, 'cart-line:' || line.id, line.quantity, %(now)s, %(expires)s, %(last)s
    FROM line JOIN wanted USING (variant_id)
    WHERE wanted.tracks_stock
    RETURNING variant_id, owner, quantity
), locked AS (
    SELECT l.variant_id, l.held FROM stores_stocklevel l
    WHERE l.variant_id = ANY(ARRAY(SELECT variant_id FROM hold)) ORDER BY l.variant_id FOR UPDATE
), level AS (
    UPDATE stores_stocklevel l SET held = locked.held + hold.quantity
    FROM locked JOIN hold USING (variant_id)
    WHERE l.variant_id = locked.variant_id
    RETURNING l.variant_id, l.available
), movement AS (
    INSERT INTO stores_stockmovement
        (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
    SELECT %(union)s, variant_id, 'reserved', 0, hold.quantity, %(user)s, '', hold.owner, %(now)s
    FROM hold JOIN level USING (variant_id)
    RETURNING id, variant_id
)
SELECT before.pieces + sum(line.quantity) OVER (), line.variant_id, wanted.product_id, level.available, movement.id,
    {cart_columns}
FROM cart, before, line JOIN wanted USING (variant_id) LEFT JOIN level USING (variant_id)
    LEFT JOIN movement USING (variant_id)
ORDER BY line.variant_id
"""


def _statement(asked: str, mine: str, conflict: str) -> str:
    columns = ", ".join(f"cart.{field.column}" for field in Cart._meta.concrete_fields)
    return _FILL.format(no_flush=NO_FLUSH, asked=asked, mine=mine, conflict=conflict, cart_columns=columns)


FILL = {
    (is_named, is_guest): _statement(
        _BY_NAME if is_named else _BY_ID,
        _OF_GUEST if is_guest else _OF_USER,
        _GUEST_CONFLICT if is_guest else _USER_CONFLICT,
    )
    for is_named in (True, False)
    for is_guest in (True, False)
}
"""By whether the things are named by store and sku, and whether the cart is a guest's."""
