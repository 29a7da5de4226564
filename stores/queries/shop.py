"""What the pages of a store and of a product show: each page's own data in one statement.

Lists inside a row come as the text of a JSON array: most requests only compare the row with the last one (kept.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import get_language

from core.errors import NotFound
from core.statements import tuples_of
from stores.queries.cards import Card, GoodsRow, card_of, media_url
from stores.queries.fitting import fitting
from stores.queries.goods import CARD_COLUMNS, CARDS_OF_PICKED, DISTANCE
from stores.queries.opening import Span, Special
from stores.queries.options import spoken_options
from stores.queries.urgent import SALES_OF_PRODUCT, SaleView, sales_from
from unions.models import Union

REVIEWS_SHOWN = 6

HOURS = """
(SELECT coalesce(json_agg(json_build_array(h.weekday, h.opens, h.closes)), '[]')::text
 FROM stores_openinghours h WHERE h.store_id = s.id) AS hours,
(SELECT coalesce(json_agg(json_build_array(d.date, d.opens, d.closes, d.reason) ORDER BY d.date), '[]')::text
 FROM stores_specialday d WHERE d.store_id = s.id AND d.date >= %(since)s) AS specials
"""
STORE_FIELDS = """
s.id, s.slug, coalesce(s.translations -> %(language)s ->> 'name', s.name) AS name,
coalesce(s.translations -> %(language)s ->> 'tagline', s.tagline) AS tagline,
coalesce(b.translations -> %(language)s ->> 'title', b.title, '') AS business,
coalesce(s.business_class_id, '') AS business_class, s.picture, s.front_sizes::text, s.city, s.latitude, s.longitude,
s.manager_name, s.rating_sum, s.rating_count
"""
STORE_NAMES = [
    *("id", "slug", "name", "tagline", "business", "business_class", "picture", "front", "city"),
    *("latitude", "longitude", "manager_name", "rating_sum", "rating_count"),
]
PRODUCT_NAMES = [
    *("id", "slug", "title", "description", "kind", "tags", "option_names", "option_words"),
    *("category", "category_slug"),
    *("rating_sum", "rating_count", "cover", "by_appointment"),
]
STORE_FROM = """
FROM stores_store s
JOIN unions_membership m ON m.id = s.membership_id
LEFT JOIN unions_businessclass b ON b.code = s.business_class_id
"""
STORE_VISIBLE = "s.union_id = %(union)s AND s.is_published AND m.state = 'active'"
DELIVERY = """
(SELECT coalesce(json_agg(json_build_array(
    o.kind, coalesce(o.translations -> %(language)s ->> 'name', o.name), o.price, o.free_from, o.lead_days_min,
    o.lead_days_max, o.weekdays
) ORDER BY o.position, o.id), '[]')::text
 FROM stores_deliveryoption o WHERE o.store_id = s.id AND o.is_active) AS delivery
"""
REVIEWS = """
(SELECT coalesce(json_agg(json_build_array(
    r.stars, r.title, r.words, r.author_name, r.written_at, r.ref, r.pictures, r.answer, r.answered_at
)), '[]')::text FROM (
    SELECT * FROM stores_review WHERE {of} AND is_visible ORDER BY written_at DESC, id DESC LIMIT %(reviews)s
) r) AS reviews
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A way in which goods come; money in minor units."""

    kind: str
    name: str
    price: int
    free_from: int | None
    lead_days_min: int
    lead_days_max: int
    weekdays: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A review as it is shown, with its pictures and what the store answered."""

    stars: int
    title: str
    words: str
    author: str
    written_at: datetime
    ref: str = ""
    pictures: tuple[dict[str, Any], ...] = ()
    answer: str = ""
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoreView:
    """A store as shoppers see it; texts in the active language, and the days that differ from its week."""

    id: int
    slug: str
    name: str
    tagline: str
    business: str
    business_class: str
    picture: str
    front: list[dict[str, Any]]
    city: str
    latitude: float | None
    longitude: float | None
    manager_name: str
    rating_sum: int
    rating_count: int
    week: list[Span]
    specials: list[Special]
    description: str = ""
    street: str = ""
    postal_code: str = ""
    phone: str = ""
    email: str = ""
    delivery: list[Delivery] = field(default_factory=list)
    reviews: list[Said] = field(default_factory=list)

    @property
    def rating(self) -> float | None:
        return self.rating_sum / self.rating_count if self.rating_count else None


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant with what is left of it; `available` is None where nothing is counted."""

    id: int
    sku: str
    gtin: str
    options: dict[str, str]
    price: int
    was_price: int | None
    available: int | None
    lowest: int | None = None
    """What it cost least in the thirty days before it was reduced."""


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product as shoppers see it, with its store."""

    id: int
    slug: str
    title: str
    description: str
    kind: str
    tags: list[str]
    option_names: list[str]
    category: str
    category_slug: str
    rating_sum: int
    rating_count: int
    cover: str
    by_appointment: bool
    variants: list[VariantView]
    pictures: list[tuple[str, list[dict[str, Any]]]]
    reviews: list[Said]
    sales: list[SaleView]
    store: StoreView

    @property
    def rating(self) -> float | None:
        return self.rating_sum / self.rating_count if self.rating_count else None


