"""The union's own pages: its home, all its shops, its business classes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.errors import NotFound
from stores.queries.cards import media_url
from stores.queries.goods import Wish, cards_from, list_rows
from stores.queries.shop import latest_reviews, store_rows, stores_from
from stores.queries.street import business_class_at
from stores.views.shop.frame import merged_away, minute_of, not_here, remember_place, store_card, street, union_of
from stores.views.shop.kept import kept_page
from stores.views.shop.listing import goods_context, place_of, wish_of
from stores.views.shop.sources import source_of
from unions.queries import banners_of

STORES_AT_HOME = 6
GOODS_AT_HOME = 10
LIKED_AT_HOME = 5
STORES_OF_CLASS = 6
STORES_ON_A_PAGE = 24


@require_safe
def home(request: HttpRequest, union: str) -> HttpResponse:
    """The street: who is open, what is new, what buyers like and say."""
    here = union_of(request)
    now = timezone.now()
    shops = store_rows(here, now=now, limit=STORES_AT_HOME, place=place_of(request))
    fresh = list_rows(here, Wish(), size=GOODS_AT_HOME)
    liked = list_rows(here, Wish(sort="liked"), size=LIKED_AT_HOME)
    reviews = latest_reviews(here)
    banners = banners_of(here, now=now)

    def context() -> dict[str, Any]:
        cards = sorted(
            (store_card(here, shop, way="list") for shop in stores_from(shops)), key=lambda card: not card["is_open"]
        )
        return {
            "union": here,
            "street": street(here),
            "stores": cards,
            "picture": media_url(here.picture),
            "open_count": sum(card["is_open"] for card in cards),
            "fresh": cards_from(fresh),
            "liked": cards_from(liked),
            "reviews": reviews,
            "banners": [(banner, source_of("", banner.sizes) if banner.sizes else None) for banner in banners],
        }

    live = (minute_of(now), shops, fresh, liked, reviews, [vars(banner) | {"_state": ""} for banner in banners])
    return remember_place(request, kept_page(request, here, "shop/home.html", live=live, make=context))


@require_safe
def stores(request: HttpRequest, union: str) -> HttpResponse:
    """All shops, nearest first once the shopper has told a place."""
    here = union_of(request)
    page = int(text) if (text := request.GET.get("page", "")).isdecimal() and len(text) < 4 else 1
    page = max(page, 1)
    now = timezone.now()
    shops = store_rows(
        here,
        now=now,
        place=place_of(request),
        limit=STORES_ON_A_PAGE + 1,
        offset=(page - 1) * STORES_ON_A_PAGE,
    )

    def context() -> dict[str, Any]:
        return {
            "union": here,
            "street": street(here, current="stores"),
            "stores": [store_card(here, shop, way="list") for shop in stores_from(shops[:STORES_ON_A_PAGE])],
            "place": place_of(request),
            "previous": page - 1,
            "next": page + 1 if len(shops) > STORES_ON_A_PAGE else 0,
        }

    live = (minute_of(now), shops)
    return remember_place(request, kept_page(request, here, "shop/stores.html", live=live, make=context))


@require_safe
def business_class(request: HttpRequest, union: str, code: str) -> HttpResponse:
    """Shops of one class (ISIC Rev.4) and what they have."""
    here = union_of(request)
    try:
        found = business_class_at(code)
    except NotFound:
        not_here()
    now = timezone.now()
    shops = store_rows(here, now=now, business_class=found.code, limit=STORES_OF_CLASS, place=place_of(request))
    if merged := merged_away(request, here):
        return merged
    wish = wish_of(request, business_class=found.code)
    rows = list_rows(here, wish)

    def context() -> dict[str, Any]:
        return {
            "union": here,
            "street": street(here, current=found.code),
            "class": found,
            "stores": [store_card(here, shop, way="class", more=f"&class={found.code}") for shop in stores_from(shops)],
            "way": f"?way=class&class={found.code}",
            **goods_context(request, here, wish, rows),
        }

    live = (minute_of(now), shops, rows)
    return remember_place(request, kept_page(request, here, "shop/class.html", live=live, make=context))
