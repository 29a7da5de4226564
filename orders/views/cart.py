"""The cart: looked at, filled, changed. Works without scripts; with them only the cart itself is exchanged."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.addresses import page_of_ours
from core.errors import DomainError
from core.money import format_money
from orders.cart_review import CartReview, ReviewLine, StorePart
from orders.forms.buttons import number_in
from orders.models import Cart, OrderLine, Purchase
from orders.services.cart import MOST_OF_ONE, add_to_cart, remove_line, set_quantity
from orders.views.pictures import picture_of
from orders.views.shopping import (
    agreed_words,
    bank_address,
    current_cart,
    expected,
    looked_at,
    person,
    remember,
    steps,
    sums_so_far,
    take_up,
    union_of,
    unpaid,
    urgent_words,
)
from orders.views.urgent import sentence as urgent_sentence
from payments.models import PaymentRequest
from stores.services.stock import OutOfStock

MOST_EXTRAS = 5
"""Ticked beside one good."""


@require_GET
@never_cache
def cart(request: HttpRequest, union: str) -> HttpResponse:
    """Everything in the cart by store, at today's prices."""
    found = current_cart(request)
    left = unpaid(request) if found is None else None
    if left is not None:
        purchase, asked = left
        if asked.state == PaymentRequest.State.CREATED:
            return _waiting(request, purchase, asked)
        found = take_up(request, purchase, asked)
    review = looked_at(found) if found else None
    if found is not None and review is not None:
        remember(request, found, review.pieces)
    else:
        request.carts.forget(union_of(request).slug)  # type: ignore[attr-defined]
    context: dict[str, Any] = {"review": review, "steps": steps(union_of(request), "cart")}
    if review is not None and not review.is_empty:
        context |= {
            "parts": [_shown(part, review, union) for part in review.parts],
            "sums": sums_so_far(review),
            "can_go_on": all(line.is_fine for line in review.lines),
        }
    template = "orders/_cart.html" if request.htmx else "orders/cart.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _waiting(request: HttpRequest, purchase: Purchase, asked: PaymentRequest) -> HttpResponse:
    """Who has come back from the bank without an answer finds what is being bought, and the ways on."""
    lines = OrderLine.objects.filter(union=purchase.union, order__purchase=purchase).order_by("order_id", "id")
    context = {
        "purchase": purchase,
        "lines": [
            {
                "line": line,
                "picture": picture_of(line.cover),
                "unit": format_money(line.unit_price, purchase.currency),
                "total": format_money(line.total, purchase.currency),
            }
            for line in lines
        ],
        "total": format_money(purchase.total, purchase.currency),
        "confirm_url": bank_address(purchase, asked),
        "steps": steps(union_of(request), "cart"),
    }
    return render(request, "orders/waiting.html", context)


@require_POST
def add(request: HttpRequest, union: str) -> HttpResponse:
    """Put a variant into the cart; then the cart, or with htmx the new count and a word."""
    try:
        filled = add_to_cart(
            union=union_of(request),
            user=person(request),
            token=request.carts.token(union_of(request).slug),  # type: ignore[attr-defined]
            variant_id=number_in(request.POST, "variant"),
            quantity=number_in(request.POST, "quantity", otherwise=1),
            now=timezone.now(),
        )
    except DomainError as refusal:
        return _refused(request, union, refusal)
    filled = _with_extras(request, filled)
    pieces: int = filled.pieces  # type: ignore[attr-defined]
    remember(request, filled, pieces, added=number_in(request.POST, "variant"))
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "orders/_count.html", {"pieces": pieces})
        return _toast(response, _("It is in your cart and set aside for 10 minutes."), "success")
    return redirect("orders:cart", union=union)


def _with_extras(request: HttpRequest, filled: Cart) -> Cart:
    """What was ticked beside the goods goes in with them, as many; one that cannot be had leaves the goods in."""
    for also in request.POST.getlist("also")[:MOST_EXTRAS]:
        try:
            filled = add_to_cart(
                union=filled.union,
                user=person(request),
                token=filled.token,
                variant_id=number_in({"also": also}, "also"),
                quantity=number_in(request.POST, "quantity", otherwise=1),
                now=timezone.now(),
            )
        except DomainError as refusal:
            messages.warning(request, _sentence(refusal))
    return filled


