"""What a shopper changes of an order that is under way, by the purchase's secret link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from core.errors import DomainError, NotFound, WrongState
from core.idempotency import form_once, form_was_done
from core.numbers import row_id
from core.references import new_secret
from orders.forms.pieces import PiecesForm
from orders.models import Order, Purchase
from orders.queries.pieces import callable_pieces
from orders.queries.substitutions import substitution_of
from orders.services.calling_off import call_off_pieces
from orders.services.substituting import agree_substitute, decline_substitute
from orders.views.shopping import person
from orders.views.tracking import order_of, purchase_at


def was_done(request: HttpRequest, purchase: Purchase) -> bool:
    """Whether this very form was sent before and has done its work: then there is less left to choose by now."""
    return form_was_done(request=request, actor=f"purchase:{purchase.pk}")


def work_once(request: HttpRequest, purchase: Purchase, work: Callable[[], Any]) -> None:
    """Do a form's work once, however often it is sent; a refusal leaves the form usable."""

    def done() -> None:
        work()

    form_once(request=request, actor=f"purchase:{purchase.pk}", work=done, now=timezone.now())


def back_to(purchase: Purchase, order: Order) -> HttpResponse:
    """The purchase's page, at this order."""
    address = reverse("orders:track", kwargs={"union": purchase.union.slug, "token": purchase.token})
    return redirect(f"{address}#{order.number}")


@never_cache
@require_http_methods(["GET", "POST"])
def call_off(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """Choose pieces that should not come any more."""
    purchase = purchase_at(request, token)
    order = order_of(purchase, number)
    if was_done(request, purchase):
        return back_to(purchase, order)
    lines = list(order.lines.all())
    left = callable_pieces(order=order, lines=lines, by_store=False)
    if not any(left.values()):
        messages.info(request, _("Nothing of this order can be called off any more."))
        return back_to(purchase, order)
    form = PiecesForm(request.POST if request.method == "POST" else None, lines=lines, left=left)
    if request.method == "POST" and form.is_valid():
        try:
            work_once(
                request,
                purchase,
                lambda: call_off_pieces(
                    order=order,
                    pieces=form.pieces,
                    actor=person(request),
                    reason=form.cleaned_data["reason"],
                    now=timezone.now(),
                ),
            )
        except WrongState as refusal:
            messages.error(request, str(refusal))
            return back_to(purchase, order)
        except DomainError as refusal:
            form.take(refusal)
        else:
            messages.success(request, _("Done. The money for it is on its way back to you."))
            return back_to(purchase, order)
    context = {"purchase": purchase, "order": order, "form": form, "once": new_secret(9)}
    return render(request, "orders/call_off.html", context)


@require_POST
def answer_substitute(request: HttpRequest, union: str, token: str, number: str, offer: str, step: str) -> HttpResponse:
    """Yes or no to something else."""
    purchase = purchase_at(request, token)
    order = order_of(purchase, number)
    decide = agree_substitute if step == "agree" else decline_substitute
    try:
        key = row_id(offer)
        if key is None:
            raise NotFound
        found = substitution_of(order, key)
        decide(substitution=found, actor=person(request), now=timezone.now())
        messages.success(request, _("Thank you, the store knows."))
    except NotFound as error:
        raise Http404 from error
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return back_to(purchase, order)
