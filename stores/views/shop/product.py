"""One product: what it is, what is left of each variant, when it comes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from core.errors import NotFound
from stores.queries.cards import Card, media_url, price_text, service_words, stock_words
from stores.queries.opening import opening_at
from stores.queries.shop import ProductView, VariantView, product_of, product_row, related_to
from stores.views.shop.frame import arrived, minute_of, not_here, street, union_of
from stores.views.shop.kept import kept_page
from stores.views.shop.sources import source_of
from stores.views.shop.urgent import sale_shown
from stores.views.shop.words import opening_text, ways_of
from unions.models import Union

MOST_AT_ONCE = 99


@require_safe
def page(request: HttpRequest, union: str, store: str, product: str) -> HttpResponse:
    """The product's page. One query beside the union's."""
    here = union_of(request)
    now = timezone.now()
    try:
        row = product_row(here, store, product, now=now)
    except NotFound:
        not_here()
    if moved := arrived(request, here, store):
        return moved

    def context() -> dict[str, Any]:
        return context_of(here, product_of(row), related_to(row), asked=request.GET.get("variant", ""), now=now)

    return kept_page(request, here, "shop/product.html", live=(minute_of(now), row), make=context)


def context_of(here: Union, good: ProductView, related: list[Card], *, asked: str, now: datetime) -> dict[str, Any]:
    """What templates/shop/product.html shows."""
    variants = [choice_of(here, variant) for variant in good.variants]
    chosen = chosen_of(variants, asked)
    opening = opening_at(now, here.time_zone, good.store.week, good.store.specials)
    by_variant = {variant.id: variant for variant in good.variants}
    return {
        "union": here,
        "street": street(here),
        "product": good,
        "sales": [
            sale_shown(here, sale, words=" · ".join(by_variant[sale.variant_id].options.values()), now=now)
            for sale in good.sales
            if sale.variant_id in by_variant
        ],
        "store": good.store,
        "variants": variants,
        "chosen": chosen,
        "pictures": pictures_of(good),
        "opening": opening,
        "opening_text": opening_text(opening),
        "delivery": ways_of(good.store, here, now),
        "related": related,
        "crumbs": crumbs_of(here, good),
        "add_url": add_url(here),
    }


def choice_of(union: Union, variant: VariantView) -> dict[str, Any]:
    """A variant for the picker: words, price and stock as they are now."""
    language = get_language() or "en"
    available = variant.available
    state, left = service_words() if available is None else stock_words(available, language)
    return {
        "id": variant.id,
        "sku": variant.sku,
        "gtin": variant.gtin,
        "title": " · ".join(str(value) for value in variant.options.values()) or variant.sku,
        "price": price_text(variant.price, union.currency, language),
        "was": price_text(variant.was_price, union.currency, language) if variant.was_price else "",
        "lowest": lowest_words(variant, union, language),
        "state": state,
        "left": left,
        "counted": available is not None,
        "available": MOST_AT_ONCE if available is None else available,
        "most": min(MOST_AT_ONCE, MOST_AT_ONCE if available is None else max(available, 1)),
    }


def lowest_words(variant: VariantView, union: Union, language: str) -> str:
    """Beside a reduced price: the lowest of the thirty days before the reduction, where it is known."""
    if not variant.was_price or variant.lowest is None:
        return ""
    price = price_text(variant.lowest, union.currency, language)
    return gettext("Lowest price of the 30 days before: %(price)s") % {"price": price}


def chosen_of(variants: list[dict[str, Any]], asked: str) -> dict[str, Any] | None:
    """The variant that the address names, else the first that can be had, else the first."""
    for variant in variants:
        if str(variant["id"]) == asked:
            return variant
    return next((variant for variant in variants if variant["state"] != "out"), variants[0] if variants else None)


def pictures_of(product: ProductView) -> list[dict[str, Any]]:
    """Every picture with its sources; a product without pictures of its own shows its cover."""
    shown = [source_of(alt or product.title, sizes) for alt, sizes in product.pictures]
    if not shown and product.cover:
        shown = [{"src": media_url(product.cover), "alt": product.title, "width": 600, "height": 600, "srcset": ""}]
    return shown


def crumbs_of(union: Union, product: ProductView) -> list[dict[str, str]]:
    store_url = reverse("shop:store", args=[union.slug, product.store.slug])
    crumbs = [
        {"title": gettext("Street"), "url": reverse("shop:home", args=[union.slug])},
        {"title": product.store.name, "url": store_url},
    ]
    if product.category:
        crumbs.append({"title": product.category, "url": f"{store_url}?category={product.category_slug}"})
    return [*crumbs, {"title": product.title, "url": ""}]


def add_url(union: Union) -> str:
    """Where the form puts it into the cart: an app above this one answers there."""
    try:
        return reverse("orders:add", kwargs={"union": union.slug})
    except NoReverseMatch:
        return ""
