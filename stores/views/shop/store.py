"""A store's own window."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import NotFound
from stores.queries.cards import media_url
from stores.queries.opening import opening_at
from stores.queries.search import correct, query_of
from stores.queries.shop import StoreView, store_at
from stores.views.shop.frame import arrived, not_here, remember_place, street, union_of
from stores.views.shop.listing import goods_context, wish_of
from stores.views.shop.search import words_in
from stores.views.shop.words import arrival_text, opening_text, week_of


@require_safe
def front(request: HttpRequest, union: str, store: str) -> HttpResponse:
    """The store, its hours and delivery, and its goods, to be narrowed down and searched."""
    here = union_of(request)
    now = timezone.now()
    try:
        shop = store_at(here, store, now=now)
    except NotFound:
        not_here()
    if moved := arrived(request, here, shop.slug):
        return moved
    words = words_in(request)
    wish = wish_of(request, query=query_of(here.pk, words), store_id=shop.id)
    listed = goods_context(request, here, wish, words=words)
    corrected = None
    if wish.query and not listed["total"] and not listed["cards"] and (corrected := correct(here, words)):
        listed = goods_context(request, here, replace(wish, query=corrected.query), words=corrected.words)
    opening = opening_at(now, here.time_zone, shop.week, shop.specials)
    context = {
        "union": here,
        "street": street(here),
        "store": shop,
        "picture": media_url(shop.picture),
        "map_url": map_url(shop),
        "opening": opening,
        "opening_text": opening_text(opening),
        "hours": week_of(now, here.time_zone, shop.week, shop.specials),
        "delivery": [
            (option, arrival_text(option, now, here.time_zone, shop.week, shop.specials)) for option in shop.delivery
        ],
        "words": words,
        "corrected": corrected.words if corrected else "",
        **listed,
    }
    return remember_place(request, render(request, "shop/store.html", context))


def map_url(store: StoreView) -> str:
    """Where a phone's own map opens, and a browser OpenStreetMap."""
    if store.latitude is None or store.longitude is None:
        return ""
    place = f"{store.latitude}/{store.longitude}"
    return f"https://www.openstreetmap.org/?mlat={store.latitude}&mlon={store.longitude}#map=17/{place}"
