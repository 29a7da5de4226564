"""Details, the verifying page, and the one strong button on it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError
from core.money import format_money
from orders.cart_review import CartReview, StorePart
from orders.errors import CartBought, CartNotReady, ReviewChanged
from orders.forms.checkout import ONCE, DetailsForm, initial_details
from orders.models import Purchase
from orders.queries.carts import cart_to_buy
from orders.services.checkout import choose_delivery, save_details
from orders.services.purchase import pay, place_purchase
from orders.views.pictures import picture_of
from orders.views.shopping import (
    agreed_words,
    bank_address,
    current_cart,
    expected,
    looked_at,
    note_checkout,
    note_purchase,
    person,
    steps,
    sums,
    take_up,
    union_of,
    urgent_words,
)
from payments.models import PaymentRequest
from payments.providers.bank import TEST_ACCOUNTS, Bank
from payments.services.accounts import add_payment_account
from stores.services.stock import OutOfStock


@require_http_methods(["GET", "POST"])
@never_cache
def checkout(request: HttpRequest, union: str) -> HttpResponse:
    """Who, where to, how delivered, paid from where: one form, for guests too."""
    cart = current_cart(request)
    review = looked_at(cart) if cart else None
    if cart is None or review is None or review.is_empty:
        return redirect("orders:cart", union=union)
    user = person(request)
    if request.method == "POST":
        form = DetailsForm(request.POST, review=review, user=user)
        if form.is_valid() and _kept(form, review):
            return redirect("orders:review", union=union)
    else:
        note_checkout(request, review, page="/checkout/")
        initial = initial_details(review=review, user=user)
        form = DetailsForm(initial=initial, review=review, user=user)
    return render(request, "orders/checkout.html", _form_context(form.offer_countries(), review, union_of(request)))


def _kept(form: DetailsForm, review: CartReview) -> bool:
    """Keep what was said; a refusal becomes an error of the form."""
    cart, now = review.cart, timezone.now()
    try:
        account = form.account()
        if account is None:
            token, holder = form.cleaned_data["token"], form.cleaned_data["recipient"]
            account = _same_again(review, token) or add_payment_account(
                user=None, provider=Bank.name, details={"token": token, "holder": holder}, now=now
            )
        save_details(cart=cart, details=form.details(), account=account, now=now)
        choose_delivery(cart=cart, choices=form.deliveries(), wishes=form.wishes())
    except CartBought:
        raise
    except DomainError as refusal:
        form.add_error(None, str(refusal.detail))
        return False
    return True


def _same_again(review: CartReview, token: str) -> Any:
    """The one-time account that was given before, when the form is sent again."""
    account = review.account
    return account if account and account.user_id is None and account.token == token else None


def _form_context(form: DetailsForm, review: CartReview, union: Any) -> dict[str, Any]:
    payment = form["payment"].value() or _usual_payment(form, review)
    return {
        "form": form,
        "steps": steps(union, "checkout"),
        "sums": sums(review),
        "reserved_until": review.reserved_until,
        "deliveries": [
            {
                "legend": part.name,
                "name": form.delivery_name(part),
                "options": _delivery_options(form, part, review.currency),
                "errors": form.errors.get(form.delivery_name(part), []),
                "wish": form[form.wish_name(part)] if part.has_service else None,
            }
            for part in review.parts
        ],
        "accounts": [
            *(
                {"value": str(account.pk), "title": account.shown, "chosen": str(account.pk) == payment}
                for account in form.accounts
            ),
            {
                "value": ONCE,
                "title": _("An account for this purchase only"),
                "text": _("The bank asks nothing more of you than its own consent."),
                "chosen": payment == ONCE,
            },
        ],
        "account_errors": form.errors.get("payment", []),
        "behaviours": TEST_ACCOUNTS,
    }


def _usual_payment(form: DetailsForm, review: CartReview) -> str:
    account = review.account
    if account is not None:
        return str(account.pk) if account.user_id else ONCE
    return str(form.accounts[0].pk) if form.accounts else ONCE


def _delivery_options(form: DetailsForm, part: StorePart, currency: str) -> list[dict[str, Any]]:
    sent = form[form.delivery_name(part)].value() if form.is_bound else None
    chosen = str(sent) if sent else str(part.delivery.option_id) if part.delivery else ""
    return [
        {
            "value": choice.option_id,
            "title": choice.name,
            "text": expected(choice, cart=form.review.cart)
            if choice.is_offered
            else _("Not to the country of your address."),
            "price": priced(choice.price, currency),
            "chosen": str(choice.option_id) == chosen,
        }
        for choice in part.choices
    ]


def priced(price: int, currency: str) -> str:
    """What a delivery costs, in words when it is nothing."""
    return format_money(price, currency) if price else _("free")


@require_GET
@never_cache
def review(request: HttpRequest, union: str) -> HttpResponse:
    """The verifying page: everything for confirmation before anything is charged."""
    cart = current_cart(request)
    shown = looked_at(cart) if cart else None
    if cart is None or shown is None or shown.is_empty:
        return redirect("orders:cart", union=union)
    if not {"contact", "address", "delivery", "payment"}.isdisjoint(shown.missing):
        return redirect("orders:checkout", union=union)
    note_checkout(request, shown, page="/checkout/review/")
    return render(request, "orders/review.html", review_context(shown, union_of(request)))


def review_context(shown: CartReview, union: Any) -> dict[str, Any]:
    return {
        "review": shown,
        "cart": shown.cart,
        "steps": steps(union, "review"),
        "sums": sums(shown),
        "total": format_money(shown.total, shown.currency),
        "parts": [
            {
                "name": part.name,
                "delivery": part.delivery,
                "delivery_price": format_money(part.delivery_total, shown.currency)
                if part.delivery_total
                else _("free"),
                "expected": expected(part.delivery, cart=shown.cart) if part.delivery else "",
                "has_service": part.has_service,
                "wish": part.wish,
                "total": format_money(part.total, shown.currency),
                "lines": [
                    {
                        "line": line,
                        "picture": picture_of(line.cover),
                        "unit": format_money(line.unit_price, shown.currency),
                        "total": format_money(line.total, shown.currency),
                        "before": format_money(line.seen_price, shown.currency) if line.price_changed else "",
                        "agreed": agreed_words(line, shown.currency),
                        "urgent": urgent_words(line, shown.currency),
                    }
                    for line in part.lines
                ],
            }
            for part in shown.parts
        ],
    }


@require_POST
def place(request: HttpRequest, union: str) -> HttpResponse:
    """Place the purchase that was reviewed and ask for the money. Pressing again leads to the same purchase."""
    now = timezone.now()
    cart = cart_to_buy(union=union_of(request), user=person(request), token=request.POST.get("cart", ""))
    if cart is None:
        raise Http404
    try:
        purchase = place_purchase(
            cart=cart,
            digest=request.POST.get("digest", ""),
            language=get_language() or "en",
            origin=Purchase.Origin.WEBSITE,
            now=now,
        )
    except ReviewChanged as refusal:
        messages.warning(request, str(refusal.detail))
        for change in refusal.changes:
            messages.warning(request, str(change))
        return redirect("orders:review", union=union)
    except (CartNotReady, OutOfStock) as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("orders:cart", union=union)
    except DomainError as refusal:
        messages.error(request, str(refusal.detail))
        return redirect("orders:review", union=union)
    asked = pay(purchase=purchase, now=now)
    note_purchase(request, purchase)
    return _after_asking(request, purchase, asked)


def _after_asking(request: HttpRequest, purchase: Purchase, asked: PaymentRequest | None) -> HttpResponse:
    """To the tracking page; to the bank when it wants to be asked; back to the details when it declined.

    The browser forgets the cart once it is paid: whoever comes back from the bank undecided is still known by it.
    """
    track = reverse("orders:track", kwargs={"union": purchase.union.slug, "token": purchase.token})
    if asked is None or asked.state in (PaymentRequest.State.AUTHORIZED, PaymentRequest.State.CAPTURED):
        request.carts.forget(purchase.union.slug)  # type: ignore[attr-defined]
        return redirect(track)
    if asked.state == PaymentRequest.State.CREATED:
        return HttpResponseRedirect(bank_address(purchase, asked) or track)
    if take_up(request, purchase, asked) is None:
        return redirect(track)
    return redirect("orders:checkout", union=purchase.union.slug)
