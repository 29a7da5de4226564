"""What keeps a checkout's details: one statement each."""

from core.statements import NO_FLUSH
from orders.models import Cart
from payments.services.accounts import INSERT_GUEST_ACCOUNT

_SET = """
    email = %(email)s, recipient = %(recipient)s, phone = %(phone)s, line1 = %(line1)s, line2 = %(line2)s,
    city = %(city)s, region = %(region)s, postal_code = %(postal_code)s, country = %(country)s, note = %(note)s,
    touched_at = %(now)s
"""

SAVE = f"""
UPDATE orders_cart SET {_SET}, payment_account_id = COALESCE(%(account)s, payment_account_id)
WHERE union_id = %(union)s AND id = %(cart)s AND state IN ('open', 'draft')
RETURNING id
"""

# A guest who says the same account again keeps it; a person's account is never taken for a guest's. Like the cart this
# reaches the disk with its purchase.
SAVE_FOR_GUEST = f"""
WITH {NO_FLUSH}, found AS (
    SELECT id, payment_account_id FROM no_flush, orders_cart
    WHERE union_id = %(union)s AND state = 'open' AND user_id IS NULL AND token = %(token)s
    FOR UPDATE OF orders_cart
), same AS (
    SELECT a.id FROM found JOIN payments_paymentaccount a ON a.id = found.payment_account_id
    WHERE a.user_id IS NULL AND a.provider = %(provider)s AND a.token = %(account_token)s
), added AS (
    {INSERT_GUEST_ACCOUNT}
    FROM found WHERE %(account_token)s <> '' AND NOT EXISTS (SELECT FROM same)
    RETURNING id
)
UPDATE orders_cart AS c SET {_SET}, payment_account_id = COALESCE(
    (SELECT id FROM added), (SELECT id FROM same), c.payment_account_id
)
FROM found WHERE c.id = found.id
RETURNING {", ".join(f"c.{field.column}" for field in Cart._meta.concrete_fields)}
"""

CHOOSE = """
WITH asked AS (
    SELECT * FROM unnest(%(stores)s::bigint[], %(options)s::bigint[], %(wishes)s::text[])
        AS a(store_id, option_id, wish)
), known AS (
    SELECT a.store_id, a.option_id, a.wish FROM asked a
    JOIN stores_deliveryoption o ON o.id = a.option_id AND o.store_id = a.store_id AND o.is_active
        AND o.union_id = %(union)s
), unknown AS (
    SELECT store_id FROM asked WHERE store_id NOT IN (SELECT store_id FROM known)
), chosen AS (
    INSERT INTO orders_storedelivery AS d (union_id, cart_id, store_id, option_id, wish)
    SELECT %(union)s, %(cart)s, store_id, option_id, COALESCE(wish, '') FROM known
    WHERE NOT EXISTS (SELECT FROM unknown)
    ORDER BY store_id
    ON CONFLICT (cart_id, store_id) DO UPDATE SET
        option_id = excluded.option_id,
        wish = COALESCE((SELECT k.wish FROM known k WHERE k.store_id = d.store_id), d.wish)
    RETURNING d.store_id
)
SELECT store_id FROM unknown
"""
