"""The statements of `stores.services.stock`. Each answers rows of one shape (`stock.Row`).

PostgreSQL runs a data-changing part only if everything that the part asks of the others holds: each asks that nothing
was refused. `FOR UPDATE` gives the latest committed figures, and the updates set both figures from those: an update's
own row is at first the one of the statement's snapshot, and check constraints look at what would come of that before
PostgreSQL notices that it is stale. A figure left out would be the snapshot's beside a new one.
"""

_ANSWER = """
SELECT 'refused', r.variant_id, NULL::bigint, r.available, NULL::int, NULL::bigint, r.owner, NULL::int FROM refused r
UNION ALL
SELECT 'level', m.variant_id, v.product_id, m.available, m.before,
       (SELECT max(n.id) FROM noted n WHERE n.variant_id = m.variant_id), NULL, NULL
FROM moved m JOIN stores_variant v ON v.id = m.variant_id
"""

SET_HOLDS = f"""
WITH asked AS (
    SELECT * FROM unnest(%(owners)s::text[], %(variants)s::bigint[], %(quantities)s::int[])
        AS a(owner, variant_id, quantity)
), old AS (
    SELECT h.owner, h.variant_id, h.quantity FROM stores_stockhold h
    WHERE h.owner = ANY(%(owners)s) ORDER BY h.owner FOR UPDATE
), known AS (
    SELECT v.id, v.tracks_stock FROM stores_variant v
    WHERE v.id = ANY(%(variants)s::bigint[]) AND v.union_id = %(union)s
), wanted AS (
    SELECT a.owner, a.variant_id, a.quantity FROM asked a JOIN known k ON k.id = a.variant_id
    WHERE k.tracks_stock AND a.quantity > 0
), changes AS (
    SELECT owner, variant_id, sum(change)::int AS change FROM (
        SELECT owner, variant_id, -quantity FROM old UNION ALL SELECT owner, variant_id, quantity FROM wanted
    ) AS c(owner, variant_id, change) GROUP BY owner, variant_id HAVING sum(change) <> 0
), deltas AS (
    SELECT variant_id, sum(change)::int AS change FROM changes GROUP BY variant_id
), locked AS (
    SELECT l.variant_id, l.on_hand, l.held, l.on_hand - l.held AS available FROM stores_stocklevel l
    WHERE l.variant_id = ANY(ARRAY(SELECT variant_id FROM deltas)) ORDER BY l.variant_id FOR UPDATE
), refused AS (
    SELECT d.variant_id, coalesce(l.available, 0) AS available, NULL AS owner
    FROM deltas d LEFT JOIN locked l USING (variant_id)
    WHERE d.change > 0 AND d.change > coalesce(l.available, 0)
    UNION ALL
    SELECT a.variant_id, NULL, NULL FROM asked a
    WHERE a.quantity > 0 AND NOT EXISTS (SELECT FROM known k WHERE k.id = a.variant_id)
), moved AS (
    UPDATE stores_stocklevel s SET on_hand = l.on_hand, held = l.held + d.change
    FROM deltas d JOIN locked l USING (variant_id)
    WHERE s.variant_id = d.variant_id AND d.change <> 0 AND NOT EXISTS (SELECT FROM refused)
    RETURNING s.variant_id, s.available, s.available + d.change AS before
), dropped AS (
    DELETE FROM stores_stockhold h
    WHERE h.owner = ANY(%(owners)s) AND h.owner NOT IN (SELECT owner FROM wanted) AND NOT EXISTS (SELECT FROM refused)
), kept AS (
    INSERT INTO stores_stockhold AS h (union_id, variant_id, owner, quantity, created_at, expires_at, last_until)
    SELECT %(union)s, variant_id, owner, quantity, %(now)s, %(until)s, %(limit)s
    FROM wanted WHERE NOT EXISTS (SELECT FROM refused)
    ON CONFLICT (owner) DO UPDATE SET
        variant_id = excluded.variant_id,
        quantity = h.quantity + excluded.quantity
            - coalesce((SELECT o.quantity FROM old o WHERE o.owner = excluded.owner), 0),
        created_at = CASE WHEN h.expires_at <= %(now)s THEN excluded.created_at ELSE h.created_at END,
        last_until = CASE WHEN h.expires_at <= %(now)s THEN excluded.last_until ELSE h.last_until END,
        expires_at = CASE WHEN h.expires_at <= %(now)s THEN excluded.expires_at
            ELSE least(excluded.expires_at, h.last_until) END
    RETURNING h.owner, h.variant_id, h.quantity
), noted AS (
    INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, reason, reference, at)
    SELECT %(union)s, variant_id, CASE WHEN change > 0 THEN 'reserved' ELSE 'released' END, 0, change, '', owner,
           %(now)s
    FROM changes WHERE NOT EXISTS (SELECT FROM refused)
    RETURNING id, variant_id
)
{_ANSWER}
UNION ALL SELECT 'hold', k.variant_id, NULL, NULL, NULL, NULL, k.owner, k.quantity FROM kept k
"""

