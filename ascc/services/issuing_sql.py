"""The statement that issues vouchers: what was sold, what was promised for it then, a code for each piece.

It runs as one, so a worker that dies leaves either all vouchers of a batch with their timelines or none. Codes are
made in the database: sending a million of them there would cost as much as writing them.

What is looked up for each voucher stands in a subquery with a LIMIT: the planner would else read whole tables of orders
and vouchers for a batch, and each batch would take longer than the one before.
"""

from __future__ import annotations

from ascc.models.vouchers import CODE_LENGTH
from core.references import ALPHABET, check_weights

LENGTH = CODE_LENGTH
# Bytes of a random UUID whose lower five bits are all random: the seventh holds the version there.
_DICE = (0, 1, 2, 3, 4, 5, 7, 9, 10, 11)


def code_of_dice() -> str:
    """An expression for `prefix-XXXXXXXXXX-C` from the column `dice`, 16 random bytes."""
    values = [f"(get_byte(dice, {byte}) & 31)" for byte in _DICE]
    body = " || ".join(f"substr('{ALPHABET}', 1 + {value}, 1)" for value in values)
    weights = [bytes(row).hex() for row in check_weights(LENGTH)]
    check = " # ".join(f"get_byte('\\x{row}'::bytea, {value})" for row, value in zip(weights, values, strict=True))
    return f"prefix || '-' || {body} || '-' || substr('{ALPHABET}', 1 + ({check}), 1)"


# A line of an order is of the kind "goods" whatever was bought; what it is the product says. One without any, of words
# agreed in a conversation or of a good that is gone, counts as goods.
_IN_SCOPE = """
coalesce({product}.kind, 'goods') = 'goods' AND (
    NOT EXISTS (SELECT FROM ascc_programscope AS scope WHERE scope.version_id = version.id)
    OR EXISTS (
        SELECT FROM ascc_programscope AS scope WHERE scope.version_id = version.id
            AND (scope.product_id IS NULL OR scope.product_id = {product}.id)
            AND (scope.category_id IS NULL OR scope.category_id = {product}.category_id
                OR scope.category_id = ANY({category}.ancestors))
            AND (scope.store_id IS NULL OR scope.store_id = sold.store_id)
            AND (scope.price_from IS NULL OR {line}.unit_price >= scope.price_from)
            AND (scope.price_to IS NULL OR {line}.unit_price <= scope.price_to)
    )
)
"""

FITS = f"""
(version.sale = 'included' AND line.kind = 'goods'
    AND {_IN_SCOPE.format(line="line", product="product", category="category")})
OR (version.sale = 'extra' AND EXISTS (
    SELECT FROM ascc_programoffer AS offer WHERE offer.program_id = program.id
        AND offer.store_id = sold.store_id AND offer.variant_id = line.variant_id
))
"""

_GOODS = f"""
    JOIN orders_orderline AS bought ON bought.order_id = {{order}} AND bought.kind = 'goods'
    LEFT JOIN stores_variant AS its_variant ON its_variant.id = bought.variant_id
    LEFT JOIN stores_product AS its_product ON its_product.id = its_variant.product_id
    LEFT JOIN stores_category AS its_category ON its_category.id = its_product.category_id
    CROSS JOIN LATERAL generate_series(1, bought.quantity) AS one(number)
    WHERE {_IN_SCOPE.format(line="bought", product="its_product", category="its_category")}
"""

# The good that a piece of an extra is for: the first extra is for the first fitting good of its order, and so on; what
# is left over is for the last goods that the same person bought here before without it.
FOR_WHICH = f"""
SELECT found.title FROM (
    SELECT good.title, row_number() OVER (ORDER BY good.is_earlier, good.order_id DESC, good.id, good.number) AS place
    FROM (
        SELECT bought.title, bought.id, one.number, bought.order_id, false AS is_earlier
        FROM (SELECT) AS nothing {_GOODS.format(order="sold.id")}
        UNION ALL
        SELECT plain.title, plain.id, plain.number, plain.order_id, true FROM (
            SELECT bought.title, bought.id, one.number, bought.order_id,
                row_number() OVER (PARTITION BY bought.order_id ORDER BY bought.id, one.number) AS place
            FROM orders_order AS before
            JOIN orders_purchase AS its ON its.id = before.purchase_id AND its.user_id = purchase.user_id
            {_GOODS.format(order="before.id")}
                AND before.store_id = sold.store_id AND before.id < sold.id
                AND before.state NOT IN ('placed', 'cancelled')
        ) AS plain
        WHERE plain.place > (
            SELECT coalesce(sum(extra.quantity), 0) FROM orders_orderline AS extra
            WHERE extra.order_id = plain.order_id AND extra.variant_id = line.variant_id
        )
    ) AS good
) AS found
WHERE found.place = piece.number + (
    SELECT coalesce(sum(above.quantity), 0) FROM orders_orderline AS above
    WHERE above.order_id = sold.id AND above.variant_id = line.variant_id AND above.id < line.id
)
"""

