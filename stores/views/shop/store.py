"""A store's own window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import NotFound
from stores.queries.goods import list_rows
from stores.queries.opening import opening_at
from stores.queries.search import correct, query_of
from stores.queries.shop import StoreView, store_of, store_row
from stores.views.shop.frame import (
    arrived,
    front_of,
    merged_away,
    minute_of,
    not_here,
    remember_place,
    street,
    union_of,
)
from stores.views.shop.kept import kept_page
from stores.views.shop.listing import goods_context, nothing_at_all, wish_of
from stores.views.shop.search import words_in
from stores.views.shop.words import opening_text, ways_of, week_of


@require_safe
def front(request: HttpRequest, union: str, store: str) -> HttpResponse:
    """The store, its hours and delivery, and its goods, to be narrowed down and searched."""
    here = union_of(request)
    now = timezone.now()
    try:
        row = store_row(here, store, now=now)
    except NotFound:
        not_here()
    if moved := arrived(request, here, store):
        return moved
    words = words_in(request)
    if merged := merged_away(request, here):
        return merged
    wish = wish_of(request, query=query_of(here.pk, words), store_id=row[0])
    rows = list_rows(here, wish)
    meant = correct(here, words) if nothing_at_all(here, wish, rows) else None
    if meant:
        wish = replace(wish, query=meant.query)
        rows = list_rows(here, wish)

    def context() -> dict[str, Any]:
        shop = store_of(row)
        opening = opening_at(now, here.time_zone, shop.week, shop.specials)
        return {
            "union": here,
            "street": street(here),
            "store": shop,
            "picture": front_of(shop),
            "map_url": map_url(shop),
            "opening": opening,
            "opening_text": opening_text(opening),
            "hours": week_of(now, here.time_zone, shop.week, shop.specials),
            "delivery": ways_of(shop, here, now),
            "own_store": True,
            "words": words,
            "corrected": meant.words if meant else "",
            **goods_context(request, here, wish, rows, words=meant.words if meant else words),
        }

    live = (minute_of(now), row, rows, meant)
    return remember_place(request, kept_page(request, here, "shop/store.html", live=live, make=context))


def map_url(store: StoreView) -> str:
    """Where a phone's own map opens, and a browser OpenStreetMap."""
    if store.latitude is None or store.longitude is None:
        return ""
    place = f"{store.latitude}/{store.longitude}"
    return f"https://www.openstreetmap.org/?mlat={store.latitude}&mlon={store.longitude}#map=17/{place}"
