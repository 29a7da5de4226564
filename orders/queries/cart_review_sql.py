"""The one read behind the cart page, the verifying page and the purchase: a row per line with all it hangs on."""

CART_LINES = """
SELECT
    cl.id AS line_id, COALESCE(pr.quantity, cl.quantity) AS quantity, cl.seen_price, cl.variant_id,
    COALESCE(v.sku, '') AS sku, COALESCE(v.options, '{}') AS variant_options,
    CASE WHEN k.id IS NULL THEN COALESCE(pr.price, v.price) ELSE us.price END AS price,
    COALESCE(v.tracks_stock, false) AS tracks_stock, v.price AS list_price,
    cl.proposal_id, pr.expires_at AS agreed_until, cl.urgent_id, k.expires_at AS claimed_until,
    LEAST(k.held + GREATEST(ul.left, 0), k.most - k.bought) AS can_claim,
    COALESCE(p.slug, '') AS product_slug, COALESCE(p.title, pr.title) AS title,
    COALESCE(p.translations, '{}') AS product_translations, COALESCE(p.cover, '') AS cover,
    COALESCE(p.kind, pr.kind) AS product_kind, COALESCE(p.by_appointment, true) AS by_appointment,
    t.rate_bp AS tax_bp,
    s.id AS store_id, s.slug AS store_slug, s.name AS store_name, s.translations AS store_translations,
    s.membership_id, m.commission_bp AS agreed_commission_bp, s.manager_name,
    COALESCE(v.is_active AND p.is_published, true) AND s.is_published AND m.state = 'active' AS is_sold,
    pr.id IS NULL OR (
        pr.expires_at > %(now)s AND (pr.user_id IS NULL OR pr.user_id = %(user)s) AND pr.store_id = cl.store_id
        AND pr.variant_id IS NOT DISTINCT FROM cl.variant_id
        AND (pr.state = 'accepted' OR (pr.state IN ('offered', 'countered') AND pr.proposed_by = 'store'))
    ) AS is_agreed,
    COALESCE(l.available, 0) AS available,
    h.quantity AS held, h.expires_at AS held_until,
    d.option_id AS chosen_option, d.wish,
    o.options AS delivery_options, hours.week, hours.specials,
    a.id AS account_id, a.user_id AS account_user, a.provider AS account_provider, a.token AS account_token,
    a.label AS account_label, a.state AS account_state
FROM orders_cartline cl
LEFT JOIN orders_priceproposal pr ON pr.id = cl.proposal_id
LEFT JOIN stores_variant v ON v.id = cl.variant_id
LEFT JOIN stores_urgentsale us ON us.id = cl.urgent_id
LEFT JOIN stores_urgentlevel ul ON ul.sale_id = cl.urgent_id
LEFT JOIN stores_urgentclaim k
    ON k.sale_id = cl.urgent_id AND k.shopper = %(shopper)s AND k.held >= cl.quantity AND k.expires_at > %(now)s
LEFT JOIN stores_product p ON p.id = v.product_id
JOIN stores_taxclass t ON t.id = COALESCE(p.tax_class_id, pr.tax_class_id)
JOIN stores_store s ON s.id = cl.store_id
JOIN unions_membership m ON m.id = s.membership_id
LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
LEFT JOIN stores_stockhold h
    ON h.owner = CASE WHEN cl.proposal_id IS NULL THEN 'cart-line:' || cl.id ELSE 'proposal:' || cl.proposal_id END
LEFT JOIN orders_storedelivery d ON d.cart_id = cl.cart_id AND d.store_id = cl.store_id
LEFT JOIN payments_paymentaccount a ON a.id = %(account)s
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object(
        'id', o.id, 'kind', o.kind, 'name', o.name, 'translations', o.translations, 'price', o.price,
        'free_from', o.free_from, 'tax_bp', o.tax_bp, 'min', o.lead_days_min, 'max', o.lead_days_max,
        'countries', o.countries, 'weekdays', o.weekdays
    ) ORDER BY o.position, o.id) AS options
    FROM stores_deliveryoption o
    WHERE o.store_id = cl.store_id AND o.is_active
) o ON true
LEFT JOIN LATERAL (
    SELECT
        (SELECT jsonb_agg(jsonb_build_array(w.weekday, w.opens, w.closes))
         FROM stores_openinghours w WHERE w.store_id = cl.store_id) AS week,
        (SELECT jsonb_agg(jsonb_build_array(sp.date, sp.opens, sp.closes, sp.reason))
         FROM stores_specialday sp WHERE sp.store_id = cl.store_id AND sp.date >= %(since)s) AS specials
) hours ON true
WHERE cl.cart_id = %(cart)s AND cl.union_id = %(union)s
ORDER BY cl.id
"""