def store_rows(
    union: Union,
    *,
    now: datetime,
    business_class: str = "",
    words: str = "",
    place: tuple[float, float] | None = None,
    limit: int = 24,
    offset: int = 0,
) -> list[tuple[Any, ...]]:
    """Rows of visible stores, of a class or with words in their name where given: nearest first, else best known.

    One query; `stores_from` makes stores of them.
    """
    values = _values(union, now) | {"limit": limit, "offset": offset}
    where, order = [STORE_VISIBLE], "s.rating_count DESC, s.name, s.id"
    if business_class:
        where.append("b.ancestors && %(classes)s::varchar[]")
        values["classes"] = [business_class]
    if words:
        where.append("(s.name || ' ' || s.tagline || ' ' || s.translations::text) ILIKE %(words)s")
        values["words"] = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    if place:
        values["lat"], values["lon"] = place
        order = f"{DISTANCE} NULLS LAST, s.id"
    statement = f"""
    SELECT {STORE_FIELDS}, {HOURS} {STORE_FROM} WHERE {" AND ".join(where)} ORDER BY {order}
    LIMIT %(limit)s OFFSET %(offset)s
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def stores_from(rows: list[tuple[Any, ...]]) -> list[StoreView]:
    """The stores of such rows."""
    return [_store(row) for row in rows]


def latest_reviews(union: Union, *, limit: int = 3) -> list[tuple[Said, str, str]]:
    """The newest reviews of visible goods: (review, title of the product, its path `store/product/`). One query."""
    statement = """
    SELECT r.stars, r.title, r.words, r.author_name, r.written_at,
           coalesce(p.translations -> %(language)s ->> 'title', p.title), s.slug || '/' || p.slug || '/'
    FROM stores_review r
    JOIN stores_product p ON p.id = r.product_id
    JOIN stores_store s ON s.id = p.store_id
    JOIN unions_membership m ON m.id = s.membership_id
    WHERE r.union_id = %(union)s AND r.is_visible AND r.words <> '' AND p.is_published AND s.is_published
      AND m.state = 'active'
    ORDER BY r.written_at DESC, r.id DESC LIMIT %(limit)s
    """
    values: dict[str, Any] = {"union": union.pk, "language": get_language() or "en", "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [(Said(*row[:5]), row[5], row[6]) for row in cursor.fetchall()]


def store_row(union: Union, slug: str, *, now: datetime) -> tuple[Any, ...]:
    """All that a store's page shows, as it is now. One query. Raises NotFound, also while it may not be seen."""
    statement = f"""
    SELECT {STORE_FIELDS}, {HOURS}, coalesce(s.translations -> %(language)s ->> 'description', s.description), s.street,
           s.postal_code, s.phone, s.email, {DELIVERY}, {REVIEWS.format(of="store_id = s.id")}
    {STORE_FROM} WHERE {STORE_VISIBLE} AND s.slug = %(slug)s
    """
    rows = tuples_of(statement, _values(union, now) | {"slug": slug})
    if not rows:
        raise NotFound
    return rows[0]


def store_of(row: tuple[Any, ...]) -> StoreView:
    """The store from a `store_row`."""
    description, street, postal_code, phone, email, delivery, reviews = row[16:]
    return _store(
        row,
        description=description,
        street=street,
        postal_code=postal_code,
        phone=phone,
        email=email,
        delivery=[Delivery(*option) for option in json.loads(delivery)],
        reviews=_reviews(reviews),
    )


