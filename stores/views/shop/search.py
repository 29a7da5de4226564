"""Searching one union, and all of them."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from stores.queries.everywhere import search_everywhere
from stores.queries.search import correct, query_of
from stores.queries.shop import stores_of
from stores.views.shop.frame import remember_place, store_card, street, union_of
from stores.views.shop.listing import goods_context, wish_of

STORES_FOUND = 3
LONGEST = 200


def words_in(request: HttpRequest) -> str:
    """What was typed, without the signs that no database takes."""
    return " ".join(request.GET.get("q", "").replace("\x00", " ").split())[:LONGEST]


@require_safe
def in_union(request: HttpRequest, union: str) -> HttpResponse:
    """Goods and shops of the union; a typing error is mended when nothing else is found, and said."""
    here = union_of(request)
    words = words_in(request)
    query = query_of(here.pk, words)
    listed = goods_context(request, here, wish_of(request, query=query), words=words)
    corrected = None
    if query and not listed["total"] and not listed["cards"]:
        corrected = correct(here, words)
        if corrected:
            wish = wish_of(request, query=corrected.query)
            listed = goods_context(request, here, wish, words=corrected.words)
    found = stores_of(here, now=timezone.now(), words=words, limit=STORES_FOUND) if words else []
    way = f"&q={quote(words)}"
    context = {
        "union": here,
        "street": street(here),
        "words": words,
        "corrected": corrected.words if corrected else "",
        "stores": [store_card(here, shop, way="search", more=way) for shop in found],
        "way": f"?way=search{way}" if words else "",
        **listed,
    }
    return remember_place(request, render(request, "shop/search.html", context))


@require_safe
def everywhere(request: HttpRequest) -> HttpResponse:
    """Goods of all unions, grouped by union."""
    words = words_in(request)
    context = {"words": words, "found": search_everywhere(words) if words else []}
    return render(request, "shop/everywhere.html", context)
