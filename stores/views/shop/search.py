"""Searching one union, and all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from stores.queries.everywhere import search_everywhere
from stores.queries.goods import list_rows
from stores.queries.search import correct, query_of
from stores.queries.shop import store_rows, stores_from
from stores.views.shop.frame import merged_away, minute_of, remember_place, store_card, street, union_of
from stores.views.shop.kept import kept_page
from stores.views.shop.listing import goods_context, nothing_at_all, wish_of
from unions.views.recording import is_a_person, note
from unions.visits import SEARCH, Event

STORES_FOUND = 3
LONGEST = 200


def words_in(request: HttpRequest) -> str:
    """What was typed, without the signs that no database takes."""
    return " ".join(request.GET.get("q", "").split())[:LONGEST]


@require_safe
def in_union(request: HttpRequest, union: str) -> HttpResponse:
    """Goods and shops of the union; a typing error is mended when nothing else is found, and said."""
    here = union_of(request)
    words = words_in(request)
    query = query_of(here.pk, words)
    if merged := merged_away(request, here):
        return merged
    wish = wish_of(request, query=query)
    rows = list_rows(here, wish)
    meant = correct(here, words) if nothing_at_all(here, wish, rows) else None
    if meant:
        wish = wish_of(request, query=meant.query)
        rows = list_rows(here, wish)
    now = timezone.now()
    found = 0 if meant or nothing_at_all(here, wish, rows) else len(rows)
    if words and is_a_person(request):
        note(request, union=here, event=Event(SEARCH, now.timestamp(), page="/search/", words=words, results=found))
    shops = store_rows(here, now=now, words=words, limit=STORES_FOUND) if words else []

    def context() -> dict[str, Any]:
        way = f"&q={quote(words)}"
        return {
            "union": here,
            "street": street(here),
            "words": words,
            "found": found,
            "corrected": meant.words if meant else "",
            "stores": [store_card(here, shop, way="search", more=way) for shop in stores_from(shops)],
            "way": f"?way=search{way}" if words else "?way=list",
            **goods_context(request, here, wish, rows, words=meant.words if meant else words),
        }

    live = (minute_of(now) if shops else "", shops, rows, meant)
    return remember_place(request, kept_page(request, here, "shop/search.html", live=live, make=context))


@require_safe
def everywhere(request: HttpRequest) -> HttpResponse:
    """Goods of all unions, grouped by union."""
    words = words_in(request)
    found = [
        {
            "group": group,
            "cards": [replace(card, url=through_center(group.slug, words, card.url)) for card in group.cards],
            "url": through_center(group.slug, words, reverse("shop:search", args=[group.slug])),
        }
        for group in (search_everywhere(words) if words else [])
    ]
    return render(request, "shop/everywhere.html", {"words": words, "found": found})


def through_center(union: str, words: str, path: str) -> str:
    """A way into a union that the center records, to a page which records the way into the store."""
    to = f"{path}?{urlencode({'way': 'search', 'q': words})}"
    return f"{reverse('center:go', args=[union])}?{urlencode({'way': 'search', 'q': words, 'to': to})}"
