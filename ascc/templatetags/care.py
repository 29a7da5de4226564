"""Service programs on pages of apps that know nothing of them: the good's own page, the cart, the purchase."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from ascc.presenting import length_text, state_now, state_words, visits_text
from ascc.queries.promises import Good, PromiseNow, Sale, category_of, goods_of, promises_for, promises_of
from ascc.queries.vouchers import voucher_of_bill, vouchers_of_purchase
from core.localized import localized
from core.money import format_money
from orders.cart_review import CartReview
from orders.models import Bill, Order, Purchase
from unions.models import Union

register = template.Library()


@register.inclusion_tag("care/_on_product.html")
def product_care(union: Union, product: Any) -> dict[str, Any]:
    """On a good's page: what comes with it, and extras to be put into the cart with it. `product` is a ProductView."""
    now = timezone.now()
    if product.kind != "goods" or not promises_of(union, now=now):
        return {}
    category = category_of(union, product.category_slug) if product.category_slug else None
    prices = [variant.price for variant in product.variants]
    good = Good(product.id, product.store.id, category, prices)
    shown = [_shown(union, each, good) for each in promises_for(union, good, now=now)]
    return {
        "union": union,
        "included": [each for each in shown if not each["variant"]],
        "extras": [each for each in shown if each["variant"]],
    }


@register.inclusion_tag("care/_in_cart.html", takes_context=True)
def cart_care(context: dict[str, Any], union: Union, review: CartReview) -> dict[str, Any]:
    """In the cart: extras for the goods in it that are not in it yet."""
    lines = [line for part in review.parts for line in part.lines if line.variant_id is not None and line.is_sold]
    return {
        "union": union,
        "csrf_token": context.get("csrf_token"),
        "extras": _extras(union, {line.variant_id: line.quantity for line in lines if line.variant_id is not None}),
    }


@register.inclusion_tag("care/_comes_with.html")
def cart_promises(union: Union, review: CartReview) -> dict[str, Any]:
    """Before paying: the vouchers that come with what is bought."""
    lines = [line for part in review.parts for line in part.lines if line.variant_id is not None and line.is_sold]
    return {"union": union, "promised": _promised(union, [line.variant_id or 0 for line in lines])}


@register.inclusion_tag("care/_of_purchase.html", takes_context=True)
def purchase_care(context: dict[str, Any], purchase: Purchase) -> dict[str, Any]:
    """On a purchase's page: its vouchers, and what can still be bought for its goods."""
    now = timezone.now()
    orders = [
        order for order in purchase.orders.all() if order.state not in (Order.State.PLACED, Order.State.CANCELLED)
    ]
    vouchers = vouchers_of_purchase(purchase) if orders else []
    bought = {
        line.variant_id: line.kept for order in orders for line in order.lines.all() if line.variant_id and line.kept
    }
    return {
        "union": purchase.union,
        "csrf_token": context.get("csrf_token"),
        "user": context.get("user"),
        "purchase": purchase,
        "promised": _promised(purchase.union, bought) if bought and not vouchers else [],
        "vouchers": [
            {
                "voucher": voucher,
                "title": localized(voucher.version, "title"),
                "state": state_words(state_now(voucher, now=now)),
            }
            for voucher in vouchers
        ],
        # A guest's cart does not know what was bought before: whoever has signed in buys an extra for it.
        "extras": _extras(purchase.union, bought) if _is_of(purchase, context.get("user")) else [],
    }


@register.inclusion_tag("care/_of_bill.html")
def bill_care(bill: Bill, user: Any) -> dict[str, Any]:
    """On a bill's page: the voucher for whose service it is asked, and that it can be refused while it waits."""
    voucher = voucher_of_bill(bill)
    return {"voucher": voucher if voucher is not None and voucher.owner_id == user.pk else None}


def _is_of(purchase: Purchase, user: Any) -> bool:
    return user is not None and user.is_authenticated and purchase.user_id == user.pk


def _promised(union: Union, variants: Iterable[int]) -> list[dict[str, Any]]:
    """Programs that come with these variants, or were put into the cart as extras, each once, by name."""
    now, wanted = timezone.now(), set(variants)
    if not wanted or not promises_of(union, now=now):
        return []
    found: dict[str, dict[str, Any]] = {}
    for good in goods_of(union, wanted).values():
        for promise in promises_for(union, good, now=now):
            shown = _shown(union, promise, good)
            if not shown["variant"] or shown["variant"] in wanted:
                found.setdefault(shown["ref"], shown)
    return list(found.values())


def _extras(union: Union, pieces: dict[int, int]) -> list[dict[str, Any]]:
    """What can be bought for these variants (each so many pieces) and is not among them, each once."""
    now = timezone.now()
    if not pieces or not any(each.version.sale == Sale.EXTRA for each in promises_of(union, now=now)):
        return []
    found: dict[int, dict[str, Any]] = {}
    for variant_id, good in goods_of(union, pieces).items():
        for promise in promises_for(union, good, now=now):
            shown = _shown(union, promise, good)
            if shown["variant"] and shown["variant"] not in pieces:
                extra = found.setdefault(shown["variant"], {**shown, "pieces": 0})
                extra["pieces"] += pieces[variant_id]
    return list(found.values())


def _shown(union: Union, promise: PromiseNow, good: Good) -> dict[str, Any]:
    version = promise.version
    variant, price = promise.offers.get(good.store_id, (0, 0)) if version.sale == Sale.EXTRA else (0, 0)
    return {
        "ref": version.program.ref,
        "title": localized(version, "title"),
        "summary": localized(version, "summary"),
        "length": length_text(version),
        "visits": visits_text(version.visits),
        "variant": variant,
        "price": format_money(price, union.currency) if variant else "",
    }
