"""Pieces of an order that a store cannot, or need not, send."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.errors import DomainError
from orders.forms.pieces import StoreCallOffForm
from orders.forms.substitutes import SubstituteForm
from orders.models import Order, Substitution
from orders.queries.manage import order_to_handle
from orders.queries.pieces import callable_pieces
from orders.queries.substitutions import substitution_of
from orders.services.calling_off import call_off_pieces
from orders.services.substituting import decline_substitute, offer_substitute
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, kwargs_of, manage_page, show, to, work_once


@manage_page(Permission.ORDERS)
def call_off(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """Choose the pieces that do not come; their money goes back."""
    order = order_to_handle(store, number)
    lines = list(order.lines.all())
    left = callable_pieces(order=order, lines=lines, by_store=True)
    if not any(left.values()):
        messages.info(request, _("Nothing of this order can be called off any more."))
        return to(store, "order", number=number)
    form = StoreCallOffForm(request.POST if request.method == "POST" else None, lines=lines, left=left)
    if request.method == "POST" and form.is_valid():
        try:
            address = work_once(request, lambda: _call_off(request, store, order, form))
        except DomainError as refusal:
            form.take(refusal)
        else:
            messages.success(request, _("Called off. The money goes back and the shopper has been told."))
            return HttpResponse(status=302, headers={"Location": address})
    return show(request, store, "orders/call_off.html", {"order": order, "form": form}, section="orders")


def _call_off(request: HttpRequest, store: Store, order: Order, form: StoreCallOffForm) -> str:
    call_off_pieces(
        order=order,
        pieces=form.pieces,
        actor=actor_of(request),
        reason=form.cleaned_data["reason"],
        now=timezone.now(),
        by_store=True,
        restock=not form.cleaned_data["missing"],
    )
    return reverse("manage:order", kwargs=kwargs_of(store, number=order.number))


@manage_page(Permission.ORDERS)
def substitute(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """Offer something else for pieces that are not to be had."""
    order = order_to_handle(store, number)
    lines = list(order.lines.all())
    left = callable_pieces(order=order, lines=lines, by_store=True)
    if not any(left.values()):
        messages.info(request, _("Nothing of this order can be replaced any more."))
        return to(store, "order", number=number)
    form = SubstituteForm(request.POST if request.method == "POST" else None, store=store, lines=lines, left=left)
    if request.method == "POST" and form.is_valid():
        try:
            address = work_once(request, lambda: _offer(request, store, order, form))
        except DomainError as refusal:
            blame(form, refusal)
        else:
            messages.success(request, _("Asked. The pieces are set aside until the shopper answers."))
            return HttpResponse(status=302, headers={"Location": address})
    return show(request, store, "orders/substitute.html", {"order": order, "form": form}, section="orders")


def _offer(request: HttpRequest, store: Store, order: Order, form: SubstituteForm) -> str:
    now = timezone.now()
    until = now + timedelta(hours=form.cleaned_data["hours"])
    offer_substitute(order=order, offer=form.offer, until=until, actor=actor_of(request), now=now)
    return reverse("manage:order", kwargs=kwargs_of(store, number=order.number))


@manage_page(Permission.ORDERS)
@require_POST
def withdraw(request: HttpRequest, store: Store, number: str, offer: int) -> HttpResponse:
    """Take an offer back; the order stays as it is."""
    found = substitution_of(order_to_handle(store, number), offer)
    decline_substitute(
        substitution=found, actor=actor_of(request), now=timezone.now(), state=Substitution.State.WITHDRAWN
    )
    messages.success(request, _("Taken back. The order stays as it is."))
    return to(store, "order", number=number)