@require_POST
def change(request: HttpRequest, union: str, line: int) -> HttpResponse:
    """Another quantity for a line; 0 takes it out."""
    found = current_cart(request)
    if found is not None:
        try:
            changed = set_quantity(
                cart=found, line_id=line, quantity=number_in(request.POST, "quantity"), now=timezone.now()
            )
            remember(request, found, changed.pieces)  # type: ignore[attr-defined]
        except DomainError as refusal:
            messages.error(request, _sentence(refusal))
    return redirect("orders:cart", union=union)


@require_POST
def remove(request: HttpRequest, union: str, line: int) -> HttpResponse:
    """Take a line out."""
    found = current_cart(request)
    if found is not None:
        changed = remove_line(cart=found, line_id=line, now=timezone.now())
        remember(request, found, changed.pieces)  # type: ignore[attr-defined]
    return redirect("orders:cart", union=union)


def _refused(request: HttpRequest, union: str, refusal: DomainError) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _toast(HttpResponse(status=204), _sentence(refusal), "error")
    messages.error(request, _sentence(refusal))
    cart = reverse("orders:cart", kwargs={"union": union})
    return HttpResponseRedirect(page_of_ours(request, request.headers.get("Referer", ""), cart))


def _sentence(refusal: DomainError) -> str:
    if isinstance(refusal, OutOfStock) and refusal.facts.get("available"):
        return _("Only %(count)s of this can be had now.") % {"count": refusal.facts["available"]}
    return urgent_sentence(refusal)


def _toast(response: HttpResponse, text: str, kind: str) -> HttpResponse:
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "kind": kind}})
    return response


def _shown(part: StorePart, review: CartReview, union: str) -> dict[str, Any]:
    """One store's part for the template."""
    return {
        "name": part.name,
        "url": reverse("shop:store", kwargs={"union": union, "store": part.slug}),
        "lines": [_shown_line(line, part, review, union) for line in part.lines],
        "way": part.delivery if part.is_chosen else None,
        "expected": expected(part.delivery, cart=review.cart) if part.delivery and part.is_chosen else "",
    }


def _shown_line(line: ReviewLine, part: StorePart, review: CartReview, union: str) -> dict[str, Any]:
    product = {"union": union, "store": part.slug, "product": line.product_slug}
    return {
        "key": line.line_id,
        "title": line.title,
        "url": reverse("shop:product", kwargs=product) if line.product_slug else "",
        "variant": line.options,
        "price": format_money(line.total, review.currency),
        "picture": picture_of(line.cover),
        "note": _note(line, review.currency),
        "quantity": line.quantity,
        "max": MOST_OF_ONE if line.can_have is None else min(MOST_OF_ONE, max(line.can_have, 1)),
        "change_url": reverse("orders:change", kwargs={"union": union, "line": line.line_id})
        if line.is_sold and line.proposal_id is None
        else "",
        "agreed": agreed_words(line, review.currency),
        "urgent": urgent_words(line, review.currency),
        "remove_url": reverse("orders:remove", kwargs={"union": union, "line": line.line_id}),
    }


def _note(line: ReviewLine, currency: str) -> str:
    if not line.is_agreed:
        return _("The agreed price is not valid any more. Please take it out.")
    if not line.is_sold:
        return _("Not sold here any more. Please take it out.")
    if line.is_short:
        return _("Only %(count)s left. Please lower the quantity.") % {"count": line.can_have}
    if line.refusal:
        return str(line.refusal)
    if line.claim_lapsed and line.price_changed:
        return _("The time at the urgent price of %(before)s is over; it is %(now)s now.") % {
            "before": format_money(line.seen_price, currency),
            "now": format_money(line.unit_price, currency),
        }
    if line.price_changed:
        return _("The price was %(before)s when you chose it and is now %(now)s.") % {
            "before": format_money(line.seen_price, currency),
            "now": format_money(line.unit_price, currency),
        }
    return ""
