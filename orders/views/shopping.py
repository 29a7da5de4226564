"""What the pages from cart to payment share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.money import format_money
from orders.cart_review import CartReview, DeliveryChoice, ReviewLine
from orders.models import Cart, Purchase
from orders.queries.cart_review import review_cart
from orders.queries.carts import cart_value, item_of_variant, unpaid_purchase
from orders.services.cart import find_cart, stay_held
from orders.services.purchase import pay
from orders.services.refill import take_up_cart
from payments.models import PaymentRequest
from payments.queries.books import request_of
from stores.views.shop.words import promise_text
from unions.cookies import has_consent
from unions.models import Union
from unions.views.recording import note
from unions.visits import CART, CHECKOUT, PURCHASE, Event

STILL_WANTED = timedelta(hours=1)
"""So long a purchase that was not paid is spoken of where its shopper looks for the cart."""


def person(request: HttpRequest) -> User | None:
    """The signed-in person, or None."""
    return request.user if isinstance(request.user, User) else None


def union_of(request: HttpRequest) -> Union:
    union: Union = request.union  # type: ignore[attr-defined]
    return union


def current_cart(request: HttpRequest) -> Cart | None:
    """The open cart of whoever asks, in this union."""
    union = union_of(request)
    return find_cart(union=union, user=person(request), token=request.carts.token(union.slug))  # type: ignore[attr-defined]


def unpaid(request: HttpRequest) -> tuple[Purchase, PaymentRequest] | None:
    """What this browser bought within the hour and nobody has paid, with its payment as it stands."""
    union = union_of(request)
    token = request.carts.token(union.slug)  # type: ignore[attr-defined]
    purchase = unpaid_purchase(union=union, user=person(request), token=token, since=timezone.now() - STILL_WANTED)
    asked = request_of(union, purchase.number) if purchase else None
    return (purchase, asked) if purchase and asked else None


def bank_address(purchase: Purchase, asked: PaymentRequest | None) -> str:
    """Where the payer confirms, with the way back; empty when the bank asks nothing."""
    if asked is None or asked.state != PaymentRequest.State.CREATED or not asked.confirm_url:
        return ""
    back = reverse("orders:back", kwargs={"union": purchase.union.slug, "token": purchase.token})
    return f"{asked.confirm_url}?{urlencode({'next': back})}"


def take_up(request: HttpRequest, purchase: Purchase, asked: PaymentRequest) -> Cart | None:
    """The cart in which everything is again after a payment that failed, remembered by this browser; says why."""
    pay(purchase=purchase, now=timezone.now())
    token = request.carts.token(union_of(request).slug)  # type: ignore[attr-defined]
    taken = take_up_cart(purchase=purchase, token=token, now=timezone.now())
    if taken is None:
        return None
    cart, pieces = taken
    remember(request, cart, pieces)
    messages.error(request, declined(asked))
    return cart


def declined(asked: PaymentRequest) -> str:
    """Why there was no payment, and what is kept."""
    reason = {
        "insufficient_funds": _("There is not enough money in this account."),
        "refused_by_payer": _("The payment was refused on the bank's page."),
        "no_answer": _("The bank did not answer in time."),
        "stolen_account": _("The bank does not accept this account."),
    }.get(asked.failure_code, _("The bank declined the payment."))
    if asked.state == PaymentRequest.State.CANCELLED:
        reason = _("The payment was called off.")
    kept = _("Nothing was charged and your cart is as it was. Choose another account.")
    return f"{reason} {kept}"


def looked_at(cart: Cart) -> CartReview:
    """The cart as it would be bought now. Looking at it keeps its goods set aside."""
    now = timezone.now()
    review = review_cart(cart=cart, now=now)
    stay_held(review=review, now=now)
    return review


def remember(request: HttpRequest, cart: Cart, pieces: int, *, added: int = 0) -> None:
    """Keep the number of pieces (and a guest's token) in the browser; its value is noted of who is recognised.

    `added` is the variant that was just put in.
    """
    union = union_of(request)
    request.carts.remember(cart, union, pieces)  # type: ignore[attr-defined]
    if request.method == "POST" and has_consent(request.COOKIES):
        value = cart_value(union=union, user=cart.user, token=cart.token)
        product = item_of_variant(union=union, variant_id=added) if added else ""
        at = timezone.now().timestamp()
        note(request, union=union, event=Event(CART, at, page="/cart/", product=product, value=value))


def note_checkout(request: HttpRequest, review: CartReview, *, page: str) -> None:
    """Into the record of who is recognised: how far they came, with which stores' goods."""
    stores = " ".join(part.slug for part in review.parts)[:200]
    note(request, union=union_of(request), event=Event(CHECKOUT, timezone.now().timestamp(), page=page, words=stores))


def note_purchase(request: HttpRequest, purchase: Purchase) -> None:
    """That they bought, and which purchase it is: what led to it is kept with it."""
    at = timezone.now().timestamp()
    bought = Event(PURCHASE, at, page="/checkout/", words=purchase.number, value=purchase.total)
    note(request, union=purchase.union, event=bought)


def expected(way: DeliveryChoice, *, cart: Cart) -> str:
    """When to expect it, in the words of the goods' own pages."""
    today = timezone.now().astimezone(ZoneInfo(cart.union.time_zone)).date()
    return promise_text(way.kind, way.earliest, way.latest, today=today)


def steps(union: Union, now: str) -> list[dict[str, Any]]:
    """Cart, details, check and pay: which is done, which is now."""
    names = [("cart", _("Cart")), ("checkout", _("Details")), ("review", _("Check and pay"))]
    position = [name for name, _title in names].index(now)
    return [
        {
            "title": title,
            "url": reverse(f"orders:{name}", kwargs={"union": union.slug}),
            "state": "done" if index < position else "now" if index == position else "",
        }
        for index, (name, title) in enumerate(names)
    ]


def sums_so_far(review: CartReview) -> dict[str, Any]:
    """The same in the cart, where nobody has chosen a delivery yet: no sum is told that will not be paid."""
    if review.is_delivery_chosen:
        return sums(review)
    tax = format_money(sum(line.tax for line in review.lines), review.currency)
    return {
        "rows": [
            {"title": _("Tax included"), "text": tax},
            {"title": _("Delivery"), "text": _("chosen in the next step")},
        ],
        "total": {"title": _("Goods so far"), "text": format_money(review.goods_total, review.currency)},
    }


def sums(review: CartReview) -> dict[str, Any]:
    """The rows of components/summary.html."""
    money = review.currency
    rows = [
        {"title": _("Goods"), "text": format_money(review.goods_total, money)},
        {"title": _("Delivery"), "text": format_money(review.delivery_total, money)},
        {"title": _("Tax included"), "text": format_money(review.tax_total, money)},
    ]
    return {"rows": rows, "total": {"title": _("Total"), "text": format_money(review.total, money)}}


def urgent_words(line: ReviewLine, currency: str) -> str:
    """That a line costs the price of an urgent sale, and what it is otherwise; empty for the usual price."""
    if not line.is_claimed or line.list_price is None:
        return ""
    words = _("Urgent sale: %(price)s each instead of %(before)s")
    return words % {
        "price": format_money(line.unit_price, currency),
        "before": format_money(line.list_price, currency),
    }


def agreed_words(line: ReviewLine, currency: str) -> str:
    """That a line's price was agreed with the store, and what it is otherwise; empty for the usual price."""
    if line.proposal_id is None:
        return ""
    if line.list_price is None or line.list_price == line.unit_price:
        return _("Agreed with the store")
    return _("Agreed with the store, instead of %(price)s each") % {"price": format_money(line.list_price, currency)}
