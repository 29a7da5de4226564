"""Following a purchase by its secret link: what happens at each store, cancelling, confirming, the receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, NotFound
from orders.models import Order, Purchase
from orders.presenting.orders import order_shown
from orders.presenting.receipts import kept_tax, receipt_pdf, receipted, seller_lines, tax_rows
from orders.presenting.runs import promised_moments
from orders.queries.pickup import pickup_places
from orders.queries.returns import returns_and_rules
from orders.queries.runs import promised_steps
from orders.queries.shopper import order_of_buyer, purchase_by_token, purchases_of, stars_given, with_sellers
from orders.queries.substitutions import substitutions_of
from orders.services.cancelling import cancel_order
from orders.services.fulfilment import deliver_order
from orders.services.purchase import pay
from orders.services.refill import fill_again
from orders.views.shopping import bank_address, current_cart, person, remember, take_up, union_of
from payments.models import PaymentRequest
from payments.queries.books import request_of
from payments.services.requests import cancel_request

PER_PAGE = 20
State = Order.State
FRESH = timedelta(minutes=15)


def purchase_at(request: HttpRequest, token: str) -> Purchase:
    """The purchase whose link this is; otherwise there is no such page."""
    try:
        purchase = purchase_by_token(union=union_of(request), token=token)
    except NotFound as error:
        raise Http404 from error
    purchase.union = union_of(request)
    return purchase


@require_GET
@never_cache
def track(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Everything about one purchase. With htmx (it asks by itself while something is on its way) only the orders."""
    purchase = purchase_at(request, token)
    orders = list(purchase.orders.all())
    asked = None
    if any(order.state == Order.State.PLACED for order in orders):
        asked, orders = _follow(purchase, orders)
    promised = promised_steps(orders)
    closed = sum(step.closed_at is not None for steps in promised.values() for step in steps)
    seen = f"{_seen(orders)}-{closed}"
    if request.htmx and request.GET.get("seen") == seen:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    track_url = reverse("orders:track", kwargs={"union": union, "token": token})
    states = {order.state for order in orders}
    places = pickup_places(orders, union=purchase.union, now=timezone.now())
    stars = stars_given(orders, union=purchase.union)
    offers = substitutions_of([order for order in orders if order.state in Order.WAITING])
    returns, rules = returns_and_rules(orders, union=purchase.union)
    context: dict[str, Any] = {
        "purchase": purchase,
        "orders": [
            order_shown(
                order,
                purchase,
                places,
                stars,
                returns=returns.get(order.pk, ()),
                substitutions=offers.get(order.pk, ()),
                return_days=rules[order.store_id][0] if order.store_id in rules else None,
            )
            | {"promised": promised_moments(promised.get(order.pk, []), now=timezone.now())}
            for order in orders
        ],
        "waiting": Order.State.PLACED in states,
        "failed": states == {Order.State.CANCELLED} and _was_declined(purchase),
        "over": states <= {Order.State.COMPLETED, Order.State.CANCELLED},
        "poll_url": f"{track_url}?{urlencode({'seen': seen})}",
        "confirm_url": bank_address(purchase, asked),
        "is_new": states == {Order.State.PAID} and timezone.now() - purchase.placed_at < FRESH,
        "may_pay": purchase.user_id in (None, getattr(person(request), "pk", None)),
        "socket": f"/ws/u/{union}/",
        "token": token,
    }
    if context["is_new"] and request.carts.pieces(union) and current_cart(request) is None:  # type: ignore[attr-defined]
        request.carts.forget(union)  # type: ignore[attr-defined]
    template = "orders/_track.html" if request.htmx else "orders/track.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _seen(orders: list[Order]) -> str:
    """What changes with every step of an order and every word about a parcel."""
    told = sum(len(parcel.events.all()) for order in orders for parcel in order.shipments.all())
    return f"{max(order.changed_at for order in orders).timestamp()}-{told}" if orders else ""


def _follow(purchase: Purchase, orders: list[Order]) -> tuple[PaymentRequest | None, list[Order]]:
    """While nobody has paid yet, put into effect what the bank has answered meanwhile; its own notice does the same."""
    asked = request_of(purchase.union, purchase.number)
    if asked is not None and asked.state != PaymentRequest.State.CREATED:
        pay(purchase=purchase, now=timezone.now())
        return asked, list(purchase_by_token(union=purchase.union, token=purchase.token).orders.all())
    return asked, orders


def _was_declined(purchase: Purchase) -> bool:
    asked = request_of(purchase.union, purchase.number)
    return asked is not None and asked.state == PaymentRequest.State.FAILED


def order_of(purchase: Purchase, number: str) -> Order:
    """One of the purchase's orders by its number."""
    order = next((order for order in purchase.orders.all() if order.number == number), None)
    if order is None:
        raise Http404
    order.union = purchase.union
    return order


