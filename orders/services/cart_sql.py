"""The one statement that puts something into a cart.

Locks are taken in the order cart, line, hold, stock level, as everywhere. A shortage between the look (`wanted`) and
the level's update breaks the level's own check constraint, which takes the whole statement back. Taking the very last
piece is left to the stock's own service, which also keeps what hangs on a product being in stock; what is in an urgent
sale is left to that.
"""

from orders.models import Cart

_INSERT_CART = """
WITH wanted AS (
    SELECT v.id, v.store_id, v.product_id, v.price, v.tracks_stock
    FROM stores_variant v
    JOIN stores_product p ON p.id = v.product_id
    JOIN stores_store s ON s.id = v.store_id
    JOIN unions_membership m ON m.id = s.membership_id
    LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
    WHERE v.id = %(variant)s AND v.union_id = %(union)s
      AND v.is_active AND p.is_published AND s.is_published AND m.state = 'active'
      AND (NOT v.tracks_stock OR l.available > %(quantity)s)
      AND NOT EXISTS (
          SELECT FROM stores_urgentsale u
          WHERE u.variant_id = v.id AND u.cancelled_at IS NULL AND u.starts_at <= %(now)s AND u.ends_at > %(now)s
      )
), cart AS (
    INSERT INTO orders_cart AS c (
        union_id, user_id, token, state, email, recipient, phone, line1, line2, city, region, postal_code, country,
        note, created_at, touched_at
    )
    SELECT %(union)s, %(user)s, %(token)s, 'open', '', '', '', '', '', '', '', '', '', '', %(now)s, %(now)s
    FROM wanted
"""

_GUEST_CONFLICT = """
    ON CONFLICT (token) DO UPDATE SET touched_at = excluded.touched_at
    WHERE c.state = 'open' AND c.union_id = excluded.union_id AND c.user_id IS NULL
"""

_USER_CONFLICT = """
    ON CONFLICT (union_id, user_id) WHERE state = 'open' DO UPDATE SET touched_at = excluded.touched_at
"""

_LINE_AND_STOCK = """
    RETURNING *
), line AS (
    INSERT INTO orders_cartline AS c (union_id, cart_id, store_id, variant_id, quantity, seen_price, added_at)
    SELECT %(union)s, cart.id, wanted.store_id, wanted.id, %(quantity)s, wanted.price, %(now)s
    FROM cart, wanted
    WHERE (SELECT count(*) FROM orders_cartline other WHERE other.cart_id = cart.id) < %(most_lines)s
    ON CONFLICT (cart_id, variant_id) WHERE proposal_id IS NULL DO UPDATE
        SET quantity = c.quantity + excluded.quantity, seen_price = excluded.seen_price
        WHERE c.urgent_id IS NULL
    RETURNING c.id, c.quantity
), hold AS (
    INSERT INTO stores_stockhold AS h (union_id, variant_id, owner, quantity, created_at, expires_at, last_until)
    SELECT %(union)s, wanted.id, 'cart-line:' || line.id, %(quantity)s, %(now)s, %(expires)s, %(last)s
    FROM line, wanted
    WHERE wanted.tracks_stock
    ON CONFLICT (owner) DO UPDATE
        SET quantity = h.quantity + excluded.quantity,
            created_at = CASE WHEN h.expires_at <= %(now)s THEN excluded.created_at ELSE h.created_at END,
            last_until = CASE WHEN h.expires_at <= %(now)s THEN excluded.last_until ELSE h.last_until END,
            expires_at = CASE WHEN h.expires_at <= %(now)s THEN excluded.expires_at
                ELSE LEAST(excluded.expires_at, h.last_until) END
    RETURNING h.owner, h.quantity
), level AS (
    UPDATE stores_stocklevel l SET held = l.held + %(quantity)s
    FROM hold
    WHERE l.variant_id = %(variant)s
    RETURNING l.available
), movement AS (
    INSERT INTO stores_stockmovement
        (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
    SELECT %(union)s, %(variant)s, 'reserved', 0, %(quantity)s, %(user)s, '', hold.owner, %(now)s
    FROM hold, level
    RETURNING id
)
SELECT
    line.quantity + COALESCE(
        (SELECT sum(o.quantity) FROM orders_cartline o WHERE o.cart_id = cart.id AND o.id <> line.id), 0
    ) AS pieces,
    NOT wanted.tracks_stock OR (SELECT hold.quantity = line.quantity FROM hold) AS held_all,
    wanted.product_id, (SELECT level.available FROM level) AS available, (SELECT movement.id FROM movement) AS seq,
    {cart_columns}
FROM cart, line, wanted
"""


def _statement(conflict: str) -> str:
    columns = ", ".join(f"cart.{field.column}" for field in Cart._meta.concrete_fields)
    return _INSERT_CART + conflict + _LINE_AND_STOCK.format(cart_columns=columns)


ADD_FOR_GUEST = _statement(_GUEST_CONFLICT)
ADD_FOR_USER = _statement(_USER_CONFLICT)