# Goods of the same store, first those of the same category, among its newest ones.
RELATED = f"""
(WITH picked AS (
    SELECT r.id, row_number() OVER (
        ORDER BY (r.category_id IS NOT DISTINCT FROM p.category_id) DESC, r.created_at DESC, r.id DESC
    ) AS position
    FROM (
        SELECT n.id, n.category_id, n.created_at FROM stores_product n
        WHERE n.store_id = p.store_id AND n.is_published AND n.id <> p.id
        ORDER BY n.created_at DESC, n.id DESC LIMIT 60
    ) r
    ORDER BY position LIMIT 4
) SELECT coalesce(json_agg(json_build_array({CARD_COLUMNS}) ORDER BY picked.position), '[]')::text {CARDS_OF_PICKED})
"""
# What a reduced variant cost least in the thirty days before the reduction.
LOWEST_BEFORE = """
SELECT min(h.price) FROM (
    SELECT c.price, lead(c.at) OVER (ORDER BY c.id) AS ended, max(c.at) OVER () AS reduced_at
    FROM stores_pricechange c WHERE c.variant_id = v.id
) h WHERE h.ended >= h.reduced_at - interval '30 days'
"""
PRODUCT = f"""
SELECT {STORE_FIELDS}, {HOURS}, {DELIVERY}, p.id, p.slug, coalesce(p.translations -> %(language)s ->> 'title', p.title),
    coalesce(p.translations -> %(language)s ->> 'description', p.description), p.kind, p.tags, p.option_names,
    coalesce(p.translations -> %(language)s -> 'options', '{{}}')::text,
    coalesce(c.translations -> %(language)s ->> 'name', c.name, ''), coalesce(c.slug, ''), p.rating_sum, p.rating_count,
    p.cover, p.by_appointment,
    (SELECT coalesce(json_agg(json_build_array(
        v.id, v.sku, v.gtin, v.options, v.price, v.was_price,
        CASE WHEN v.tracks_stock THEN coalesce(l.available, 0) END,
        CASE WHEN v.was_price IS NOT NULL THEN ({LOWEST_BEFORE}) END
    ) ORDER BY v.position, v.id), '[]')::text FROM stores_variant v LEFT JOIN stores_stocklevel l ON l.variant_id = v.id
    WHERE v.product_id = p.id AND v.is_active),
    (SELECT coalesce(json_agg(json_build_array(f.alt, f.sizes) ORDER BY f.position, f.id), '[]')::text
     FROM stores_picture f WHERE f.product_id = p.id AND jsonb_array_length(f.sizes) > 0),
    {REVIEWS.format(of="product_id = p.id")},
    {SALES_OF_PRODUCT},
    {RELATED}
{STORE_FROM}
JOIN stores_product p ON p.store_id = s.id
LEFT JOIN stores_category c ON c.id = p.category_id
WHERE {STORE_VISIBLE} AND s.slug = %(store)s AND p.slug = %(product)s AND p.is_published
"""


def product_row(union: Union, store: str, product: str, *, now: datetime) -> tuple[Any, ...]:
    """All that a product's page shows, as it is now. One query. Raises NotFound, also while it may not be seen."""
    rows = tuples_of(PRODUCT, _values(union, now) | {"store": store, "product": product})
    if not rows:
        raise NotFound
    return rows[0]


def related_to(row: tuple[Any, ...]) -> list[Card]:
    """The cards of the products to show beside that of a `product_row`."""
    language = get_language() or "en"
    return [card_of(GoodsRow(*card), language) for card in json.loads(row[-1])]


def product_of(row: tuple[Any, ...]) -> ProductView:
    """The product and its store from a `product_row`."""
    own = row[17:]
    variants, pictures, reviews, sales, _related = own[14:]
    named = dict(zip(PRODUCT_NAMES, own[:14], strict=True))
    words = json.loads(named.pop("option_words"))
    named["option_names"] = [words.get(name, name) for name in named["option_names"]]
    ways = [Delivery(*option) for option in json.loads(row[16])]
    return ProductView(
        **named,
        variants=[_variant(row, words) for row in json.loads(variants)],
        pictures=[(alt, sizes) for alt, sizes in json.loads(pictures)],
        reviews=_reviews(reviews),
        sales=sales_from(sales),
        store=_store(row, delivery=fitting(ways, [named["kind"]], lambda way: way.kind)),
    )


def _variant(row: list[Any], words: dict[str, str]) -> VariantView:
    """A variant whose options are said in the active language, as far as the store has told how."""
    key, sku, gtin, options, *more = row
    return VariantView(key, sku, gtin, spoken_options(options, words), *more)


def _values(union: Union, now: datetime) -> dict[str, Any]:
    return {
        "union": union.pk,
        "language": get_language() or "en",
        "since": (now - timedelta(days=1)).date(),
        "reviews": REVIEWS_SHOWN,
        "now": now,
    }


def _time(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None


def _store(row: tuple[Any, ...], **more: Any) -> StoreView:
    week = [
        Span(day, time.fromisoformat(opens), time.fromisoformat(closes)) for day, opens, closes in json.loads(row[14])
    ]
    specials = [
        Special(date.fromisoformat(day), _time(opens), _time(closes), reason)
        for day, opens, closes, reason in json.loads(row[15])
    ]
    named = dict(zip(STORE_NAMES, row[:14], strict=True))
    named["front"] = json.loads(named["front"])
    return StoreView(**named, week=week, specials=specials, **more)


def _reviews(rows: Any) -> list[Said]:
    return [
        Said(
            stars,
            title,
            words,
            author,
            datetime.fromisoformat(written_at),
            ref,
            tuple({**picture, "src": media_url(picture["path"])} for picture in pictures),
            answer,
            datetime.fromisoformat(answered_at) if answered_at else None,
        )
        for stars, title, words, author, written_at, ref, pictures, answer, answered_at in json.loads(rows)
    ]