PROLONG = """
UPDATE stores_stockhold SET expires_at = least(%(until)s, last_until)
WHERE id IN (
    SELECT id FROM stores_stockhold WHERE owner = ANY(%(owners)s) AND expires_at > %(now)s ORDER BY owner FOR UPDATE
)
RETURNING owner, expires_at
"""


def _release(condition: str) -> str:
    return f"""
WITH gone AS (
    DELETE FROM stores_stockhold WHERE id = ANY(ARRAY({condition}))
    RETURNING union_id, variant_id, owner, quantity
), deltas AS (
    SELECT variant_id, sum(quantity)::int AS quantity FROM gone GROUP BY variant_id
), locked AS (
    SELECT l.variant_id, l.on_hand, l.held FROM stores_stocklevel l
    WHERE l.variant_id = ANY(ARRAY(SELECT variant_id FROM deltas)) ORDER BY l.variant_id FOR UPDATE
), moved AS (
    UPDATE stores_stocklevel s SET on_hand = l.on_hand, held = l.held - d.quantity
    FROM deltas d JOIN locked l USING (variant_id)
    WHERE s.variant_id = d.variant_id
    RETURNING s.variant_id, s.available, s.available - d.quantity AS before
), noted AS (
    INSERT INTO stores_stockmovement (union_id, variant_id, kind, quantity, held_change, reason, reference, at)
    SELECT union_id, variant_id, 'released', 0, -quantity, %(reason)s, owner, %(now)s FROM gone
    RETURNING id, variant_id
), refused AS (SELECT NULL::bigint AS variant_id, NULL::int AS available, NULL::text AS owner WHERE false)
{_ANSWER}
UNION ALL SELECT 'count', NULL, NULL, NULL, NULL, NULL, NULL, count(*)::int FROM gone
"""


RELEASE = _release("SELECT id FROM stores_stockhold WHERE owner = ANY(%(owners)s) ORDER BY owner FOR UPDATE")
RELEASE_LAPSED = _release(
    "SELECT id FROM stores_stockhold WHERE expires_at <= %(now)s ORDER BY expires_at, id LIMIT %(limit)s"
    " FOR UPDATE SKIP LOCKED"
)
RELEASE_LAPSED_OF = _release(
    "SELECT id FROM stores_stockhold WHERE expires_at <= %(now)s AND variant_id = ANY(%(variants)s)"
    " ORDER BY expires_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
)

SELL = f"""
WITH given AS (
    SELECT * FROM unnest(%(owners)s::text[], %(variants)s::bigint[], %(quantities)s::int[])
        AS g(owner, variant_id, quantity)
), old AS (
    SELECT h.owner, h.variant_id, h.quantity FROM stores_stockhold h
    WHERE h.owner = ANY(%(owners)s) AND h.union_id = %(union)s ORDER BY h.owner FOR UPDATE
), asked AS (
    SELECT g.owner, coalesce(g.variant_id, o.variant_id) AS variant_id, coalesce(g.quantity, o.quantity) AS quantity
    FROM given g LEFT JOIN old o USING (owner)
), known AS (
    SELECT v.id, v.tracks_stock FROM stores_variant v
    WHERE v.id IN (SELECT variant_id FROM asked) AND v.union_id = %(union)s
), sold AS (
    SELECT a.owner, a.variant_id, a.quantity FROM asked a JOIN known k ON k.id = a.variant_id
    WHERE k.tracks_stock AND a.quantity > 0
), changes AS (
    SELECT owner, variant_id, sum(sold)::int AS sold, sum(freed)::int AS freed FROM (
        SELECT owner, variant_id, quantity, 0 FROM sold UNION ALL SELECT owner, variant_id, 0, quantity FROM old
    ) AS c(owner, variant_id, sold, freed) GROUP BY owner, variant_id
), deltas AS (
    SELECT variant_id, sum(sold)::int AS sold, sum(freed)::int AS freed FROM changes GROUP BY variant_id
), locked AS (
    SELECT l.variant_id, l.on_hand, l.held, l.on_hand - l.held AS available FROM stores_stocklevel l
    WHERE l.variant_id = ANY(ARRAY(SELECT variant_id FROM deltas)) ORDER BY l.variant_id FOR UPDATE
), refused AS (
    SELECT d.variant_id, coalesce(l.available, 0) AS available, NULL AS owner
    FROM deltas d LEFT JOIN locked l USING (variant_id) WHERE d.sold - d.freed > coalesce(l.available, 0)
    UNION ALL
    SELECT NULL, NULL, a.owner FROM asked a WHERE NOT EXISTS (SELECT FROM known k WHERE k.id = a.variant_id)
), moved AS (
    UPDATE stores_stocklevel s SET on_hand = l.on_hand - d.sold, held = l.held - d.freed
    FROM deltas d JOIN locked l USING (variant_id)
    WHERE s.variant_id = d.variant_id AND NOT EXISTS (SELECT FROM refused)
    RETURNING s.variant_id, s.available, s.available + d.sold - d.freed AS before
), dropped AS (
    DELETE FROM stores_stockhold h WHERE h.owner IN (SELECT owner FROM old) AND NOT EXISTS (SELECT FROM refused)
), noted AS (
    INSERT INTO stores_stockmovement
        (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
    SELECT %(union)s, variant_id, CASE WHEN sold > 0 THEN 'sold' ELSE 'released' END, -sold, -freed, %(actor)s, '',
           %(reference)s, %(now)s
    FROM changes WHERE NOT EXISTS (SELECT FROM refused)
    RETURNING id, variant_id
)
{_ANSWER}
"""

