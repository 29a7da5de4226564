"""A shopper gives pieces back, by the purchase's secret link."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import DomainError, NotFound
from core.references import new_secret
from orders.forms.returns import ReturnForm
from orders.models import Purchase, Return, Side
from orders.queries.returns import is_returnable, return_of_purchase, return_rules, returnable_pieces
from orders.services.returns import ask_return, cancel_return
from orders.services.returns.photos import photo_of
from orders.views.changes import back_to, was_done, work_once
from orders.views.shopping import person
from orders.views.tracking import order_of, purchase_at


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """Choose pieces, say what is the matter and what you would like."""
    purchase = purchase_at(request, token)
    order = order_of(purchase, number)
    order.purchase = purchase
    if was_done(request, purchase):
        return back_to(purchase, order)
    now = timezone.now()
    days, words = return_rules(order.union_id, [order.store_id])[order.store_id]
    lines = list(order.lines.all())
    can = is_returnable(order=order, by_store=False, now=now, days=days)
    left = returnable_pieces(order=order, lines=lines) if can else {}
    if not any(left.values()):
        messages.info(request, _("Nothing of this order can be given back here now. Please ask the store."))
        return back_to(purchase, order)
    sent = request.method == "POST"
    form = ReturnForm(request.POST if sent else None, request.FILES if sent else None, lines=lines, left=left)
    if sent and form.is_valid():
        said = form.cleaned_data
        try:
            work_once(
                request,
                purchase,
                lambda: ask_return(
                    order=order,
                    pieces=form.pieces,
                    reason=said["reason"],
                    wish=said["wish"],
                    photo=said["photo"],
                    actor=person(request),
                    now=now,
                ),
            )
        except DomainError as refusal:
            form.take(refusal)
        else:
            messages.success(request, _("Asked. The store answers soon; you are written to and see it here."))
            return back_to(purchase, order)
    context = {
        "purchase": purchase,
        "order": order,
        "form": form,
        "once": new_secret(9),
        "days": days,
        "words": words,
    }
    return render(request, "orders/return.html", context)


@require_POST
def cancel(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """The shopper keeps the pieces after all."""
    purchase = purchase_at(request, token)
    returned = _own(purchase, number)
    try:
        cancel_return(returned=returned, side=Side.CUSTOMER, actor=person(request), now=timezone.now())
        messages.success(request, _("Called off. You keep the pieces."))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    assert returned.order is not None
    return back_to(purchase, returned.order)


@require_GET
@never_cache
def photo(request: HttpRequest, union: str, token: str, number: str) -> HttpResponse:
    """The photograph that was sent with it."""
    returned = _own(purchase_at(request, token), number)
    try:
        return HttpResponse(photo_of(returned=returned), content_type="image/webp")
    except NotFound as error:
        raise Http404 from error


def _own(purchase: Purchase, number: str) -> Return:
    try:
        return return_of_purchase(purchase, number)
    except NotFound as error:
        raise Http404 from error
