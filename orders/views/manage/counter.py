"""The counter: an order is handed over with the shopper's code or a signature, as the store has chosen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import DomainError, WrongState
from orders.forms.parcels import CodeForm, ProofForm, SignatureForm
from orders.models import HandOver
from orders.queries.manage import order_to_handle
from orders.services.handing import ask_for_proof, hand_over_signed, hand_over_with_code, proof_of
from orders.views.manage.orders import show_order
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, blame, manage_page, show, to


@manage_page(Permission.ORDERS)
@require_POST
def hand_over(request: HttpRequest, store: Store, number: str, how: str) -> HttpResponse:
    """With the code that the shopper says, or signed by who came for it."""
    found = order_to_handle(store, number)
    code = CodeForm(request.POST) if how == "code" else None
    sign = SignatureForm(request.POST, request.FILES) if how == "sign" else None
    form = code or sign
    assert form is not None
    if not form.is_valid():
        return show_order(request, store, found, code=code, sign=sign)
    said = form.cleaned_data
    by: dict[str, Any] = {"actor": actor_of(request), "now": timezone.now()}
    try:
        if code is not None:
            hand_over_with_code(order=found, code=said["code"], **by)
        else:
            hand_over_signed(order=found, drawing=said["signature"], name=said["name"], **by)
    except WrongState:
        messages.info(request, _("This order has moved on in the meantime. Here is where it is now."))
    except DomainError as refusal:
        blame(form, refusal)
        return show_order(request, store, order_to_handle(store, number), code=code, sign=sign)
    else:
        messages.success(request, _("Handed over."))
    return to(store, "order", number=number)


@manage_page(Permission.ORDERS)
@require_GET
@never_cache
def signature(request: HttpRequest, store: Store, number: str) -> HttpResponse:
    """The signature with which an order was handed over."""
    found = HandOver.objects.filter(union=store.union_id, order__store=store, order__number=number).first()
    if found is None or not found.signature:
        raise Http404
    return HttpResponse(bytes(found.signature), content_type="image/png")


@manage_page(Permission.CATALOGUE)
def rule(request: HttpRequest, store: Store) -> HttpResponse:
    """What the store asks for before it hands an order over."""
    form = ProofForm(request.POST or None, initial={"proof": proof_of(store_id=store.pk)})
    if request.method == "POST" and form.is_valid():
        ask_for_proof(store=store, proof=form.cleaned_data["proof"], actor=actor_of(request), now=timezone.now())
        messages.success(request, _("Saved."))
        return to(store, "counter_rule")
    return show(request, store, "parcels/counter.html", {"form": form}, section="parcels")
