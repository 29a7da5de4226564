"""The one statement of a rush: cart, the sale's level, the shopper's claim and the line together.

It locks the cart, the sale's level and the claim, in this order, and no shelf. Whoever is in the way of it (a queue, a
line or claim that is there already, less left than is wanted) makes it change nothing but the cart's date, and the
careful way finds out what to say. A second level row of the same moment waits for the first and looks again.
"""

from core.statements import NO_FLUSH
from orders.models import Cart

_WANTED = """
WITH {no_flush}, sale AS (
    SELECT u.id, u.variant_id, u.store_id, u.price, u.per_shopper
    FROM no_flush, stores_urgentsale u
    JOIN stores_variant v ON v.id = u.variant_id
    JOIN stores_product p ON p.id = v.product_id
    JOIN stores_store s ON s.id = u.store_id
    JOIN unions_membership m ON m.id = s.membership_id
    JOIN stores_urgentlevel l ON l.sale_id = u.id
    WHERE u.union_id = %(union)s AND u.ref = %(sale)s AND u.cancelled_at IS NULL
      AND u.starts_at <= %(now)s AND u.ends_at > %(now)s
      AND v.is_active AND p.is_published AND s.is_published AND m.state = 'active'
      AND l.left >= %(quantity)s
      AND NOT EXISTS (SELECT FROM stores_urgentplace w WHERE w.sale_id = u.id)
      AND NOT EXISTS (
          SELECT FROM stores_urgentclaim k
          WHERE k.sale_id = u.id AND k.shopper = %(shopper)s
            AND (k.held > 0 OR k.most IS NOT NULL AND k.bought + %(quantity)s > k.most)
      )
      AND (u.per_shopper IS NULL OR u.per_shopper >= %(quantity)s)
      AND NOT EXISTS (
          SELECT FROM orders_cart c JOIN orders_cartline there ON there.cart_id = c.id
          WHERE {mine} AND there.variant_id = u.variant_id AND there.proposal_id IS NULL
      )
), cart AS (
    INSERT INTO orders_cart AS c (
        union_id, user_id, token, state, email, recipient, phone, line1, line2, city, region, postal_code, country,
        note, created_at, touched_at
    )
    SELECT %(union)s, %(user)s, %(token)s, 'open', '', '', '', '', '', '', '', '', '', '', %(now)s, %(now)s
    FROM sale
    {conflict}
    RETURNING *
), before AS (
    SELECT count(other.id) AS lines, coalesce(sum(other.quantity), 0) AS pieces
    FROM cart LEFT JOIN orders_cartline other ON other.cart_id = cart.id
    HAVING count(other.id) < %(most_lines)s
), level AS (
    UPDATE stores_urgentlevel l SET held = l.held + %(quantity)s
    FROM cart, before, sale
    WHERE l.sale_id = sale.id AND l.held + l.sold + l.returned + %(quantity)s <= l.allotted
    RETURNING l.sale_id, l.left
), claim AS (
    INSERT INTO stores_urgentclaim AS k (union_id, sale_id, shopper, held, bought, most, expires_at, last_until)
    SELECT %(union)s, sale.id, %(shopper)s, %(quantity)s, 0, sale.per_shopper, %(expires)s, %(last)s FROM level, sale
    ON CONFLICT (sale_id, shopper) DO UPDATE
        SET held = k.held + excluded.held, expires_at = excluded.expires_at, last_until = excluded.last_until
    RETURNING k.sale_id
), line AS (
    INSERT INTO orders_cartline AS c
        (union_id, cart_id, store_id, variant_id, urgent_id, quantity, seen_price, added_at)
    SELECT %(union)s, cart.id, sale.store_id, sale.variant_id, sale.id, %(quantity)s, sale.price, %(now)s
    FROM cart, sale, claim
    RETURNING quantity
)
SELECT before.pieces + line.quantity, level.sale_id, level.left, {cart_columns}
FROM cart, before, level, line
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


def _statement(mine: str, conflict: str) -> str:
    columns = ", ".join(f"cart.{field.column}" for field in Cart._meta.concrete_fields)
    text = _WANTED.format(no_flush=NO_FLUSH, mine=mine, conflict=conflict, cart_columns=columns)
    # psycopg translates a long text anew each time, and remembers how it translated a short one.
    return " ".join(text.split())


CLAIM_FOR_GUEST = _statement(_OF_GUEST, _GUEST_CONFLICT)
CLAIM_FOR_USER = _statement(_OF_USER, _USER_CONFLICT)
