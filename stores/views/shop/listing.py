"""A list of goods on a page: what the address asks for, the cards, what to narrow down by, the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext

from core.memory import remembered
from stores.queries.facets import facets_of
from stores.queries.goods import MOST_PAGES, PAGE_SIZE, Wish, cards_from
from unions.models import Union

PLACE_COOKIE = "place"
COUNTED_FOR = 10
"""Seconds for which the drawn facets of a wish are kept."""
MOST_CHOSEN = 20


def wish_of(request: HttpRequest, *, query: str = "", store_id: int | None = None, business_class: str = "") -> Wish:
    """The wish in the query string. What cannot be read is as if it were not there."""
    asked = request.GET
    return Wish(
        query=query,
        store_id=store_id,
        business_class=business_class,
        classes=_several(asked.getlist("class")),
        categories=_several(asked.getlist("category")),
        stores=_several(asked.getlist("store")),
        price=_price(asked.get("price", "")),
        in_stock=asked.get("in_stock", "") in ("1", "true"),
        sort=asked.get("sort", ""),
        place=place_of(request),
        page=_number(asked.get("page", "")),
    )


def place_of(request: HttpRequest) -> tuple[float, float] | None:
    """Where the shopper said to be: in the address just now, else in the cookie kept from then."""
    asked = request.GET
    if "lat" in asked and "lon" in asked:
        return _place(f"{asked['lat']},{asked['lon']}")
    return place_in(request.COOKIES)


def place_in(cookies: Mapping[str, str]) -> tuple[float, float] | None:
    """The place that the shopper gave with a press on one of the union's pages, as their browser keeps it."""
    return _place(cookies.get(PLACE_COOKIE, ""))


def _place(text: str) -> tuple[float, float] | None:
    try:
        lat, lon = (float(part) for part in text.split(","))
    except ValueError:
        return None
    return (lat, lon) if -90 <= lat <= 90 and -180 <= lon <= 180 else None


def goods_context(
    request: HttpRequest, union: Union, wish: Wish, rows: list[tuple[Any, ...]], *, words: str = ""
) -> dict[str, Any]:
    """What templates/shop/goods.html shows of the rows of `list_rows`. No query while the counts are fresh."""
    drawn, total, capped = _drawn_facets(request, union, wish, words)
    cards = cards_from(rows)
    return {
        "cards": cards,
        "facets": mark_safe(drawn),
        "total": total,
        "capped": capped,
        "sorts": _sorts(request, wish),
        "page": _page(total, len(cards), wish.page),
        "narrowed": bool(wish.classes or wish.categories or wish.stores or wish.in_stock or any(wish.price)),
    }


def nothing_at_all(union: Union, wish: Wish, rows: list[tuple[Any, ...]]) -> bool:
    """Whether the words of the wish find nothing, however it is narrowed down."""
    return bool(wish.query) and not rows and not facets_of(union, wish.base).total


def _drawn_facets(request: HttpRequest, union: Union, wish: Wish, words: str) -> tuple[str, int, bool]:
    hidden = [(name, value) for name, value in (("q", words), ("sort", request.GET.get("sort", ""))) if value]

    def draw() -> tuple[str, int, bool]:
        facets = facets_of(union, wish)
        drawn = render_to_string(
            "components/facets.html",
            {
                "facets": facets.facets,
                "hidden": hidden,
                "chosen_count": facets.chosen_count,
                "action": request.path,
                "clear_url": f"{request.path}?{urlencode(hidden)}" if facets.chosen_count else "",
            },
        )
        return drawn, facets.total, facets.capped

    shown = replace(wish, sort="", place=None, page=1)
    return remembered(("facets", union.pk, get_language(), request.path, *hidden, shown), COUNTED_FOR, draw)


def _sorts(request: HttpRequest, wish: Wish) -> list[dict[str, Any]]:
    titles = {
        "relevance": gettext("Best match"),
        "newest": gettext("Newest"),
        "price": gettext("Price: low to high"),
        "price_down": gettext("Price: high to low"),
        "near": gettext("Nearest"),
    }
    if not wish.query:
        del titles["relevance"]
    if not wish.place:
        del titles["near"]
    kept = [(name, value) for name, values in request.GET.lists() for value in values if name not in ("sort", "page")]
    return [
        {"title": title, "url": f"?{urlencode([*kept, ('sort', sort)])}", "current": sort == wish.order}
        for sort, title in titles.items()
    ]


def _page(total: int, shown: int, number: int) -> Page[Any]:
    """Pages for components/pages.html. The total may be some seconds old; what is shown now counts at least."""
    count = max(min(total, MOST_PAGES * PAGE_SIZE), (number - 1) * PAGE_SIZE + shown)
    return Paginator(range(count), PAGE_SIZE).get_page(number)


def _several(values: list[str]) -> tuple[str, ...]:
    parts = {part for value in values for part in value.split(",")}
    return tuple(sorted(part for part in parts if part and part.isprintable()))[:MOST_CHOSEN]


def _price(text: str) -> tuple[int | None, int | None]:
    lowest, dash, highest = text.partition("-")
    if not dash or not all(
        part == "" or (part.isascii() and part.isdigit() and len(part) < 16) for part in (lowest, highest)
    ):
        return None, None
    return int(lowest) if lowest else None, int(highest) if highest else None


def _number(text: str) -> int:
    return min(max(int(text), 1), MOST_PAGES) if text.isascii() and text.isdigit() and len(text) < 6 else 1
