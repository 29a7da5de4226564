"""How a store's day is counted from its orders and their credit notes. The check counts by statements of its own."""

from __future__ import annotations

# Orders that were placed on the days asked for, in the union's time zone, and that were paid; one that was cancelled
# before anybody paid is no order at all. What was sent in exchange cost nothing but the bill over the difference.
SOLD = """
WITH asked AS MATERIALIZED (
    SELECT store_id, day, day::timestamp AT TIME ZONE %(zone)s AS begins,
        (day + 1)::timestamp AT TIME ZONE %(zone)s AS ends
    FROM unnest(%(stores)s::bigint[], %(days)s::date[]) AS asked(store_id, day)
), sold AS MATERIALIZED (
    SELECT o.id, asked.store_id, asked.day, o.state, o.state <> 'cancelled' AS counts, o.total, o.given_back,
        o.delivery_total, o.commission_bp, o.deadline, o.placed_at, o.delivered_at
    FROM asked JOIN orders_order AS o
        ON o.store_id = asked.store_id AND o.placed_at >= asked.begins AND o.placed_at < asked.ends
    WHERE o.union_id = %(union)s AND o.state <> 'placed' AND NOT (o.state = 'cancelled' AND EXISTS (
        SELECT FROM orders_orderchange AS step
        WHERE step.order_id = o.id AND step.from_state = 'placed' AND step.to_state = 'cancelled'
    ))
), sent_instead AS MATERIALIZED (
    SELECT sold.id AS order_id, coalesce(part.captured, 0) AS billed,
        coalesce(part.refunded, 0) AS billed_back, coalesce(part.commission_bp, 0) AS bill_bp
    FROM sold JOIN orders_return AS came ON came.replacement_id = sold.id
        LEFT JOIN orders_bill AS bill ON bill.id = came.bill_id
        LEFT JOIN payments_paymentsplit AS part ON part.request_id = bill.payment_id
    WHERE sold.total = 0 AND sold.counts
), line AS MATERIALIZED (
    SELECT sold.id AS order_id, sold.store_id, sold.day, line.id, variant.product_id, line.kind = 'goods' AS is_goods,
        line.quantity, line.cancelled + line.returned AS back, line.total
    FROM sold JOIN orders_orderline AS line ON line.order_id = sold.id
        LEFT JOIN stores_variant AS variant ON variant.id = line.variant_id
    WHERE sold.counts
)
"""

STORE_COLUMNS = (
    "orders", "exchanges", "pieces", "pieces_back", "gross", "taken_back", "delivery", "commission", "paid", "accepted",
    "packed", "shipped", "delivered", "completed", "cancelled", "on_time", "late", "arrived", "arrival_seconds",
)  # fmt: skip
# Commission as it is earned: of what is kept, rounded half-even once for each payment.
_COMMISSION = """({due} / 10000 + CASE
            WHEN abs({due}) %% 10000 > 5000 OR abs({due}) %% 10000 = 5000 AND {due} / 10000 %% 2 <> 0 THEN sign({due})
            ELSE 0 END)"""
OF_STORES = f""", of_order AS (
    SELECT order_id, sum(quantity) FILTER (WHERE is_goods) AS pieces, sum(back) FILTER (WHERE is_goods) AS pieces_back
    FROM line GROUP BY order_id
), priced AS (
    SELECT sold.*, sent.order_id IS NOT NULL AS is_exchange, coalesce(of_order.pieces, 0) AS pieces,
        coalesce(of_order.pieces_back, 0) AS pieces_back, coalesce(sent.billed, 0) AS billed,
        coalesce(sent.billed_back, 0) AS billed_back, (sold.total - sold.given_back) * sold.commission_bp AS due,
        coalesce((sent.billed - sent.billed_back) * sent.bill_bp, 0) AS bill_due,
        sold.state IN ('delivered', 'completed') AND sold.delivered_at IS NOT NULL AS came
    FROM sold LEFT JOIN of_order ON of_order.order_id = sold.id
        LEFT JOIN sent_instead AS sent ON sent.order_id = sold.id
), counted AS (
    SELECT store_id, day,
        count(*) FILTER (WHERE counts) AS orders,
        count(*) FILTER (WHERE is_exchange) AS exchanges,
        coalesce(sum(pieces), 0)::bigint AS pieces,
        coalesce(sum(pieces_back), 0)::bigint AS pieces_back,
        coalesce(sum(total + billed) FILTER (WHERE counts), 0)::bigint AS gross,
        coalesce(sum(given_back + billed_back) FILTER (WHERE counts), 0)::bigint AS taken_back,
        coalesce(sum(delivery_total) FILTER (WHERE counts), 0)::bigint AS delivery,
        coalesce(sum({_COMMISSION.format(due="due")} + {_COMMISSION.format(due="bill_due")})
            FILTER (WHERE counts), 0)::bigint AS commission,
        count(*) FILTER (WHERE state = 'paid') AS paid,
        count(*) FILTER (WHERE state = 'accepted') AS accepted,
        count(*) FILTER (WHERE state = 'packed') AS packed,
        count(*) FILTER (WHERE state = 'shipped') AS shipped,
        count(*) FILTER (WHERE state = 'delivered') AS delivered,
        count(*) FILTER (WHERE state = 'completed') AS completed,
        count(*) FILTER (WHERE state = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE came AND delivered_at <= deadline) AS on_time,
        count(*) FILTER (WHERE came AND delivered_at > deadline) AS late,
        count(*) FILTER (WHERE came) AS arrived,
        coalesce(sum(greatest(extract(epoch FROM delivered_at - placed_at), 0)::bigint) FILTER (WHERE came), 0)::bigint
            AS arrival_seconds
    FROM priced GROUP BY store_id, day
)
"""

PRODUCT_COLUMNS = ("pieces", "back", "net")
# What went back for a line stands on its credit lines. An exchange that was undone gives back, without a line, what
# had been kept of the pieces' price: the rest of it.
OF_PRODUCTS = """, given AS (
    SELECT order_line_id, sum(amount) AS amount FROM (
        SELECT part.order_line_id, part.amount
        FROM sold JOIN orders_creditnote AS note ON note.order_id = sold.id
            JOIN orders_creditline AS part ON part.credit_id = note.id
        WHERE sold.given_back > 0 AND sold.counts
        UNION ALL
        SELECT part.order_line_id, came.unit_price * (came.restocked + came.written_off) - part.amount
        FROM sold JOIN orders_return AS back ON back.order_id = sold.id
            JOIN orders_creditline AS part ON part.credit_id = back.credit_id
            JOIN orders_returnline AS came ON came.returned_id = back.id AND came.order_line_id = part.order_line_id
        WHERE sold.given_back > 0 AND sold.counts AND back.undone_at IS NOT NULL AND back.exchanged > 0
    ) AS part GROUP BY order_line_id
), counted AS (
    SELECT store_id, day, product_id, sum(quantity - back)::bigint AS pieces, sum(back)::bigint AS back,
        sum(line.total - coalesce(given.amount, 0) + coalesce(sent.billed - sent.billed_back, 0))::bigint AS net
    FROM line LEFT JOIN given ON given.order_line_id = line.id LEFT JOIN sent_instead AS sent USING (order_id)
    WHERE is_goods GROUP BY store_id, day, product_id
)
"""