ISSUE = rf"""
WITH due AS MATERIALIZED (
    SELECT sold.union_id, sold.id AS order_id, sold.store_id, sold.membership_id, sold.currency, line.id AS line_id,
        piece.number AS piece,
        CASE WHEN version.sale = 'extra' THEN coalesce(({FOR_WHICH}), line.title) ELSE line.title END AS title,
        purchase.user_id,
        CASE WHEN purchase.user_id IS NULL THEN lower(purchase.email) ELSE '' END AS email, purchase.language,
        program.id AS program_id, program.store_id AS issuer_id, version.id AS version_id, version.visits,
        version.visits * (version.fee - version.deductible + coalesce(
            (SELECT max(reward.value) FROM ascc_rewardstep AS reward WHERE reward.version_id = version.id), 0
        )) AS fund,
        CASE WHEN version.activate_days > 0 THEN %(now)s::timestamptz + make_interval(days => version.activate_days) END
            AS activate_until,
        %(now)s::timestamptz + make_interval(months => version.months) AS expires_at,
        tenant.prefix, uuid_send(gen_random_uuid()) AS dice
    FROM orders_order AS sold
    JOIN unions_union AS tenant ON tenant.id = sold.union_id
    JOIN orders_purchase AS purchase ON purchase.id = sold.purchase_id
    JOIN orders_orderline AS line ON line.order_id = sold.id
    LEFT JOIN stores_variant AS variant ON variant.id = line.variant_id
    LEFT JOIN stores_product AS product ON product.id = variant.product_id
    LEFT JOIN stores_category AS category ON category.id = product.category_id
    JOIN ascc_serviceprogram AS program ON program.union_id = sold.union_id
        AND (program.store_id IS NULL OR program.store_id = sold.store_id)
    JOIN ascc_programversion AS version ON version.program_id = program.id
        AND version.valid_from <= sold.placed_at
        AND (version.valid_until IS NULL OR version.valid_until > sold.placed_at)
        AND (version.event = 'paid' OR sold.state IN ('delivered', 'completed'))
    CROSS JOIN LATERAL generate_series(1, line.quantity - line.cancelled - line.returned) AS piece(number)
    WHERE sold.id = ANY(%(orders)s) AND sold.state NOT IN ('placed', 'cancelled')
        AND ({FITS})
        AND (
            SELECT already.id FROM ascc_voucher AS already WHERE already.union_id = sold.union_id
                AND already.order_line_id = line.id AND already.piece = piece.number
                AND already.program_id = program.id
            LIMIT 1
        ) IS NULL
), issued AS (
    INSERT INTO ascc_voucher (union_id, program_id, version_id, store_id, order_line_id, piece, about, code, owner_id,
        email, language, state, visits, used, fund, spent, currency, serial, photo, issued_at, activate_until,
        expires_at)
    SELECT union_id, program_id, version_id, store_id, line_id, piece, title, {code_of_dice()}, user_id, email,
        language, 'issued', visits, 0, fund, 0, currency, '', '', %(now)s, activate_until, expires_at
    FROM due ORDER BY line_id, program_id, piece
    ON CONFLICT DO NOTHING
    RETURNING id, union_id, program_id, version_id, order_line_id, fund, currency
), told AS (
    INSERT INTO ascc_voucherstep (union_id, voucher_id, what, from_state, to_state, side, note, at)
    SELECT union_id, id, 'issued', '', 'issued', 'system', '', %(now)s FROM issued ORDER BY id
)
SELECT issued.union_id, sold.order_id, sold.number, sold.membership_id, issuer.membership_id AS issuer_id,
    version.funding, issued.currency, min(issued.id) AS first_id, count(*) AS vouchers,
    sum(issued.fund)::bigint AS fund,
    sum(coalesce(policy.premium, 0))::bigint AS premium
FROM issued
CROSS JOIN LATERAL (
    SELECT sold.id AS order_id, sold.number, sold.membership_id
    FROM orders_orderline AS line JOIN orders_order AS sold ON sold.id = line.order_id
    WHERE line.id = issued.order_line_id LIMIT 1
) AS sold
JOIN ascc_programversion AS version ON version.id = issued.version_id
JOIN ascc_serviceprogram AS program ON program.id = issued.program_id
LEFT JOIN stores_store AS issuer ON issuer.id = program.store_id
LEFT JOIN ascc_policy AS policy ON policy.id = version.policy_id
GROUP BY issued.union_id, sold.order_id, sold.number, sold.membership_id, issuer.membership_id, version.funding,
    issued.currency
"""
