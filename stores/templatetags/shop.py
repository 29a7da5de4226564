"""`{% load shop %}`: cards and pictures of goods, drawn in functions because they stand on a page by the dozen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from core.templatetags.look import product_card
from stores.queries.cards import Card

register = template.Library()

EAGER = 4
"""So many pictures of a list are loaded at once; they are what a phone or a desk shows first."""


@register.simple_tag
def goods_grid(cards: Sequence[Card], way: str = "", eager: bool = False, own: bool = False) -> SafeString:
    """The cards of a list. `way` (`?way=search&q=tea`) is put behind each address: how the shopper found it.

    `own`: all are of the store whose page this is, which need not be said on each.
    """
    service = {"text": gettext("Service"), "kind": "brand"}
    urgent = {"text": gettext("Urgent sale"), "kind": "live-badge"}
    drawn = [
        product_card(
            {
                "url": card.url + way,
                "title": card.title,
                "store": "" if own else card.store,
                "price": card.price,
                "was": card.was,
                "picture": {"src": card.src} if card.src else None,
                "badge": urgent if card.is_urgent else service if card.is_service else None,
                "rating": card.rating,
                "reviews": card.reviews,
                "stock": {
                    "state": card.state,
                    "text": card.left,
                    "key": f"{card.product_id}/{card.stock}" if card.stock else "",
                },
            },
            eager and index < EAGER,
        )
        for index, card in enumerate(cards)
    ]
    return mark_safe(f'<div class="grid goods">{"".join(drawn)}</div>')


@register.simple_tag
def picture(source: dict[str, Any], sizes: str, eager: bool = False) -> SafeString:
    """`<picture>` with AVIF where there is one, every size, and its own width and height so that nothing jumps."""
    image = format_html(
        '<img data-picture src="{src}" {srcset} width="{width}" height="{height}" alt="{alt}" {how}>',
        srcset=format_html('srcset="{}" sizes="{}"', source["srcset"], sizes) if source.get("srcset") else "",
        how=mark_safe('fetchpriority="high"' if eager else 'loading="lazy" decoding="async"'),
        **{name: source[name] for name in ("src", "width", "height", "alt")},
    )
    if not source.get("avif"):
        return image
    return format_html(
        '<picture><source type="image/avif" srcset="{}" sizes="{}">{}</picture>', source["avif"], sizes, image
    )
