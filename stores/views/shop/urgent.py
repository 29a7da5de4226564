"""Urgent sales of the street: what is limited, how much is left, until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_safe

from core.localized import localized
from stores.models import UrgentSale
from stores.queries.cards import media_url, price_text
from stores.queries.street import URGENT
from stores.queries.urgent import SaleView, sale_figures, sale_view, shown_sales
from stores.views.shop.frame import street, union_of
from stores.views.shop.kept import kept_page
from unions.models import Union

MOST_AT_ONCE = 99


@require_safe
def page(request: HttpRequest, union: str) -> HttpResponse:
    """All of the union's urgent sales, or one store's (`?store=`): running, to come, and over since yesterday."""
    here = union_of(request)
    now = timezone.now()
    sales = shown_sales(here, now=now, store=request.GET.get("store", "")[:60])
    figures = sale_figures(sales)
    views = [sale_view(sale, figures[sale.pk], now=now) for sale in sales]
    named = [goods_of(here, sale) for sale in sales]

    def context() -> dict[str, Any]:
        rows = [sale_shown(here, view, now=now) | goods for view, goods in zip(views, named, strict=True)]
        store = sales[0].store if sales and "store" in request.GET else None
        return {"union": here, "street": street(here, current=URGENT), "sales": rows, "of_store": store}

    return kept_page(request, here, "shop/urgent.html", live=(views, named), make=context)


def goods_of(union: Union, sale: UrgentSale) -> dict[str, Any]:
    """What is sold, by whom, and where its page is."""
    product = sale.variant.product
    return {
        "title": localized(product, "title"),
        "words": sale.variant.options_text,
        "store": localized(sale.store, "name"),
        "store_slug": sale.store.slug,
        "product_id": product.pk,
        "picture": media_url(product.cover),
        "url": reverse("shop:product", args=[union.slug, sale.store.slug, product.slug]),
    }


def sale_shown(union: Union, sale: SaleView, *, words: str = "", now: datetime) -> dict[str, Any]:
    """A sale for components/urgent.html."""
    language = get_language() or "en"
    most = min(MOST_AT_ONCE, sale.per_shopper or sale.allotted)
    return {
        "ref": sale.ref,
        "state": sale.state,
        "words": words,
        "price": price_text(sale.price, union.currency, language),
        "was": price_text(sale.list_price, union.currency, language),
        "percent": round((1 - sale.price / sale.list_price) * 100),
        "starts_at": sale.starts_at,
        "ends_at": sale.ends_at,
        "allotted": sale.allotted,
        "left": sale.left,
        "left_words": left_words(sale),
        "per_shopper": sale.per_shopper,
        "most": most,
        "page_url": urgent_url("orders:urgent_sale", union, sale.ref),
        "take_url": urgent_url("orders:urgent_take", union, sale.ref),
        "wait_url": urgent_url("orders:urgent_wait", union, sale.ref),
    }


def left_words(sale: SaleView) -> str:
    """How many are left; many only roughly, and then the page's own connection says exactly."""
    if sale.is_exact:
        return ngettext("%(count)d left", "%(count)d left", sale.left) % {"count": sale.left}
    return gettext("more than %(count)d left") % {"count": sale.left}


def urgent_url(name: str, union: Union, ref: str) -> str:
    """Where it is taken or waited for: an app above this one answers there."""
    try:
        return reverse(name, kwargs={"union": union.slug, "ref": ref})
    except NoReverseMatch:
        return ""