@require_POST
def cancel(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """The shopper cancels one store's order."""
    order = order_of(purchase_at(request, token), number)
    try:
        cancel_order(
            order=order, actor=person(request), reason=request.POST.get("reason", "")[:200], now=timezone.now()
        )
        messages.success(request, _("The order was cancelled. The money for it is on its way back to you."))
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("orders:track", union=union, token=token)


@require_POST
def received(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """The shopper confirms that the parcel has arrived."""
    order = order_of(purchase_at(request, token), number)
    try:
        deliver_order(order=order, actor=person(request), now=timezone.now())
        messages.success(request, _("Thank you for telling us. Enjoy it!"))
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
    return redirect("orders:track", union=union, token=token)


@require_POST
def refill(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """After a payment that failed: on with the cart, in which everything is again."""
    purchase = own_purchase_at(request, token)
    asked = request_of(purchase.union, purchase.number)
    if asked is None or asked.state != PaymentRequest.State.FAILED:
        return redirect("orders:track", union=union, token=token)
    if take_up(request, purchase, asked) is None:
        cart, pieces = fill_again(purchase=purchase, now=timezone.now())
        remember(request, cart, pieces)
    return redirect("orders:checkout", union=union)


def own_purchase_at(request: HttpRequest, token: str) -> Purchase:
    """The purchase whose link this is, for whoever may pay it: a person's own, a guest's for who has the link."""
    purchase = purchase_at(request, token)
    if purchase.user_id and purchase.user_id != getattr(person(request), "pk", None):
        raise Http404
    return purchase


@require_GET
@never_cache
def back(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """Where the bank's page leads back to: the tracking page, or, when the bank was refused, on with the cart."""
    purchase = own_purchase_at(request, token)
    return _where_it_stands(request, purchase, request_of(purchase.union, purchase.number))


def _where_it_stands(request: HttpRequest, purchase: Purchase, asked: PaymentRequest | None) -> HttpResponse:
    if (
        asked is not None
        and asked.state in (PaymentRequest.State.FAILED, PaymentRequest.State.CANCELLED)
        and take_up(request, purchase, asked)
    ):
        return redirect("orders:checkout", union=purchase.union.slug)
    return redirect("orders:track", union=purchase.union.slug, token=purchase.token)


@require_POST
def otherwise(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """The shopper does not wait for the bank: the payment is called off, then the cart is as it was.

    Called off or approved, whichever comes first: after an approval this leads to the paid purchase.
    """
    purchase = own_purchase_at(request, token)
    asked = request_of(purchase.union, purchase.number)
    if asked is not None and asked.state == PaymentRequest.State.CREATED:
        asked.union = purchase.union
        asked = cancel_request(payment_request=asked, now=timezone.now())
    return _where_it_stands(request, purchase, asked)


@require_GET
@never_cache
def receipt(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """To print or keep as PDF from the browser: what was bought from whom, with the tax of each rate."""
    purchase = purchase_at(request, token)
    orders = with_sellers(receipted(purchase.orders.all()), union=purchase.union)
    places = pickup_places(orders, union=purchase.union, now=timezone.now())
    return render(
        request,
        "orders/receipt.html",
        {
            "purchase": purchase,
            "orders": [
                {
                    **order_shown(order, purchase, places),
                    "taxes": tax_rows(order),
                    "seller": seller_lines(order),
                }
                for order in orders
            ],
            "total": sum(order.kept_total for order in orders),
            "tax_total": sum(map(kept_tax, orders)),
        },
    )


@require_GET
@never_cache
def receipt_file(request: HttpRequest, union: str, token: str) -> HttpResponse:
    """The receipt as a PDF file; there is none while nothing is paid."""
    purchase = purchase_at(request, token)
    orders = receipted(purchase.orders.all())
    if not orders:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="receipt-{purchase.number}.pdf"'}
    sold = receipt_pdf(purchase, with_sellers(orders, union=purchase.union))
    return HttpResponse(sold, content_type="application/pdf", headers=headers)


@login_required
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """The person's purchases in all unions."""
    user = person(request)
    if user is None:
        raise Http404
    page = Paginator(purchases_of(user), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "orders/list.html", {"page": page})


@login_required
@require_GET
def order(request: HttpRequest, number: str) -> HttpResponse:
    """Leads from an order's number to its purchase's tracking page, for the person who bought it."""
    user = person(request)
    if user is None:
        raise Http404
    try:
        own = order_of_buyer(user, number)
    except NotFound as error:
        raise Http404 from error
    address = reverse("orders:track", kwargs={"union": own.union.slug, "token": own.purchase.token})
    return redirect(f"{address}#{own.number}")