FIRST_LEVELS = """
INSERT INTO stores_stocklevel (union_id, variant_id, on_hand, held, low_at)
SELECT v.union_id, v.id, 0, 0, 0 FROM stores_variant v WHERE v.id = ANY(%(variants)s) ORDER BY v.id
ON CONFLICT (variant_id) DO NOTHING
"""

MOVE = f"""
WITH deltas AS (
    SELECT p.variant_id, sum(p.quantity)::int AS change
    FROM unnest(%(variants)s::bigint[], %(quantities)s::int[]) AS p(variant_id, quantity)
    GROUP BY p.variant_id HAVING sum(p.quantity) <> 0
), locked AS (
    SELECT l.variant_id, l.on_hand, l.held, l.on_hand - l.held AS available FROM stores_stocklevel l
    WHERE l.variant_id = ANY(ARRAY(SELECT variant_id FROM deltas)) AND l.union_id = %(union)s
    ORDER BY l.variant_id FOR UPDATE
), refused AS (
    SELECT d.variant_id, coalesce(l.available, 0) AS available, NULL AS owner
    FROM deltas d LEFT JOIN locked l USING (variant_id)
    WHERE d.change < 0 AND -d.change > coalesce(l.available, 0)
), moved AS (
    UPDATE stores_stocklevel s SET on_hand = l.on_hand + d.change, held = l.held
    FROM deltas d JOIN locked l USING (variant_id)
    WHERE s.variant_id = d.variant_id AND NOT EXISTS (SELECT FROM refused)
    RETURNING s.variant_id, s.available, s.available - d.change AS before, d.change
), noted AS (
    INSERT INTO stores_stockmovement
        (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
    SELECT %(union)s, variant_id, %(kind)s, change, 0, %(actor)s, %(reason)s, %(reference)s, %(now)s FROM moved
    RETURNING id, variant_id
)
{_ANSWER}
"""

ADJUST = f"""
WITH locked AS (
    SELECT l.variant_id, l.on_hand, l.held FROM stores_stocklevel l
    WHERE l.variant_id = %(variant)s AND l.union_id = %(union)s FOR UPDATE
), refused AS (
    SELECT l.variant_id, l.on_hand - l.held AS available, NULL AS owner FROM locked l WHERE l.held > %(counted)s
), moved AS (
    UPDATE stores_stocklevel s SET on_hand = %(counted)s, held = l.held FROM locked l
    WHERE s.variant_id = l.variant_id AND l.on_hand <> %(counted)s AND NOT EXISTS (SELECT FROM refused)
    RETURNING s.variant_id, s.available, l.on_hand - l.held AS before, %(counted)s - l.on_hand AS change
), noted AS (
    INSERT INTO stores_stockmovement
        (union_id, variant_id, kind, quantity, held_change, actor_id, reason, reference, at)
    SELECT %(union)s, variant_id, 'adjusted', change, 0, %(actor)s, %(reason)s, %(reference)s, %(now)s FROM moved
    RETURNING id, variant_id
)
{_ANSWER}
"""

LOCK_PRODUCTS = "SELECT FROM stores_product WHERE id = ANY(%(products)s) ORDER BY id FOR NO KEY UPDATE"

IN_STOCK = """
UPDATE stores_product p SET in_stock = now_is.in_stock FROM (
    SELECT q.id, EXISTS (
        SELECT FROM stores_variant v LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
        WHERE v.product_id = q.id AND v.is_active AND (NOT v.tracks_stock OR l.available > 0)
    ) AS in_stock
    FROM stores_product q WHERE q.id = ANY(%(products)s)
) AS now_is
WHERE p.id = now_is.id AND p.in_stock <> now_is.in_stock
"""
