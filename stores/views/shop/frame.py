"""What all pages of a union's street have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from stores.queries.cards import media_url
from stores.queries.categories import aliases_of
from stores.queries.opening import opening_at
from stores.queries.shop import StoreView
from stores.queries.street import URGENT, street_of
from stores.views.shop.listing import MOST_CHOSEN, PLACE_COOKIE, place_of
from stores.views.shop.sources import source_of
from stores.views.shop.words import opening_text
from unions.models import Redirect, Union
from unions.views.recording import record

PLACE_FOR = 30 * 24 * 3600


def union_of(request: HttpRequest) -> Union:
    """The union of the address; the middleware has looked it up."""
    union: Union | None = getattr(request, "union", None)
    if union is None:
        not_here()
    return union


def not_here() -> NoReturn:
    """The page that says so."""
    raise Http404


def minute_of(now: datetime) -> str:
    """What changes when a shop may have opened or closed."""
    return now.strftime("%d%H%M")


def street(union: Union, *, current: str = "") -> list[dict[str, Any]]:
    """The row under the top bar: all shops, then the business classes that the union's shops have."""
    places = [
        {
            "url": reverse("shop:stores", args=[union.slug]),
            "title": gettext("All shops"),
            "current": current == "stores",
        }
    ]
    found = street_of(union)
    if any(code == URGENT for code, _title in found):
        url = reverse("shop:urgent", args=[union.slug])
        places.append({"url": url, "title": gettext("Urgent sales"), "current": current == URGENT})
    for code, title in found:
        if code == URGENT:
            continue
        url = reverse("shop:class", args=[union.slug, code])
        places.append({"url": url, "title": title, "current": current == code})
    return places


def store_card(union: Union, store: StoreView, *, way: str, more: str = "") -> dict[str, Any]:
    """A store for components/store_card.html; its link says how the shopper found it."""
    opening = opening_at(timezone.now(), union.time_zone, store.week, store.specials)
    return {
        "url": f"{reverse('shop:store', args=[union.slug, store.slug])}?way={way}{more}",
        "slug": store.slug,
        "name": store.name,
        "kind": " · ".join(part for part in (store.business, store.city) if part),
        "tagline": store.tagline,
        "picture": front_of(store),
        "opening": opening_text(opening),
        "is_open": opening.is_open,
        "rating": store.rating,
        "reviews": store.rating_count,
    }


def front_of(store: StoreView) -> dict[str, Any] | None:
    """The photograph of the store's front in its sizes, else its drawn picture."""
    if store.front:
        # Without AVIF's own <source>: the hero's picture is a bare <img>.
        return source_of("", store.front) | {"avif": ""}
    if store.picture:
        return {"src": media_url(store.picture), "srcset": "", "alt": "", "width": 960, "height": 540}
    return None


def arrived(request: HttpRequest, union: Union, store_slug: str) -> HttpResponse | None:
    """A shopper sent here by one of the union's pages (`?way=`): recorded once, then led to the clean address."""
    if "way" not in request.GET:
        return None
    record(request, union=union, kind=Redirect.Kind.TO_STORE, target=store_slug)
    kept = request.GET.copy()
    for name in ("way", "q", "class"):
        kept.pop(name, None)
    return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}" if kept else request.path)


def merged_away(request: HttpRequest, union: Union) -> HttpResponse | None:
    """An address that names a category which was merged into another leads to that one, for good."""
    asked = request.GET.getlist("category")
    aliases = aliases_of(union, asked[:MOST_CHOSEN]) if asked else {}
    if not aliases:
        return None
    kept = request.GET.copy()
    kept.setlist("category", list(dict.fromkeys(aliases.get(slug, slug) for slug in asked)))
    return HttpResponsePermanentRedirect(f"{request.path}?{kept.urlencode()}")


def remember_place(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the place that the shopper just gave, to some hundred metres, for the next lists."""
    place = place_of(request) if "lat" in request.GET else None
    if place:
        response.set_cookie(
            PLACE_COOKIE, f"{place[0]:.3f},{place[1]:.3f}", max_age=PLACE_FOR, samesite="Lax", httponly=True
        )
    return response
