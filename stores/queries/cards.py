"""What a product's card says, ready to be shown: words and prices are made once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.urls import get_urlconf, reverse
from django.utils.translation import gettext, ngettext

from core.money import format_money

LOW = 5
"""At or below this many pieces a card says how many are left."""


class GoodsRow(NamedTuple):
    """One line of the list statement."""

    product_id: int
    slug: str
    title: str
    cover: str
    price_from: int
    price_to: int
    was_price: int | None
    rating_sum: int
    rating_count: int
    store_slug: str
    store_name: str
    uncounted: bool
    stock: str | None
    kind: str
    union_slug: str
    currency: str
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A product in a list. `stock` is `12:3,13:0`: what is left of each counted variant, for live updates."""

    product_id: int
    url: str
    title: str
    store: str
    src: str
    price: str
    was: str
    rating: float | None
    reviews: int
    state: str
    left: str
    stock: str
    is_service: bool
    is_urgent: bool = False


@lru_cache(maxsize=50_000)
def price_text(amount: int, currency: str, language: str) -> str:
    """The amount in that language; formatting costs more than everything else on a card."""
    return format_money(amount, currency, language)


@lru_cache(maxsize=50_000)
def price_range_text(lowest: int, highest: int, currency: str, language: str) -> str:
    """`£3.00`, or `from £3.00` when variants differ in price."""
    text = price_text(lowest, currency, language)
    return text if lowest == highest else gettext("from %(price)s") % {"price": text}


@lru_cache(maxsize=4096)
def stock_words(available: int, language: str) -> tuple[str, str]:
    """(`in`, `low` or `out`; the words) for a number of pieces, in the active language."""
    if available <= 0:
        return "out", gettext("Sold out")
    if available <= LOW:
        return "low", ngettext("%(count)d left", "%(count)d left", available) % {"count": available}
    return "in", gettext("In stock")


def service_words() -> tuple[str, str]:
    """What stands in the stock line of something that is not counted."""
    return "in", gettext("Available")


def media_url(path: str) -> str:
    """The address of a file in the media storage; none for an empty path."""
    return f"{settings.MEDIA_URL}{path}" if path else ""


def home_url(union_slug: str) -> str:
    """Where a union's addresses begin: `/u/<union>/`, or `/` on its own domain."""
    return _home_url(union_slug, get_urlconf())


@lru_cache(maxsize=4096)
def _home_url(union_slug: str, urlconf: Any) -> str:
    return reverse("shop:home", urlconf=urlconf, args=[union_slug])


def card_of(row: GoodsRow, language: str) -> Card:
    """The card of a line in the active language."""
    left = sum(int(part.rpartition(":")[2]) for part in row.stock.split(",")) if row.stock else 0
    state, words = service_words() if row.uncounted else stock_words(left, language)
    if row.is_urgent:
        # Its pieces are not the shelf's, whose figure would be told here.
        state, words = "in", gettext("Urgent sale")
    return Card(
        product_id=row.product_id,
        url=f"{home_url(row.union_slug)}{row.store_slug}/{row.slug}/",
        title=row.title,
        store=row.store_name,
        src=media_url(row.cover),
        price=price_range_text(row.price_from, row.price_to, row.currency, language),
        was=price_text(row.was_price, row.currency, language) if row.was_price else "",
        rating=row.rating_sum / row.rating_count if row.rating_count else None,
        reviews=row.rating_count,
        state=state,
        left=words,
        stock="" if row.uncounted or row.is_urgent else row.stock or "",
        is_service=row.kind == "service",
        is_urgent=row.is_urgent,
    )
