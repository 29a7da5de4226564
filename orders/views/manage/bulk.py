"""Several orders at once: the same step for all that can take it, one list to pick by, their packing slips."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from core.errors import DomainError
from orders.models import Order
from orders.presenting.parcels import pick_list_pdf, slip_lines, slips_pdf
from orders.queries.picking import MOST, orders_to_print, picks_of
from orders.services.fulfilment import accept_order, pack_order
from orders.views.manage.looking import looked_at_all
from stores.models import Store
from stores.views.manage.frame import Permission, actor_of, kwargs_of, manage_page, show, to, where_from

STEPS: dict[str, Callable[..., Order]] = {"accept": accept_order, "pack": pack_order}
PAPERS = {"pick": "pick_list", "slips": "packing_slips"}
State = Order.State


@manage_page(Permission.ORDERS)
@require_POST
def bulk(request: HttpRequest, store: Store) -> HttpResponse:
    """What is to be done with the chosen orders. Each goes by itself: one that is refused holds up none of the others,
    and is named with its reason."""
    numbers = request.POST.getlist("order")[:MOST]
    do = request.POST.get("do", "")
    back = where_from(request, otherwise=reverse("manage:orders", kwargs=kwargs_of(store)))
    if not numbers:
        messages.error(request, _("Choose at least one order first."))
    elif do in PAPERS:
        address = reverse(f"manage:{PAPERS[do]}", kwargs=kwargs_of(store))
        return redirect(f"{address}?{urlencode({'order': numbers}, doseq=True)}")
    elif do in STEPS:
        _step(request, store, do, numbers)
    return redirect(back)


def _step(request: HttpRequest, store: Store, do: str, numbers: list[str]) -> None:
    found = Order.objects.filter(union=store.union, store=store, number__in=numbers)
    done, refused = 0, []
    # In the order of their keys, each in transactions of its own: accepting speaks to the bank.
    for order in found.select_related("union", "purchase").order_by("pk"):
        try:
            STEPS[do](order=order, actor=actor_of(request), now=timezone.now())
            done += 1
        except DomainError as refusal:
            refused.append(f"{order.number}: {refusal}")
    if done:
        said = {
            "accept": ngettext("%(count)d order accepted.", "%(count)d orders accepted.", done),
            "pack": ngettext("%(count)d order packed.", "%(count)d orders packed.", done),
        }[do]
        messages.success(request, said % {"count": done})
    for words in refused:
        messages.error(request, words)
    if not done and not refused:
        messages.error(request, _("None of these orders is here any more."))


@manage_page(Permission.ORDERS)
def pick_list(request: HttpRequest, store: Store, shape: str = "") -> HttpResponse:
    """What to fetch from the shelves: for the chosen orders, else for all that are accepted and not packed."""
    numbers = request.GET.getlist("order")
    orders = orders_to_print(store, numbers=numbers, states=[State.ACCEPTED])
    picks = picks_of(orders)
    if shape == "pdf":
        return _pdf(pick_list_pdf(store, picks, orders), "pick-list")
    context = {
        "picks": picks,
        "orders": orders,
        "pieces": sum(pick.quantity for pick in picks),
        "query": urlencode({"order": numbers}, doseq=True),
        "at": timezone.now(),
    }
    return show(request, store, "orders/pick_list.html", context, section="orders")


@manage_page(Permission.ORDERS)
def packing_slips(request: HttpRequest, store: Store, shape: str = "") -> HttpResponse:
    """A packing slip per chosen order, else for all that are accepted or packed, a page each when printed."""
    numbers = request.GET.getlist("order")
    orders = orders_to_print(store, numbers=numbers, states=[State.ACCEPTED, State.PACKED])
    if not orders:
        messages.info(request, _("There is nothing to pack right now."))
        return to(store, "orders")
    looked_at_all(request, store, orders)
    if shape == "pdf":
        return _pdf(slips_pdf(store, orders), "packing-slips")
    context = {
        "slips": [{"order": order, "purchase": order.purchase, "rows": slip_lines(order)} for order in orders],
        "query": urlencode({"order": numbers}, doseq=True),
    }
    return show(request, store, "orders/slips.html", context, section="orders")


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
